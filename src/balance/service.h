/* A service: one frontend address, and its two descriptors. */
#ifndef BALANCE_SERVICE_H
#define BALANCE_SERVICE_H

#include "balance/admin.h"
#include "balance/publication.h"
#include "balance/visit.h"

/* An upload on its way to an HSDir that its descriptor has left, or of a
 * descriptor that is over: tor will still answer, naming only service and
 * HSDir. */
struct stray {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  struct mono deadline;
};

/* What an instance is to one service. */
struct member {
  unsigned weight;        /* 0 .. LIMIT_WEIGHT; 0: in no descriptor */
  unsigned configured;    /* what the configuration says */
  bool is_overridden;     /* weight is the operator's */
  struct admin_kept kept; /* the weight for the next start */
  bool is_backup;         /* serves only while no other can */
  struct visit_seen seen;
};

struct service {
  struct address address;
  char *label;            /* how log lines call it; owned */
  uint32_t *instances;    /* places in the core's array; owned */
  struct member *members; /* of each of them; owned */
  size_t n_instances;
  enum content_mode mode;
  bool is_distinct;                   /* at the last plan */
  struct publication publications[2]; /* in no particular order: the slot says which is which */
  struct stray *strays;               /* owned */
  size_t n_strays;
  size_t strays_cap;
  bool needs_plan;     /* something about an instance changed */
  bool is_urgent;      /* ... and must leave the descriptors */
  struct mono plan_at; /* the latest time to plan, while needs_plan */
  bool is_starving;    /* at the last look no instance was usable */
  bool is_on_backup;   /* at the last look only backup ones were */
  struct mono wake;    /* when there is something to do without an event */
  bool is_waiting;     /* for a place among the uploads in flight */
  struct visit_series visit;
  bool has_stock; /* its keys come from bundles; then: */
  struct wall stock_until;
  unsigned stock_level; /* of stock_level, that was told last */
};

/* Copies the label; the instances are the caller's to fill in. */
void service_init(struct service *s, const struct address *address, const char *label);
void service_deinit(struct service *s);

#endif
