/* Between the core's probes and tor: finds tor's SOCKS port, visits through it,
 * and tells what came of it, tor's events about circuits included. */
#ifndef DAEMON_PROBELINK_H
#define DAEMON_PROBELINK_H

#include "balance/action.h"
#include "balance/event.h"
#include "conf/endpoint.h"
#include "control/reply.h"
#include "control/torevent.h"
#include "io/listeners.h"

struct event_base;
struct logger;
struct probelink;

struct probelink_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const struct rng *rng;
  struct endpoint socks;                           /* ENDPOINT_NONE: the one that tor names */
  void (*event)(void *ctx, const struct event *e); /* called from the loop */
  void *ctx;
};

/* What config points to is borrowed. The caller frees it with probelink_free. */
struct probelink *probelink_new(const struct probelink_config *config);
void probelink_free(struct probelink *p);

/* tor is there: control is where its control port was found, listeners the
 * answer to GETINFO LISTENERS_KEY. True if there is a SOCKS port to use; if not,
 * that has been logged. */
bool probelink_up(struct probelink *p, const struct endpoint *control,
                  const struct reply *listeners);

/* Only finds that port: socks is the configured one, ENDPOINT_NONE if none is, and
 * holds the one to use if there is any. Results as above. */
bool probelink_find(struct logger *logger, const struct endpoint *control,
                    const struct reply *listeners, struct endpoint *socks);

/* tor has gone, and no probe is going on any more. */
void probelink_down(struct probelink *p);

/* ACTION_PROBE and ACTION_PROBE_STOP. */
void probelink_do(struct probelink *p, const struct action *a);

/* An event about a circuit. */
void probelink_see(struct probelink *p, const struct torevent *t);

#endif
