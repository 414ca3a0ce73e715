/* A question to whoever sits at the controlling terminal, answered without an
 * echo. */
#ifndef SIGNER_TERMINAL_H
#define SIGNER_TERMINAL_H

#include "base/slice.h"
#include "crypto/secret.h"

enum terminal_outcome {
  TERMINAL_ANSWER,
  TERMINAL_NONE,     /* there is nobody to ask */
  TERMINAL_ENDED,    /* a signal, the end of the input, or the watched side has gone */
  TERMINAL_TOO_LONG, /* the line does not fit */
};

/* Asks on /dev/tty, if standard input is a terminal too and we are in its
 * foreground. The line goes to out without its end, its length to n_out; what
 * is not printable in the question is shown as '?'. SIGINT, SIGTERM, SIGHUP
 * and SIGQUIT, even if they are ignored, and the end of the stream watch (-1:
 * none) end the question and nothing else; SIGTSTP stops the process as
 * always. The terminal is left as it was found in all cases. */
enum terminal_outcome terminal_ask(const char *question, int watch, struct secret *out,
                                   size_t *n_out);

#endif
