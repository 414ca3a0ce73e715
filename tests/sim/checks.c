#include "checks.h"

#include "world.h"

#include "balance/checker.h"
#include "balance/state.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What the core may need beyond its own settling time to act on news. */
#define GRACE_MS 2000

void checks_init(struct checks *c, struct world *w)
{
  *c = (struct checks){.world = w, .usable_since = -1};
  c->gone_since = mem_array(w->options.n_backends, sizeof *c->gone_since);
  c->barred_since = mem_array(w->options.n_backends, sizeof *c->barred_since);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    c->gone_since[i] = -1;
    c->barred_since[i] = -1;
  }
}

void checks_deinit(struct checks *c)
{
  free(c->sent);
  free(c->fetches.items);
  free(c->uploads.items);
  free(c->gone_since);
  free(c->barred_since);
  *c = (struct checks){0};
}

/* ---- what is in flight ---- */

static void land(struct flights *f, const struct address *a, const uint8_t *fp)
{
  for (size_t i = 0; i < f->n; i++) {
    if (address_equal(&f->items[i].address, a) &&
        memcmp(f->items[i].fingerprint, fp, FINGERPRINT_SIZE) == 0) {
      f->items[i] = f->items[--f->n];
      return;
    }
  }
}

static bool is_flying(const struct flights *f, const struct action *a)
{
  for (size_t i = 0; i < f->n; i++) {
    if (address_equal(&f->items[i].address, &a->address) &&
        memcmp(f->items[i].fingerprint, a->fingerprint, FINGERPRINT_SIZE) == 0) {
      return true;
    }
  }
  return false;
}

static void give_up(struct flights *f, int64_t now)
{
  for (size_t i = f->n; i > 0; i--) {
    if (f->items[i - 1].until <= now) {
      f->items[i - 1] = f->items[--f->n];
    }
  }
}

static void take_off(struct flights *f, const struct action *a, int64_t until)
{
  struct flight *flight;

  f->items = mem_grow(f->items, f->n, &f->cap, sizeof *f->items);
  flight = &f->items[f->n++];
  flight->address = a->address;
  memcpy(flight->fingerprint, a->fingerprint, FINGERPRINT_SIZE);
  flight->until = until;
}

void checks_forget_flights(struct checks *c)
{
  c->fetches.n = 0;
  c->uploads.n = 0;
}

void checks_event(struct checks *c, const struct event *e)
{
  if (e->kind == EVENT_FETCHED || e->kind == EVENT_FETCH_FAILED) {
    land(&c->fetches, &e->address, e->fingerprint);
  } else if (e->kind == EVENT_UPLOADED || e->kind == EVENT_UPLOAD_FAILED) {
    land(&c->uploads, &e->address, e->fingerprint);
  } else if (e->kind == EVENT_TOR_DOWN) {
    checks_forget_flights(c);
  } else if (e->kind == EVENT_CONFIGURED) {
    c->fetches.n = 0; /* of instances that have left */
  }
}

void checks_fetch(struct checks *c, const struct action *a)
{
  struct world *w = c->world;
  const struct timing *t = &w->balancer.core->timing;

  give_up(&c->fetches, w->now);
  if (is_flying(&c->fetches, a)) {
    world_fail(w, "the same fetch twice at the same time");
  }
  take_off(&c->fetches, a, w->now + t->fetch_timeout);
  if (c->fetches.n > t->max_fetches) {
    world_fail(w, "%zu fetches in flight", c->fetches.n);
  }
}

/* ---- what the core knows ---- */

/* Notes when something began to hold; -1 while it does not. */
static void note_since(int64_t *since, bool holds, int64_t now)
{
  if (!holds) {
    *since = -1;
  } else if (*since < 0) {
    *since = now;
  }
}

/* Operator and weight, which is the same in all services here. */
static bool is_barred(const struct core *core, size_t backend)
{
  return core->instances[backend].admin != ADMIN_ENABLED ||
         core->services[0].members[backend].weight == 0;
}

void checks_state(struct checks *c)
{
  struct world *w = c->world;
  const struct core *core = w->balancer.core;
  size_t n_usable = 0;

  for (size_t i = 0; i < core->n_instances; i++) {
    const struct instance *in = &core->instances[i];
    bool is_serving = checker_is_serving(core, in);

    n_usable += is_serving && !is_barred(core, i);
    note_since(&c->gone_since[i], !is_serving && in->knowledge.is_known, w->now);
    note_since(&c->barred_since[i], is_barred(core, i), w->now);
  }
  if (n_usable == 0) {
    c->usable_since = -1;
  } else if (c->usable_since < 0) {
    c->usable_since = w->now;
  }
  if (core->network.is_ready) {
    uint64_t period = core->network.slots[core->network.client_slot].period.number;

    if (period != c->fetch_period) {
      c->fetches.n = 0;
    }
    c->fetch_period = period;
  }
}

static void check_not_gone(struct checks *c, size_t backend)
{
  struct world *w = c->world;
  int64_t late = w->now - w->balancer.core->timing.settle - GRACE_MS;

  if (c->gone_since[backend] >= 0 && c->gone_since[backend] < late && c->usable_since >= 0 &&
      c->usable_since < late) {
    world_fail(w, "node%zu is gone since %lld ms, and published", backend + 1,
               (long long)(w->now - c->gone_since[backend]));
  }
  if (c->barred_since[backend] >= 0 && c->barred_since[backend] < w->now - GRACE_MS) {
    world_fail(w, "node%zu is barred since %lld ms, and published", backend + 1,
               (long long)(w->now - c->barred_since[backend]));
  }
}

