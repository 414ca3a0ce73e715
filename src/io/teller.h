/* A unix socket that tells one text to everybody who connects, and hangs
 * up. */
#ifndef IO_TELLER_H
#define IO_TELLER_H

#include "base/buf.h"
#include "base/err.h"

struct event_base;
struct teller;

/* Everything is borrowed: base for the teller's life, the rest for the call. */
struct teller_config {
  struct event_base *base;
  const char *path;
  /* Appends what is to be told now. */
  void (*tell)(void *ctx, struct buf *out);
  void *ctx;
};

/* Listens at path, in place of a socket that an ended program left there.
 * ERR_IO with errno set: EADDRINUSE if somebody listens there or it is no
 * socket. Freed with teller_free. */
int teller_open(const struct teller_config *config, struct teller **out) MUST_USE;

/* Hangs up and removes the socket; t may be NULL. */
void teller_free(struct teller *t);

#endif
