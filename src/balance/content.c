#include "balance/content.h"

#include <string.h>

bool content_equal(const struct content *a, const struct content *b)
{
  return a->is_single_onion == b->is_single_onion && a->has_flow_control == b->has_flow_control &&
         (!a->has_flow_control || strcmp(a->flow_control, b->flow_control) == 0) &&
         plan_equal(&a->plan, &b->plan);
}
