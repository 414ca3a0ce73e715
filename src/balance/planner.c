#include "balance/planner.h"

#include "balance/checker.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Instances that go down within this time have gone together: milliseconds. */
#define TOGETHER 60000

/* The instances of a service that a plan can draw on. */
struct offer {
  const struct instance **instances;
  struct plan_source *sources;
  size_t n;
  size_t n_serving; /* 0: those of the offer are all down */
  bool is_backup;   /* they are backup ones */
  bool is_barred;   /* an operator wants every one out */
  bool is_urgent;   /* an instance has to go */
};

/* True if an operator wants it out, by its state or its weight. */
static bool is_barred(const struct core *c, const struct service *sv, size_t i)
{
  return c->instances[sv->instances[i]].admin != ADMIN_ENABLED || sv->members[i].weight == 0;
}

/* True if nothing but its health can keep it out. */
static bool is_admitted(const struct core *c, const struct service *sv, size_t i)
{
  return !is_barred(c, sv, i) && instance_is_usable(&c->instances[sv->instances[i]]);
}

bool planner_has_any(const struct core *c, const struct service *sv)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (is_admitted(c, sv, i)) {
      return true;
    }
  }
  return false;
}

static void offer_add(struct offer *o, const struct core *c, const struct service *sv, size_t i)
{
  const struct instance *in = &c->instances[sv->instances[i]];

  o->instances[o->n] = in;
  o->sources[o->n++] = (struct plan_source){
      .intros = in->knowledge.intros,
      .n = in->knowledge.n_intros,
      .weight = sv->members[i].weight,
  };
}

/* Those that clients may be sent to; backup ones only if there is no other. */
static void offer_serving(struct offer *o, const struct core *c, const struct service *sv)
{
  for (unsigned backup = 0; backup < 2 && o->n == 0; backup++) {
    o->is_backup = backup == 1;
    for (size_t i = 0; i < sv->n_instances; i++) {
      if (is_admitted(c, sv, i) && sv->members[i].is_backup == (backup == 1) &&
          checker_is_serving(c, &c->instances[sv->instances[i]])) {
        offer_add(o, c, sv, i);
      }
    }
  }
  o->n_serving = o->n;
  o->is_backup = o->is_backup && o->n > 0;
}

/* Where all are down: those that went last, and together, with the points they
 * have now. They may still work, and nothing at all would not. */
static void offer_last(struct offer *o, const struct core *c, const struct service *sv)
{
  int64_t last = INT64_MIN;

  for (size_t i = 0; i < sv->n_instances; i++) {
    int64_t since = c->instances[sv->instances[i]].health.since.mono.ms;

    last = is_admitted(c, sv, i) && since > last ? since : last;
  }
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (is_admitted(c, sv, i) &&
        c->instances[sv->instances[i]].health.since.mono.ms > last - TOGETHER) {
      offer_add(o, c, sv, i);
    }
  }
}

static void offer_init(struct offer *o, const struct core *c, const struct service *sv)
{
  o->instances = mem_array(sv->n_instances, sizeof *o->instances);
  o->sources = mem_array(sv->n_instances, sizeof *o->sources);
  o->is_barred = true;
  for (size_t i = 0; i < sv->n_instances; i++) {
    o->is_barred = o->is_barred && is_barred(c, sv, i);
  }
  offer_serving(o, c, sv);
  if (o->n == 0) {
    offer_last(o, c, sv);
  }
}

static void offer_deinit(struct offer *o)
{
  free(o->instances);
  free(o->sources);
}

