/* Connections to onion services through the balancer's tor, as its SOCKS port
 * and its circuit events show them. */
#ifndef SIM_PROBING_H
#define SIM_PROBING_H

#include "balance/action.h"
#include "doc.h"

struct world;

/* One that is under way. */
struct probing_flight {
  uint64_t id;
  struct address address;
  int64_t deadline; /* world time */
};

struct probing {
  struct world *world;
  struct probing_flight *flights;
  size_t n;
  size_t cap;
  struct doc **cache; /* what tor's client has of each backend, and then of each service;
                         NULL or held */
  size_t n_started;
  unsigned generation;
  /* How it behaves; a scenario may change it at any time. */
  bool is_off;             /* tor has no SOCKS port */
  unsigned circuit_failed; /* permille of circuits that come to nothing */
  unsigned slow_permille;  /* of circuits that take ten seconds more */
};

void probing_init(struct probing *p, struct world *w);
void probing_deinit(struct probing *p);

/* ACTION_PROBE, ACTION_PROBE_STOP. */
void probing_start(struct probing *p, const struct action *a);
void probing_stop(struct probing *p, uint64_t id);

/* tor has died: nothing is answered, its cache is empty. */
void probing_forget(struct probing *p);

/* tor has fetched a descriptor: its client has it from now on, unless it has one
 * with a higher counter. */
void probing_cache(struct probing *p, const struct address *a, struct doc *doc);

#endif
