/* Who listens at a unix socket, connected to as a stream of bytes. */
#ifndef IO_UNIXPEER_H
#define IO_UNIXPEER_H

#include "base/err.h"
#include "base/slice.h"
#include "conf/endpoint.h"

struct event_base;
struct unixpeer;

/* Borrowed: base for the life of the connection, the rest for the call. */
struct unixpeer_config {
  struct event_base *base;
  const struct endpoint *endpoint;
  /* Bytes as they come, borrowed for the call. */
  void (*got)(void *ctx, struct slice bytes);
  /* Called once, when the connection is over: "it has hung up".
   * unixpeer_free must not be called from either. */
  void (*ended)(void *ctx, const char *why);
  void *ctx;
};

/* Connects. ERR_IO with errno set; EAGAIN if too many wait there already.
 * Freed with unixpeer_free. SIGPIPE must be ignored (loop_new sees to it). */
int unixpeer_open(const struct unixpeer_config *config, struct unixpeer **out) MUST_USE;

/* Sends bytes, which are copied; what is not taken waits here. */
void unixpeer_send(struct unixpeer *p, struct slice bytes);

/* Nothing is handed on any more. */
void unixpeer_ignore(struct unixpeer *p);

/* Hangs up; p may be NULL. */
void unixpeer_free(struct unixpeer *p);

#endif
