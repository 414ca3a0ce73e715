#include "balance/snapshot.h"

#include "balance/checker.h"
#include "balance/state.h"
#include "balance/supply.h"
#include "base/mem.h"

#include <stdlib.h>

static struct snapshot_health take_health(const struct core *c, const struct instance *in)
{
  const struct health *h = &in->health;
  bool is_probed = checker_is_probed(c, in);

  return (struct snapshot_health){
      .check = h->config.check,
      .is_probed = is_probed,
      .state = h->state,
      .why = h->why,
      .since = h->since.wall,
      .is_checked = h->is_checked,
      .checked = h->checked.wall,
      .took = h->took,
      .bads = h->bads,
      .next = is_probed && h->phase == HEALTH_IDLE ? h->next : MONO_NEVER,
  };
}

/* The place of a descriptor among the two: 0 for the first. */
static size_t slot_of(const struct core *c, const struct publication *pub)
{
  return pub->slot.period.number == c->network.slots[1].period.number;
}

static void count_points(struct snapshot_instance *out, const struct core *c,
                         const struct service *sv, const struct instance *in)
{
  for (size_t i = 0; i < 2; i++) {
    const struct publication *pub = &sv->publications[i];

    if (pub->is_used && pub->content != NULL && c->network.is_ready) {
      size_t slot = slot_of(c, pub);

      out->n_points[slot] = content_count(pub->content, &in->address);
      if (slot == c->network.client_slot) {
        out->share = content_share(pub->content, &in->address);
      }
    }
  }
}

static struct snapshot_instance take_instance(const struct core *c, const struct service *sv,
                                              size_t place)
{
  const struct instance *in = &c->instances[sv->instances[place]];
  const struct member *m = &sv->members[place];
  struct snapshot_instance out = {
      .health = take_health(c, in),
      .is_serving = checker_is_serving(c, in) && in->admin == ADMIN_ENABLED && m->weight > 0,
      .is_backup = m->is_backup,
      .weight = m->weight,
      .is_weight_set = m->is_overridden,
      .admin = in->admin,
      .is_admin_configured = !in->is_overridden,
      .is_admin_passing = in->is_overridden && !(in->kept.is_set && in->kept.value == in->admin),
      .verdict = m->seen.verdict,
      .is_clear = in->is_clear,
      .safe_at = in->safe_at,
      .address = in->address,
      .label = in->label,
      .is_known = in->knowledge.is_known,
      .is_usable = instance_is_usable(in),
      .n_intros = in->knowledge.n_intros,
      .received = in->knowledge.received,
      .modified = in->knowledge.modified,
  };

  count_points(&out, c, sv, in);
  return out;
}

/* What the weights of those that take part ask for. */
static void take_dues(struct snapshot_service *out, const struct core *c, const struct service *sv)
{
  CLEANUP(supply_deinit) struct supply o = {0};
  uint64_t weights = 0;
  size_t next = 0;

  supply_init(&o, c, sv);
  for (size_t i = 0; i < o.n; i++) {
    weights += o.sources[i].weight;
  }
  for (size_t i = 0; i < sv->n_instances && next < o.n; i++) {
    if (o.instances[next] == &c->instances[sv->instances[i]]) {
      struct snapshot_instance *in = &out->instances[i];

      in->due = (unsigned)(o.sources[next].weight * UINT64_C(1000000) / weights);
      in->obstacle = shares_judge(o.sources, o.n, next, &in->n_needed);
      next++;
    }
  }
}

static struct snapshot_descriptor take_publication(const struct publication *pub)
{
  return (struct snapshot_descriptor){
      .is_used = true,
      .has_keys = pub->keys == KEY_READY,
      .has_points = pub->content != NULL,
      .reason = pub->reason,
      .is_changed = pub->is_changed,
      .changed_due = pub->changed_due,
      .next_publish = pub->next_publish,
      .content = pub->content,
      .is_distinct = pub->content != NULL && pub->content->is_distinct,
      .n_points = pub->content == NULL ? 0 : content_points(pub->content),
      .uploads = pub->uploads,
      .is_attempted = pub->round > 0,
      .attempted = pub->attempted,
      .period_number = pub->slot.period.number,
      .n_hsdirs = pub->n_uploads,
      .n_confirmed = publication_confirmed(pub),
  };
}

static void take_service(struct snapshot_service *out, const struct core *c,
                         const struct service *sv)
{
  out->address = sv->address;
  out->label = sv->label;
  out->mode = sv->mode;
  out->needs_plan = sv->needs_plan;
  out->plan_at = sv->plan_at;
  out->is_starving = sv->is_starving;
  out->has_stock = sv->has_stock;
  out->stock_until = sv->stock_until;
  out->stock_level = sv->stock_level;
  out->n_instances = sv->n_instances;
  out->instances = mem_array(sv->n_instances, sizeof *out->instances);
  for (size_t i = 0; i < sv->n_instances; i++) {
    out->instances[i] = take_instance(c, sv, i);
  }
  take_dues(out, c, sv);
  for (size_t i = 0; i < 2; i++) {
    const struct publication *pub = &sv->publications[i];

    if (pub->is_used && c->network.is_ready) {
      size_t slot = slot_of(c, pub);

      out->descriptors[slot] = take_publication(pub);
      out->descriptors[slot].is_current = slot == c->network.client_slot;
    }
  }
}

static void take_outside(struct snapshot_outside *out, const struct core *c)
{
  const struct consensus *consensus = &c->network.view.consensus;

  *out = (struct snapshot_outside){
      .tor_is_up = c->tor_is_up,
      .tor_is_ready = c->tor_is_ready,
      .can_probe = c->can_probe,
      .testing_network = c->testing_network,
      .signer_is_up = c->signer_is_up,
      .has_network = c->network.is_ready,
      .is_usable = c->is_usable,
      .n_instances = c->n_instances,
      .n_fetches = c->fetches_in_flight,
      .n_uploads = c->uploads_in_flight,
  };
  if (c->network.is_ready) {
    out->valid_after = consensus->valid_after;
    out->valid_until = consensus->valid_until;
    out->n_relays = consensus->n_relays;
  }
}

void snapshot_init(struct snapshot *out, const struct core *c)
{
  take_outside(&out->outside, c);
  out->n_services = c->n_services;
  out->services = mem_array(c->n_services, sizeof *out->services);
  for (size_t i = 0; i < c->n_services; i++) {
    take_service(&out->services[i], c, &c->services[i]);
  }
}

void snapshot_deinit(struct snapshot *s)
{
  for (size_t i = 0; i < s->n_services; i++) {
    free(s->services[i].instances);
  }
  free(s->services);
  *s = (struct snapshot){0};
}
