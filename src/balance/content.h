/* What a frontend descriptor says, before it is built. */
#ifndef BALANCE_CONTENT_H
#define BALANCE_CONTENT_H

#include "balance/plan.h"
#include "hs/address.h"

/* The lines of a descriptor that come from its instances: a value. */
struct content {
  struct plan plan;
  /* Whose they are, in the order of the plan: the instance may have other points
   * by now. */
  struct address owners[LIMIT_INTRO_POINTS];
  bool is_single_onion;
  bool has_flow_control;
  char flow_control[64];
};

/* How many points are of the instance. */
unsigned content_count(const struct content *c, const struct address *instance);

/* True if both say the same about the same points. */
bool content_equal(const struct content *a, const struct content *b);

#endif
