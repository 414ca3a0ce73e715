#include "balance/content.h"

#include <string.h>

unsigned content_count(const struct content *c, const struct address *instance)
{
  unsigned n = 0;

  for (size_t i = 0; i < c->plan.n; i++) {
    n += address_equal(&c->owners[i], instance);
  }
  return n;
}

bool content_equal(const struct content *a, const struct content *b)
{
  return a->is_single_onion == b->is_single_onion && a->has_flow_control == b->has_flow_control &&
         (!a->has_flow_control || strcmp(a->flow_control, b->flow_control) == 0) &&
         plan_equal(&a->plan, &b->plan);
}
