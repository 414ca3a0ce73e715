/* What an operator can tell the core while it runs, and what comes of it. */
#ifndef BALANCE_ADMIN_H
#define BALANCE_ADMIN_H

#include "hs/address.h"

#include <stdbool.h>
#include <stddef.h>

struct event;
struct instance;
struct step;

/* What an operator wants of an instance, in all its services. */
enum admin_state {
  ADMIN_ENABLED,
  ADMIN_DRAIN,       /* in no new descriptor; still checked */
  ADMIN_MAINTENANCE, /* in no new descriptor; not checked */
  ADMIN_DISABLED,    /* out of every descriptor now (seized, say); never back by itself */
};

#define ADMIN_STATES (ADMIN_DISABLED + 1)

/* "enabled", "drain", "maintenance", "disabled". */
const char *admin_state_text(enum admin_state s);

/* What the operator said last that is to outlive a restart. */
struct admin_kept {
  bool is_set;    /* else it is as configured */
  unsigned value; /* enum admin_state, or a weight */
};

enum admin_op {
  ADMIN_STATE,        /* instance; value: enum admin_state */
  ADMIN_WEIGHT,       /* instance; value: 0 .. LIMIT_WEIGHT, above the configured one */
  ADMIN_WEIGHT_RESET, /* instance: the configured weight again */
  ADMIN_CHECK,        /* instance: fetch its descriptor and probe it now */
  ADMIN_PUBLISH,      /* no instance: upload both descriptors now, changed or not */
};

#define ADMIN_OPS (ADMIN_PUBLISH + 1)

/* A command, with EVENT_ADMIN. Repeating one changes nothing. */
struct admin_command {
  enum admin_op op;
  bool has_service; /* only in this service (weights, publishing); else in all */
  struct address service;
  struct address instance;
  unsigned value;
  bool is_passing; /* until the next start: it is not kept */
};

enum admin_outcome {
  ADMIN_DONE,
  ADMIN_NO_CHANGE,   /* it is so already */
  ADMIN_NO_SERVICE,  /* not in the configuration */
  ADMIN_NO_INSTANCE, /* not in the configuration, or not of that service */
  ADMIN_BAD_VALUE,
};

/* "done", "no change", ... */
const char *admin_outcome_text(enum admin_outcome o);

/* Filled in by the step that takes the command. */
struct admin_result {
  enum admin_outcome outcome;
  size_t n_changed; /* memberships or services that the command changed */
  /* A service of the instance has none left that may stand in a descriptor:
   * nothing new is published for it, and what HSDirs have runs out. */
  bool leaves_none;
};

/* Carries out EVENT_ADMIN. */
void admin_take(struct step *s, const struct event *e);

/* The configuration says something else about an instance now. What an operator
 * said stays, unless it is the same: then it is the configuration's from now on. */
void admin_configure(struct instance *in, enum admin_state state);

/* Takes what was kept of an earlier run. */
void admin_restore(struct instance *in, enum admin_state state);

#endif