/* ---- uploads ---- */

static size_t find_service(const struct world *w, const struct address *a)
{
  for (size_t i = 0; i < w->options.n_services; i++) {
    if (address_equal(&w->services[i].address, a)) {
      return i;
    }
  }
  return SIZE_MAX;
}

static bool is_key_of(const struct world *w, size_t service, const uint8_t blinded[32])
{
  for (size_t i = 0; i < w->signer.n_keys; i++) {
    const struct signer_key *key = &w->signer.keys[i];

    if (key->service == service && memcmp(key->keys.public_key, blinded, 32) == 0) {
      return true;
    }
  }
  return false;
}

/* Every point is one of a backend, and lines about all of them hold for each
 * one. */
static void check_points(struct checks *c, const struct desc_inner *inner, struct doc *doc)
{
  struct world *w = c->world;

  for (size_t i = 0; i < inner->n_intros; i++) {
    size_t place = points_find(&w->points, inner->intros[i].auth_key);
    const struct backend *b;

    if (place == SIZE_MAX) {
      world_fail(w, "a point that no backend ever had");
    }
    for (size_t k = 0; k < i; k++) {
      if (memcmp(inner->intros[k].relay_id, inner->intros[i].relay_id, FINGERPRINT_SIZE) == 0) {
        world_fail(w, "two points on one relay, which clients cannot tell apart");
      }
    }
    b = &w->backends[w->points.items[place].backend];
    check_not_gone(c, b->index);
    if (inner->has_flow_control &&
        (b->flow_control == NULL || strcmp(b->flow_control, inner->flow_control) != 0)) {
      world_fail(w, "flow-control that node%zu did not announce", b->index + 1);
    }
    if (inner->is_single_onion && !b->is_single_onion) {
      world_fail(w, "single-onion-service, which node%zu is not", b->index + 1);
    }
    doc->points[doc->n_points++] = place;
  }
}

static void check_content(struct checks *c, size_t service, struct doc *doc)
{
  CLEANUP(mem_free_at) struct desc_inner *inner = mem_new(sizeof *inner);
  struct world *w = c->world;
  struct wall now = wall_plus(world_wall(w), w->balancer.clock_error);
  uint8_t subcredential[SUBCREDENTIAL_SIZE];
  int err;

  subcredential_of(w->suite, &w->services[service].address, doc->outer.blinded_key, subcredential);
  err = desc_inner_decrypt(w->suite, &doc->outer, subcredential, now, inner);
  if (err < 0) {
    world_fail(w, "an upload that clients cannot read: %s", err_text(err));
  }
  if (inner->n_intros == 0 || inner->n_skipped > 0 || !inner->has_create2 || inner->has_pow) {
    world_fail(w, "an upload with %zu good and %zu bad points", inner->n_intros, inner->n_skipped);
  }
  check_points(c, inner, doc);
  c->n_with_flow_control += inner->has_flow_control;
}

static void check_revision(struct checks *c, const struct doc *doc, uint32_t hsdir)
{
  struct world *w = c->world;
  struct sent *s = NULL;

  for (size_t i = c->n_sent; i > 0 && s == NULL; i--) {
    if (c->sent[i - 1].hsdir == hsdir &&
        memcmp(c->sent[i - 1].blinded, doc->outer.blinded_key, 32) == 0) {
      s = &c->sent[i - 1];
    }
  }
  if (s == NULL) {
    c->sent = mem_grow(c->sent, c->n_sent, &c->sent_cap, sizeof *c->sent);
    s = &c->sent[c->n_sent++];
    memcpy(s->blinded, doc->outer.blinded_key, sizeof s->blinded);
    s->hsdir = hsdir;
  } else if (s->start >= w->balancer.remembers_since && doc->outer.revision <= s->revision) {
    world_fail(w, "revision %llu after %llu to the same HSDir",
               (unsigned long long)doc->outer.revision, (unsigned long long)s->revision);
  }
  s->revision = doc->outer.revision;
  s->start = w->balancer.starts;
}

struct doc *checks_upload(struct checks *c, const struct action *a)
{
  struct world *w = c->world;
  const struct timing *t = &w->balancer.core->timing;
  size_t service = find_service(w, &a->address);
  struct doc *doc = doc_new(buf_slice(&a->text), wall_plus(world_wall(w), w->balancer.clock_error));

  if (a->text.n >= LIMIT_DESCRIPTOR_BYTES || doc->outer_err != 0) {
    world_fail(w, "an upload of %zu bytes: %s", a->text.n, err_text(doc->outer_err));
  }
  if (service == SIZE_MAX || !is_key_of(w, service, doc->outer.blinded_key)) {
    world_fail(w, "an upload under a key that no signer gave");
  }
  give_up(&c->uploads, w->now);
  if (is_flying(&c->uploads, a)) {
    world_fail(w, "two uploads of a service to the same HSDir at the same time");
  }
  take_off(&c->uploads, a, w->now + t->upload_timeout);
  if (c->uploads.n > t->max_uploads) {
    world_fail(w, "%zu uploads in flight", c->uploads.n);
  }
  check_content(c, service, doc);
  check_revision(c, doc, (uint32_t)net_find(&w->net, a->fingerprint));
  c->n_uploads++;
  c->n_bytes += a->text.n;
  return doc;
}
