/* Serves several publishers at a time over the connections of a listening
 * socket. Each has a session of its own, and none can keep the others
 * waiting: reads and writes never block, each turn takes a little from each,
 * and who stands in the middle of a message or does not take its answers is
 * hung up on after a while. */
#ifndef SIGNER_PEERS_H
#define SIGNER_PEERS_H

#include "base/log.h"
#include "signer/book.h"
#include "signer/keyring.h"
#include "signer/listener.h"

/* Everything is borrowed. */
struct peers_config {
  int listener;     /* non-blocking */
  int64_t stall_ms; /* how long a message or an answer may take */
  struct listener_policy policy;
  struct book *book; /* of all sessions; NULL: none */
  /* A keyring, read anew, or NULL if that failed (which has been reported): then
   * the one before stays. Called at the begin and on SIGHUP. */
  struct keyring *(*load)(void *ctx);
  /* What an operator should know. */
  void (*say)(void *ctx, enum log_level level, const char *text);
  void *ctx;
};

/* Serves until SIGTERM or SIGINT: 0. A SIGHUP that was sent before somebody
 * connected counts for that connection; those that are there keep the keys
 * that they know. ERR_MISSING if the first keys cannot be had, ERR_CRYPTO if
 * OpenSSL lacks an algorithm, ERR_IO with errno set. SIGPIPE must be
 * ignored. */
int peers_serve(const struct peers_config *config) MUST_USE;

#endif
