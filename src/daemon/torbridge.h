/* Between the core and tor's control port: actions become commands, replies
 * and events of tor become events of the core. */
#ifndef DAEMON_TORBRIDGE_H
#define DAEMON_TORBRIDGE_H

#include "balance/action.h"
#include "balance/event.h"
#include "io/torlink.h"

struct torbridge;

struct torbridge_config {
  struct torlink_config link;                      /* its handler and events are set here */
  struct endpoint socks;                           /* ENDPOINT_NONE: tor is asked */
  void (*event)(void *ctx, const struct event *e); /* called from the loop */
  void *ctx;
};

/* A bridge that begins to connect when the loop runs. What link points to is
 * borrowed for its life. The caller frees it with torbridge_free. */
struct torbridge *torbridge_new(const struct torbridge_config *config);
void torbridge_free(struct torbridge *b);

/* Does one of the actions that concern tor. What cannot be sent is lost: the
 * core's own timers find out and try again. */
void torbridge_do(struct torbridge *b, const struct action *a);

/* Keeps tor from going dormant (SIGNAL ACTIVE); to be called now and then. */
void torbridge_keep_awake(struct torbridge *b);

#endif
