/* Serves one connection with blocking reads and writes. */
#ifndef SIGNER_SERVE_H
#define SIGNER_SERVE_H

#include "signer/session.h"

/* Answers what comes from in to out (which may be the same) until the other
 * side closes: 0. ERR_IO with errno set, or ERR_TOO_LONG for garbage. SIGPIPE
 * must be ignored. */
int serve_stream(struct session *s, int in, int out) MUST_USE;

#endif
