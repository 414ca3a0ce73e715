#include "balance/planner.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The instances of a service that a plan can draw on. */
struct offer {
  const struct instance **instances;
  struct plan_source *sources;
  size_t n;
};

static void offer_init(struct offer *o, const struct core *c, const struct service *sv)
{
  o->instances = mem_array(sv->n_instances, sizeof *o->instances);
  o->sources = mem_array(sv->n_instances, sizeof *o->sources);
  o->n = 0;
  for (size_t i = 0; i < sv->n_instances; i++) {
    const struct instance *in = &c->instances[sv->instances[i]];

    if (instance_is_usable(in)) {
      o->instances[o->n] = in;
      o->sources[o->n++] = (struct plan_source){in->knowledge.intros, in->knowledge.n_intros};
    }
  }
}

static void offer_deinit(struct offer *o)
{
  free(o->instances);
  free(o->sources);
}

/* Lines about the points stand only if every instance in the descriptor has
 * the same: a backend drops a client that asks for congestion control that it
 * did not announce. */
static void agree_on_lines(const struct offer *o, struct content *content)
{
  const struct knowledge *first = NULL;

  content->is_single_onion = true;
  content->has_flow_control = true;
  for (size_t i = 0; i < o->n; i++) {
    const struct knowledge *k = &o->instances[i]->knowledge;

    if (!plan_has_source(&content->plan, &o->sources[i])) {
      continue;
    }
    first = first == NULL ? k : first;
    content->is_single_onion = content->is_single_onion && k->is_single_onion;
    content->has_flow_control = content->has_flow_control && k->has_flow_control &&
                                strcmp(k->flow_control, first->flow_control) == 0;
  }
  if (first != NULL && content->has_flow_control) {
    memcpy(content->flow_control, first->flow_control, sizeof content->flow_control);
  }
}

/* When a change goes out: at once in the descriptor that clients use now, a
 * little later in the other one, so that both do not always change in the same
 * second (tor's own two have points of their own, and no such habit). */
static struct mono change_due(struct step *s, const struct publication *pub)
{
  const struct network *net = &s->core->network;
  bool is_current = pub->slot.period.number == net->slots[net->client_slot].period.number;

  return is_current ? s->now.mono
                    : mono_plus(s->now.mono, rng_between(s->rng, 0, s->core->timing.stagger));
}

static void plan_with(struct step *s, const struct offer *o, struct publication *pub, bool rotate)
{
  struct content *content = mem_new(sizeof *content);
  struct plan_past past = {.previous = pub->content == NULL ? NULL : &pub->content->plan,
                           .rotate = rotate};

  plan_choose(o->sources, o->n, &past, s->rng, &content->plan);
  agree_on_lines(o, content);
  if (pub->content != NULL && content_equal(content, pub->content)) {
    free(content);
    return;
  }
  free(pub->content);
  pub->content = content;
  if (!pub->is_changed) {
    pub->is_changed = true;
    pub->changed_due = change_due(s, pub);
  }
}

/* With no usable instance what is published stays: it may still work, and
 * nothing at all would not. */
static void note_starving(struct step *s, struct service *sv, size_t usable)
{
  if (usable == 0 && !sv->is_starving) {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%s: none of its %zu instances is usable; its descriptors stay as they are",
               sv->label, sv->n_instances);
  } else if (usable > 0 && sv->is_starving) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: %zu of %zu instances usable again", sv->label, usable,
               sv->n_instances);
  }
  sv->is_starving = usable == 0;
}

/* Without a usable instance a descriptor that is new begins with what the
 * other one says. */
static void inherit(const struct service *sv, struct publication *pub)
{
  const struct publication *other =
      pub == &sv->publications[0] ? &sv->publications[1] : &sv->publications[0];

  if (pub->content == NULL && other->content != NULL) {
    pub->content = mem_new(sizeof *pub->content);
    *pub->content = *other->content;
    pub->is_changed = true;
  }
}

void planner_plan(struct step *s, const struct service *sv, struct publication *pub, bool rotate)
{
  CLEANUP(offer_deinit) struct offer o;

  offer_init(&o, s->core, sv);
  if (o.n > 0) {
    plan_with(s, &o, pub, rotate);
  } else {
    inherit(sv, pub);
  }
}

/* True if every instance has answered or had a whole round, and none is being
 * asked for something that it may still change. */
static bool is_settled(const struct core *c, const struct service *sv)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (!c->instances[sv->instances[i]].is_settled) {
      return false;
    }
  }
  return true;
}

void planner_advance(struct step *s, struct service *sv)
{
  CLEANUP(offer_deinit) struct offer o = {0};
  bool settled;

  if (!sv->needs_plan) {
    return;
  }
  settled = is_settled(s->core, sv);
  if (!settled && !mono_is_due(sv->plan_at, s->now.mono)) {
    return;
  }
  sv->needs_plan = false; /* whatever comes later asks for it again */
  offer_init(&o, s->core, sv);
  if (settled || o.n > 0) {
    note_starving(s, sv, o.n);
  }
  for (size_t i = 0; o.n > 0 && i < 2; i++) {
    if (sv->publications[i].is_used) {
      plan_with(s, &o, &sv->publications[i], false);
    }
  }
}
