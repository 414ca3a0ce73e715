/* What a frontend descriptor says, before it is built. */
#ifndef BALANCE_CONTENT_H
#define BALANCE_CONTENT_H

#include "balance/plan.h"

/* The lines of a descriptor that come from its instances: a value. */
struct content {
  struct plan plan;
  bool is_single_onion;
  bool has_flow_control;
  char flow_control[64];
};

/* True if both say the same about the same points. */
bool content_equal(const struct content *a, const struct content *b);

#endif
