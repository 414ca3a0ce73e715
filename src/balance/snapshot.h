/* A snapshot: what there is to tell about the balancer at one moment, apart
 * from its workings. Everything that reports is rendered from one. */
#ifndef BALANCE_SNAPSHOT_H
#define BALANCE_SNAPSHOT_H

#include "balance/core.h"

/* One backend of a service. */
struct snapshot_instance {
  struct address address;
  const char *label; /* borrowed from the core */
  bool is_known;     /* a descriptor of it has come */
  bool is_usable;    /* it can be put into descriptors */
  size_t n_intros;
  struct wall received; /* when its descriptor was last seen */
  struct wall modified; /* when its introduction points last changed */
};

/* One of the two descriptors of a service. */
struct snapshot_descriptor {
  bool is_attempted;     /* an upload has been tried */
  struct wall attempted; /* when the last one began */
  uint64_t period_number;
  size_t n_hsdirs;
  size_t n_confirmed; /* of the newest version */
};

/* One frontend. Owns instances. */
struct snapshot_service {
  struct address address;
  const char *label; /* borrowed from the core */
  struct snapshot_instance *instances;
  size_t n_instances;
  struct snapshot_descriptor descriptors[2]; /* first, second */
};

/* Owns services; borrows labels from the core, and must not outlive its next
 * step. */
struct snapshot {
  struct snapshot_service *services;
  size_t n_services;
};

/* Takes a snapshot, in the order of the configuration. */
void snapshot_init(struct snapshot *out, const struct core *c);
void snapshot_deinit(struct snapshot *s);

#endif
