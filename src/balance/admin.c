#include "balance/admin.h"

#include "balance/checker.h"
#include "balance/planner.h"
#include "balance/runtime.h"
#include "base/limits.h"

#include <assert.h>

const char *admin_state_text(enum admin_state s)
{
  static const char *const texts[] = {
      [ADMIN_ENABLED] = "enabled",
      [ADMIN_DRAIN] = "drain",
      [ADMIN_MAINTENANCE] = "maintenance",
      [ADMIN_DISABLED] = "disabled",
  };

  return texts[s];
}

const char *admin_outcome_text(enum admin_outcome o)
{
  static const char *const texts[] = {
      [ADMIN_DONE] = "done",
      [ADMIN_NO_CHANGE] = "no change",
      [ADMIN_NO_SERVICE] = "no such service",
      [ADMIN_NO_INSTANCE] = "no such instance",
      [ADMIN_BAD_VALUE] = "bad value",
  };

  return texts[o];
}

/* A command on its way. */
struct order {
  struct step *step;
  const struct admin_command *command;
  struct admin_result *result;
  struct instance *instance; /* NULL for commands without one */
};

/* True if the command is about the service. */
static bool is_meant(const struct order *o, const struct service *sv)
{
  return !o->command->has_service || address_equal(&sv->address, &o->command->service);
}

/* Something that counts for descriptors has changed for the instance. */
static void changed(struct order *o, bool is_leaving)
{
  struct core *c = o->step->core;

  o->instance->is_clear = false;
  c->drains = true;
  checker_look(o->step);
  if (is_leaving) {
    state_instance_gone(o->step, o->instance);
  } else {
    state_instance_changed(o->step, o->instance);
  }
  for (size_t i = 0; i < o->instance->n_services; i++) {
    o->result->leaves_none =
        o->result->leaves_none || !planner_has_any(c, &c->services[o->instance->services[i]]);
  }
}

void admin_configure(struct instance *in, enum admin_state state)
{
  in->configured = state;
  in->kept.is_set = in->kept.is_set && in->kept.value != state;
  in->is_overridden = in->is_overridden && in->admin != state;
  if (!in->is_overridden && in->admin != state) {
    in->admin = state;
    in->is_clear = false;
  }
}

void admin_restore(struct instance *in, enum admin_state state)
{
  in->admin = state;
  in->is_overridden = state != in->configured;
  in->kept = (struct admin_kept){.is_set = in->is_overridden, .value = state};
}

/* What the next start begins with; true if that has changed. */
static bool keep(const struct order *o, struct admin_kept *kept, bool is_set, unsigned value)
{
  bool is_same = kept->is_set == is_set && (!is_set || kept->value == value);

  if (o->command->is_passing || is_same) {
    return false;
  }
  *kept = (struct admin_kept){.is_set = is_set, .value = value};
  return true;
}

static void set_state(struct order *o)
{
  struct instance *in = o->instance;
  enum admin_state was = in->admin;
  bool is_set = o->command->value != in->configured;
  bool is_kept;

  if (o->command->value >= ADMIN_STATES) {
    o->result->outcome = ADMIN_BAD_VALUE;
    return;
  }
  is_kept = keep(o, &in->kept, is_set, o->command->value);
  in->is_overridden = is_set;
  if (was == o->command->value) {
    o->result->n_changed += is_kept;
    return;
  }
  in->admin = (enum admin_state)o->command->value;
  o->result->n_changed++;
  action_log(o->step->out, LOG_LEVEL_INFO, "%s: %s, by command", in->label,
             admin_state_text(in->admin));
  changed(o, in->admin != ADMIN_ENABLED);
  if (in->admin == ADMIN_ENABLED && was != ADMIN_DRAIN) {
    checker_check_now(o->step, in); /* it has not been looked at for a while */
  }
}

static void set_weight(struct order *o)
{
  struct core *c = o->step->core;
  bool is_reset = o->command->op == ADMIN_WEIGHT_RESET;
  bool is_leaving = false;
  size_t n_kept = 0;
  uint32_t place = (uint32_t)(o->instance - c->instances);

  if (o->command->value > LIMIT_WEIGHT) {
    o->result->outcome = ADMIN_BAD_VALUE;
    return;
  }
  for (size_t i = 0; i < o->instance->n_services; i++) {
    struct service *sv = &c->services[o->instance->services[i]];

    for (size_t k = 0; k < sv->n_instances && is_meant(o, sv); k++) {
      struct member *m = &sv->members[k];
      unsigned weight = is_reset ? m->configured : o->command->value;
      bool is_kept;

      if (sv->instances[k] != place) {
        continue;
      }
      is_kept = keep(o, &m->kept, !is_reset, weight);
      if (m->weight == weight && m->is_overridden == !is_reset) {
        n_kept += is_kept;
        continue;
      }
      is_leaving = is_leaving || weight == 0;
      m->weight = weight;
      m->is_overridden = !is_reset;
      o->result->n_changed++;
      action_log(o->step->out, LOG_LEVEL_INFO, "%s: weight of %s is %u, by command", sv->label,
                 o->instance->label, weight);
    }
  }
  if (o->result->n_changed > 0) {
    changed(o, is_leaving);
  }
  o->result->n_changed += n_kept;
}

static void check(struct order *o)
{
  checker_check_now(o->step, o->instance);
  o->result->n_changed++;
}

static void publish(struct order *o)
{
  struct core *c = o->step->core;

  for (size_t i = 0; i < c->n_services; i++) {
    if (is_meant(o, &c->services[i])) {
      c->services[i].publications[0].is_ordered = true;
      c->services[i].publications[1].is_ordered = true;
      c->services[i].wake = o->step->now.mono;
      o->result->n_changed++;
    }
  }
}

static void (*const ops[ADMIN_OPS])(struct order *o) = {
    [ADMIN_STATE] = set_state, [ADMIN_WEIGHT] = set_weight, [ADMIN_WEIGHT_RESET] = set_weight,
    [ADMIN_CHECK] = check,     [ADMIN_PUBLISH] = publish,
};

/* True if the instance stands under the service that is meant, or there is
 * none. */
static bool is_member(const struct order *o)
{
  bool is = false;

  for (size_t i = 0; i < o->instance->n_services; i++) {
    is = is || is_meant(o, &o->step->core->services[o->instance->services[i]]);
  }
  return is;
}

void admin_take(struct step *s, const struct event *e)
{
  struct order o = {.step = s, .command = e->admin, .result = e->admin_result};

  assert(e->admin->op < ADMIN_OPS);
  *o.result = (struct admin_result){.outcome = ADMIN_DONE};
  if (e->admin->has_service && state_find_service(s->core, &e->admin->service) == NULL) {
    o.result->outcome = ADMIN_NO_SERVICE;
    return;
  }
  o.instance =
      e->admin->op == ADMIN_PUBLISH ? NULL : state_find_instance(s->core, &e->admin->instance);
  if (e->admin->op != ADMIN_PUBLISH && (o.instance == NULL || !is_member(&o))) {
    o.result->outcome = ADMIN_NO_INSTANCE;
    return;
  }
  ops[e->admin->op](&o);
  if (o.result->n_changed > 0 && e->admin->op <= ADMIN_WEIGHT_RESET && !e->admin->is_passing) {
    runtime_keep(s);
  }
  if (o.result->outcome == ADMIN_DONE && o.result->n_changed == 0) {
    o.result->outcome = ADMIN_NO_CHANGE;
  }
}
