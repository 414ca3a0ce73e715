/* Questions to a person or a script, and their answers, a line each. */
#ifndef TOOLS_PROMPT_H
#define TOOLS_PROMPT_H

#include "base/buf.h"
#include "base/err.h"

#include <signal.h>

/* Owns signals and pending. While it is there SIGINT ends a question and
 * nothing else. */
struct prompt {
  int in;
  int out;
  int signals;        /* a signalfd for SIGINT */
  struct buf pending; /* read, but belongs to later answers */
  sigset_t before;    /* the signal mask to go back to */
};

enum prompt_outcome {
  PROMPT_ANSWER,
  PROMPT_END,         /* there is no more input */
  PROMPT_INTERRUPTED, /* Ctrl-C */
  PROMPT_TOO_LONG,    /* the line is over LIMIT_PATH_BYTES */
  PROMPT_ERROR,       /* a system call failed; errno says why */
};

/* Answers come from in, questions go to out; both stay the caller's. ERR_IO.
 * Ended by prompt_deinit, after an error too. */
int prompt_init(struct prompt *p, int in, int out) MUST_USE;
void prompt_deinit(struct prompt *p);

/* Writes the question and puts the next line, without its end, into answer,
 * which is emptied first. */
enum prompt_outcome prompt_ask(struct prompt *p, const char *question, struct buf *answer);

#endif