/* Notes whose the points are. */
static void note_owners(const struct offer *o, struct content *content)
{
  for (size_t i = 0; i < o->n; i++) {
    for (size_t k = 0; k < content->plan.n; k++) {
      if (plan_offers(&o->sources[i], &content->plan.intros[k])) {
        content->owners[k] = o->instances[i]->address;
      }
    }
  }
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
 * second (tor's own two have points of their own, and no such habit). Where an
 * instance has to go it is only a second later. */
static struct mono change_due(struct step *s, const struct publication *pub, bool is_urgent)
{
  const struct network *net = &s->core->network;
  const struct timing *t = &s->core->timing;
  bool is_current = pub->slot.period.number == net->slots[net->client_slot].period.number;
  int64_t stagger = is_urgent && t->stagger_down < t->stagger ? t->stagger_down : t->stagger;

  return is_current ? s->now.mono : mono_plus(s->now.mono, rng_between(s->rng, 0, stagger));
}

/* Takes other content. What of the last round has not been sent yet is built
 * from it too: an instance that has left is in nothing that leaves us. */
static void set_content(struct step *s, struct publication *pub, struct content *content,
                        bool is_urgent)
{
  struct mono due = change_due(s, pub, is_urgent);

  free(pub->content);
  pub->content = content;
  buf_deinit(&pub->inner);
  pub->is_verified = false;
  pub->changed_due = pub->is_changed ? mono_earlier(pub->changed_due, due) : due;
  pub->is_changed = content != NULL;
}

static void plan_with(struct step *s, const struct offer *o, struct publication *pub, bool rotate)
{
  struct content *content = mem_new(sizeof *content);
  struct plan_past past = {.previous = pub->content == NULL ? NULL : &pub->content->plan,
                           .rotate = rotate};

  plan_choose(o->sources, o->n, &past, s->rng, &content->plan);
  note_owners(o, content);
  agree_on_lines(o, content);
  if (pub->content != NULL && content_equal(content, pub->content)) {
    free(content);
    return;
  }
  set_content(s, pub, content, o->is_urgent);
}

/* What there is to say about a service none of whose instances serves. */
static void announce_starving(struct step *s, const struct service *sv, const struct offer *o)
{
  if (o->is_barred) {
    action_log(
        s->out, LOG_LEVEL_ERROR,
        "%s: all its %zu instances are drained, disabled or of weight 0: nothing is published",
        sv->label, sv->n_instances);
  } else if (o->n > 0) {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%s: none of its %zu instances is up; those that went last stay published",
               sv->label, sv->n_instances);
  } else {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%s: none of its %zu instances is usable; its descriptors stay as they are",
               sv->label, sv->n_instances);
  }
}

static void note_starving(struct step *s, struct service *sv, const struct offer *o)
{
  bool is_starving = o->n_serving == 0;

  if (is_starving && !sv->is_starving) {
    announce_starving(s, sv, o);
  } else if (!is_starving && sv->is_starving) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: %zu of %zu instances usable again", sv->label,
               o->n_serving, sv->n_instances);
  }
  sv->is_starving = is_starving;
  if (o->is_backup != sv->is_on_backup) {
    action_log(s->out, o->is_backup ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s: %s", sv->label,
               o->is_backup ? "only its backup instances are up, they serve now"
                            : "its backup instances are not needed any more");
  }
  sv->is_on_backup = o->is_backup;
}

/* True if the instance belongs to the service, and an operator wants it out. */
static bool is_unwanted(const struct core *c, const struct service *sv, const struct address *a)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (is_barred(c, sv, i) && address_equal(&c->instances[sv->instances[i]].address, a)) {
      return true;
    }
  }
  return false;
}

/* With no usable instance what is published stays: it may still work, and
 * nothing at all would not. Only points of instances that an operator wants out go;
 * if none is left, nothing is published any more. */
static void strip(struct step *s, const struct service *sv, struct publication *pub)
{
  CLEANUP(mem_free_at) struct content *content = NULL;

  if (pub->content == NULL) {
    return;
  }
  content = mem_new(sizeof *content);
  *content = *pub->content;
  content->plan.n = 0;
  for (size_t i = 0; i < pub->content->plan.n; i++) {
    if (!is_unwanted(s->core, sv, &pub->content->owners[i])) {
      content->owners[content->plan.n] = pub->content->owners[i];
      content->plan.intros[content->plan.n++] = pub->content->plan.intros[i];
    }
  }
  if (content->plan.n == pub->content->plan.n) {
    return;
  }
  if (content->plan.n == 0) {
    set_content(s, pub, NULL, true);
    return;
  }
  set_content(s, pub, content, true);
  content = NULL;
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
  CLEANUP(offer_deinit) struct offer o = {0};

  offer_init(&o, s->core, sv);
  if (o.n > 0) {
    plan_with(s, &o, pub, rotate);
  } else {
    inherit(sv, pub);
    strip(s, sv, pub);
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

/* Both descriptors, by what there is to choose from. */
static void plan_all(struct step *s, struct service *sv, const struct offer *o)
{
  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = &sv->publications[i];

    if (pub->is_used && o->n > 0) {
      plan_with(s, o, pub, false);
    } else if (pub->is_used) {
      strip(s, sv, pub);
    }
  }
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
  o.is_urgent = sv->is_urgent;
  sv->is_urgent = false;
  offer_init(&o, s->core, sv);
  if (settled || o.n > 0) {
    note_starving(s, sv, &o);
  }
  plan_all(s, sv, &o);
}
