#include "balance/planner.h"

#include "balance/compose.h"

bool planner_has_any(const struct core *c, const struct service *sv)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (supply_is_admitted(c, sv, i)) {
      return true;
    }
  }
  return false;
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

  content_free(pub->content);
  pub->content = content;
  buf_deinit(&pub->inner);
  pub->is_verified = false;
  pub->changed_due = pub->is_changed ? mono_earlier(pub->changed_due, due) : due;
  pub->is_changed = content != NULL;
}

static void plan_with(struct step *s, struct service *sv, struct publication *pub,
                      const struct supply *o, bool rotate)
{
  struct content *content = compose_content(s, sv, pub, o, rotate);

  if (content == NULL) {
    return; /* planner_hsdirs_changed will do it */
  }
  if (pub->content != NULL && content_equal(content, pub->content)) {
    content_renew(pub->content, content);
    content_free(content);
    return;
  }
  set_content(s, pub, content, o->is_urgent);
}

/* What there is to say about a service none of whose instances serves. */
static void announce_starving(struct step *s, const struct service *sv, const struct supply *o)
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

static void note_starving(struct step *s, struct service *sv, const struct supply *o)
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
    if (supply_is_barred(c, sv, i) && address_equal(&c->instances[sv->instances[i]].address, a)) {
      return true;
    }
  }
  return false;
}

/* Takes the points of unwanted instances out; true if there were any. */
static bool strip_variant(const struct core *c, const struct service *sv, struct variant *v)
{
  size_t n = 0;

  for (size_t i = 0; i < v->plan.n; i++) {
    if (!is_unwanted(c, sv, &v->owners[i])) {
      v->owners[n] = v->owners[i];
      v->plan.intros[n++] = v->plan.intros[i];
    }
  }
  if (n == v->plan.n) {
    return false;
  }
  v->plan.n = n;
  return true;
}

/* With no usable instance what is published stays: it may still work, and
 * nothing at all would not. Only points of instances that an operator wants out go;
 * if none is left, nothing is published any more. */
static void strip(struct step *s, const struct service *sv, struct publication *pub)
{
  struct content *content;
  bool is_stripped = false;

  if (pub->content == NULL) {
    return;
  }
  content = content_copy(pub->content);
  for (size_t i = 0; i < content->n; i++) {
    is_stripped = strip_variant(s->core, sv, &content->variants[i]) || is_stripped;
  }
  if (!is_stripped) {
    content_free(content);
    return;
  }
  if (!content_fill(content)) {
    content_free(content);
    content = NULL;
  }
  set_content(s, pub, content, true);
}

/* Without a usable instance a descriptor that is new begins with what the
 * other one says. */
static void inherit(const struct service *sv, struct publication *pub)
{
  const struct publication *other =
      pub == &sv->publications[0] ? &sv->publications[1] : &sv->publications[0];

  if (pub->content == NULL && other->content != NULL) {
    pub->content = content_copy(other->content);
    pub->is_changed = true;
  }
}

void planner_plan(struct step *s, struct service *sv, struct publication *pub, bool rotate)
{
  CLEANUP(supply_deinit) struct supply o = {0};

  supply_init(&o, s->core, sv);
  if (o.n > 0) {
    plan_with(s, sv, pub, &o, rotate);
  } else {
    inherit(sv, pub);
    strip(s, sv, pub);
  }
}

void planner_hsdirs_changed(struct step *s, struct service *sv, struct publication *pub)
{
  if (sv->is_distinct && !sv->needs_plan && !compose_is_fitting(pub)) {
    planner_plan(s, sv, pub, false);
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
static void plan_all(struct step *s, struct service *sv, const struct supply *o)
{
  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = &sv->publications[i];

    if (pub->is_used && o->n > 0) {
      plan_with(s, sv, pub, o, false);
    } else if (pub->is_used) {
      strip(s, sv, pub);
    }
  }
}

void planner_advance(struct step *s, struct service *sv)
{
  CLEANUP(supply_deinit) struct supply o = {0};
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
  supply_init(&o, s->core, sv);
  if (settled || o.n > 0) {
    note_starving(s, sv, &o);
  }
  plan_all(s, sv, &o);
}
