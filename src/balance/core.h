/* The core: the state of the whole balancer, changed by events, answering
 * with actions. It never waits, reads no clock and touches nothing outside;
 * the daemon, the simulator and the fuzzer drive the same code. */
#ifndef BALANCE_CORE_H
#define BALANCE_CORE_H

#include "balance/action.h"
#include "balance/admin.h"
#include "balance/content.h"
#include "balance/event.h"
#include "balance/health.h"
#include "balance/timing.h"
#include "base/moment.h"
#include "base/rng.h"

struct core;

/* What a backend is to one frontend. */
struct core_member {
  unsigned weight; /* 0 .. LIMIT_WEIGHT; 0: in no descriptor, but checked */
  bool is_backup;  /* serves only while no other can */
};

/* One frontend of the configuration. Borrowed by core_new. */
struct core_service {
  struct address address;
  const char *label;                 /* how log lines call it */
  const uint32_t *instances;         /* places in core_config.instances */
  size_t n_instances;                /* at least 1 */
  const struct core_member *members; /* of each of them; NULL: all alike, no backup */
  enum content_mode descriptors;
};

/* One backend; it may serve several frontends. */
struct core_instance {
  struct address address;
  const char *label;
  const struct health_config *health; /* NULL: the default one */
  enum admin_state admin;             /* unless an operator says something else */
};

struct core_config {
  const struct core_service *services;
  size_t n_services;
  const struct core_instance *instances; /* each address once */
  size_t n_instances;
  bool testing_network; /* short timers from the start; a testing tor sets them too */
  bool remembers;       /* there is a place for what ACTION_KEEP wants kept */
};

/* Copies the configuration. suite is borrowed for the core's life. The caller
 * frees with core_free. */
struct core *core_new(struct suite *suite, const struct core_config *config);
void core_free(struct core *c);

/* Takes one event and appends what is to be done to actions. The mono clock
 * of now must not run backwards between calls; the wall clock may. */
void core_step(struct core *c, const struct event *e, struct moment now, const struct rng *rng,
               struct action_list *actions);

/* When to call core_step with EVENT_TICK if nothing else happens before:
 * never in the past of the last step, MONO_NEVER if not at all. */
struct mono core_next_wake(const struct core *c);

/* How far publishing is, over all services. */
struct core_progress {
  bool tor_is_up;
  size_t n_instances;
  size_t n_usable;      /* instances that can be put into descriptors */
  size_t n_descriptors; /* two for each service, once the network is known */
  size_t n_uploads;     /* HSDirs that should have a descriptor */
  size_t n_confirmed;   /* HSDirs that confirmed the current one */
};
void core_progress(const struct core *c, struct core_progress *out);

#endif
