/* The connection to tor's control port that is always there or being made:
 * tries its endpoints in order, authenticates, subscribes, and begins again
 * when tor goes away, with more and more time between the tries.
 *
 * All callbacks come from the loop, never from inside a function of this file.
 * A callback may call torlink_send, but not torlink_free. */
#ifndef IO_TORLINK_H
#define IO_TORLINK_H

#include "conf/endpoint.h"
#include "control/session.h"

struct event_base;
struct logger;
struct torlink;

/* The tor at the other end, borrowed for the call. */
struct torlink_peer {
  const char *version;             /* "0.4.9.11", or empty */
  const struct endpoint *endpoint; /* where it was found */
  enum auth_method method;         /* how we were let in */
};

struct torlink_handler {
  /* Ready for commands. Nothing is in flight; tor may be another one than
   * before. */
  void (*up)(void *ctx, const struct torlink_peer *peer);
  /* It was up and is gone. No reply will come for any command sent before.
   * why is a phrase for the log; it is in the log already. */
  void (*down)(void *ctx, const char *why);
  /* An event that we subscribed to; borrowed for the call. */
  void (*event)(void *ctx, const struct torevent *event);
  /* The reply to the command with that tag, positive or not; borrowed for the
   * call. Replies come in the order of the commands. */
  void (*reply)(void *ctx, uint64_t tag, const struct reply *reply);
  void *ctx;
};

/* Milliseconds. torlink_times_default says what is sensible. */
struct torlink_times {
  int64_t connect;       /* for one endpoint to take the connection */
  int64_t handshake;     /* from there to SESSION_READY */
  int64_t command;       /* without the reply that is due, or a part of it */
  int64_t backoff_first; /* between rounds of tries: doubles from this ... */
  int64_t backoff_last;  /* ... to this, each time less up to half of it */
  int64_t stable;        /* up for so long: the next backoff is the first one */
  int64_t repeat_log;    /* between two reports of one and the same trouble */
};

extern const struct torlink_times torlink_times_default;

/* Everything that is pointed to is borrowed for the life of the link, except
 * endpoints, which are copied. */
struct torlink_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const struct rng *rng;
  const struct endpoint *endpoints; /* tried in this order */
  size_t n_endpoints;               /* at least 1 */
  const char *reason;               /* who chose them, for the log: "flag --socket" */
  struct slice password;            /* p NULL: none */
  const char *events;               /* of SETEVENTS */
  struct torlink_times times;
  struct torlink_handler handler;
};

/* A link that begins to connect when the loop runs. The caller frees it with
 * torlink_free. */
struct torlink *torlink_new(const struct torlink_config *config);

/* Closes the connection without calling back; l may be NULL. */
void torlink_free(struct torlink *l);

/* True between up and down. */
bool torlink_is_up(const struct torlink *l);

/* Sends one whole command (control/command.h builds them); the reply comes with
 * the tag, which may be used again after that. ERR_NOT_NOW while the link is
 * down; ERR_TOO_LONG if too much waits to be sent or answered already
 * (LIMIT_CONTROL_PENDING, LIMIT_CONTROL_OUTPUT_BYTES): nothing was sent then,
 * and trying again later is the thing to do. */
int torlink_send(struct torlink *l, uint64_t tag, struct slice command) MUST_USE;

#endif
