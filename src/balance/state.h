/* The inside of struct core, for the files of this layer alone. */
#ifndef BALANCE_STATE_H
#define BALANCE_STATE_H

#include "balance/agenda.h"
#include "balance/core.h"
#include "balance/index.h"
#include "balance/instance.h"
#include "balance/lease.h"
#include "balance/network.h"
#include "balance/panic.h"
#include "balance/prober.h"
#include "balance/service.h"

/* Loading the network from tor. */
struct loading {
  bool is_out;          /* ACTION_LOAD_NETWORK is out */
  bool again;           /* a newer consensus came meanwhile */
  struct mono deadline; /* while it is out */
  struct mono next;     /* the next time to ask */
  unsigned failures;    /* to get a view at all, in a row */
  unsigned incomplete;  /* views that lacked microdescriptors, in a row */
  bool has_spare;       /* a view that still lacks microdescriptors waits in spare */
  struct netview spare;
  struct mono spare_until; /* then it is taken as it is */
};

struct core {
  struct suite *suite;
  struct timing timing;
  bool testing_network;
  bool tor_is_up;
  bool tor_is_ready; /* it has shown its network since it came up */
  bool can_probe;    /* tor has a SOCKS port */
  bool signer_is_up;
  bool remembers;           /* ACTION_KEEP is carried out */
  bool has_new_ceiling;     /* since leases was kept last */
  bool has_new_chart;       /* since health was kept last */
  struct lease_book leases; /* of the counters of all descriptors */
  struct network network;
  struct loading loading;
  struct prober prober;
  struct panic panic;
  struct instance *instances;
  size_t n_instances;
  struct index instance_index;
  struct agenda fetches;  /* by instance: when its fetches need a turn without an event */
  size_t n_waiting;       /* instances that wait for a place among the fetches in flight */
  struct mono check_wake; /* when an instance may need a check; the past: look at all of them */
  bool checks_wait;       /* for room among the probes */
  bool drains;            /* an instance may be on its way out */
  struct service *services;
  size_t n_services;
  struct index service_index;
  unsigned fetches_in_flight;
  unsigned uploads_in_flight;
  size_t next_fetcher; /* where the search for something to fetch goes on */
  size_t next_uploader;
  size_t next_check;
  bool is_usable; /* at the last step there was a network to work with */
};

/* One call of core_step: what all functions of the layer work with. */
struct step {
  struct core *core;
  struct moment now;
  const struct rng *rng;
  struct action_list *out;
};

/* The instance or service of an address, or NULL. */
struct instance *state_find_instance(const struct core *c, const struct address *a);
struct service *state_find_service(const struct core *c, const struct address *a);

/* Where an instance stands in the core's array. */
size_t state_place(const struct core *c, const struct instance *in);

/* Something about an instance changed that its services may care about: they
 * plan anew, soon. */
void state_instance_changed(struct step *s, const struct instance *in);

/* The same for one that must leave their descriptors: they plan at once, and
 * publish soon. */
void state_instance_gone(struct step *s, const struct instance *in);

#endif
