#include "balance/drain.h"

/* True if no HSDir that clients ask has the instance in this descriptor. */
static bool is_clear_of(const struct publication *pub, const struct instance *in)
{
  if (!pub->is_used || pub->content == NULL) {
    return true; /* nothing is published, or not any more */
  }
  return !pub->is_changed && content_count(pub->content, &in->address) == 0 &&
         publication_confirmed(pub) == pub->n_uploads;
}

static bool is_clear(const struct core *c, const struct instance *in)
{
  for (size_t i = 0; i < in->n_services; i++) {
    const struct service *sv = &c->services[in->services[i]];

    if (sv->needs_plan || !is_clear_of(&sv->publications[0], in) ||
        !is_clear_of(&sv->publications[1], in)) {
      return false;
    }
  }
  return true;
}

/* Seconds until the last descriptor with it has lost its meaning. */
static int64_t remaining(const struct step *s)
{
  const struct network *net = &s->core->network;
  uint64_t period = net->slots[net->client_slot].period.number;
  int64_t rest = schedule_period_start(&net->schedule, period + 1).s - s->now.wall.s;

  return rest >= 0 && rest < DRAIN_LIFETIME ? rest : DRAIN_LIFETIME;
}

/* The instance has gone from all descriptors. */
static void note_clear(struct step *s, struct instance *in)
{
  char text[WALL_TEXT_SIZE];

  in->is_clear = true;
  in->safe_at = wall_plus(s->now.wall, remaining(s));
  wall_format(in->safe_at, text);
  action_log(s->out, LOG_LEVEL_INFO,
             "%s: no HSDir has it in a descriptor any more; safe to stop after %s UTC", in->label,
             text);
}

void drain_tick(struct step *s)
{
  struct core *c = s->core;
  bool drains = false;

  for (size_t i = 0; c->drains && i < c->n_instances; i++) {
    struct instance *in = &c->instances[i];

    if (in->admin != ADMIN_ENABLED && !in->is_clear && is_clear(c, in)) {
      note_clear(s, in);
    }
    drains = drains || (in->admin != ADMIN_ENABLED && !in->is_clear);
  }
  c->drains = drains;
}
