#include "balance/state.h"

struct instance *state_find_instance(const struct core *c, const struct address *a)
{
  uint32_t place = 0;

  return index_find(&c->instance_index, a, &place) ? &c->instances[place] : NULL;
}

struct service *state_find_service(const struct core *c, const struct address *a)
{
  uint32_t place = 0;

  return index_find(&c->service_index, a, &place) ? &c->services[place] : NULL;
}

size_t state_place(const struct core *c, const struct instance *in)
{
  return (size_t)(in - c->instances);
}

void state_instance_changed(struct step *s, const struct instance *in)
{
  for (size_t i = 0; i < in->n_services; i++) {
    struct service *sv = &s->core->services[in->services[i]];

    if (!sv->needs_plan) {
      sv->needs_plan = true;
      sv->plan_at = mono_plus(s->now.mono, s->core->timing.settle);
    }
    sv->wake = s->now.mono;
  }
}

void state_instance_gone(struct step *s, const struct instance *in)
{
  state_instance_changed(s, in);
  for (size_t i = 0; i < in->n_services; i++) {
    struct service *sv = &s->core->services[in->services[i]];

    sv->is_urgent = true;
    sv->plan_at = s->now.mono;
  }
}
