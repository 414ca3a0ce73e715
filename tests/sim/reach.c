#include "reach.h"

#include "world.h"

#include "balance/state.h"
#include "base/mem.h"

#include <stdlib.h>

void reach_init(struct reach *r, struct world *w)
{
  *r = (struct reach){.world = w, .is_watching = true, .trusts_answers = true, .backend_since = -1};
  r->bad_since = mem_array(2 * w->options.n_services, sizeof *r->bad_since);
  reach_watch(r, true);
}

void reach_deinit(struct reach *r)
{
  free(r->bad_since);
  *r = (struct reach){0};
}

/* True if the descriptor leads to a backend. */
static bool leads_on(const struct world *w, const struct doc *doc)
{
  for (size_t i = 0; i < doc->n_points; i++) {
    const struct point *point = &w->points.items[doc->points[i]];

    if (point->is_alive && backend_is_reachable(&w->backends[point->backend])) {
      return true;
    }
  }
  return false;
}

/* True if most of the HSDirs that clients may ask have a descriptor that leads
 * to a backend. */
static bool is_reachable(struct world *w, uint32_t service, unsigned slot)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  const struct blinded *keys = signer_keys(&w->signer, service, v->slots[slot].period);
  uint32_t hsdirs[NET_HSDIRS_MAX];
  size_t good = 0;
  size_t n = vote_hsdirs(v, slot, keys->public_key, v->consensus.params.hsdir_spread_fetch, hsdirs);

  for (size_t i = 0; i < n; i++) {
    const struct doc *doc = hsdir_peek(&w->hsdirs[hsdirs[i]], keys->public_key, w->now);

    good += doc != NULL && leads_on(w, doc);
  }
  return good * 2 > n;
}

bool reach_has(struct world *w, size_t backend)
{
  const struct vote *v = &w->net.votes[w->tor.vote];

  for (unsigned slot = 0; slot < 2; slot++) {
    const struct blinded *keys = signer_keys(&w->signer, 0, v->slots[slot].period);
    uint32_t hsdirs[NET_HSDIRS_MAX];
    size_t n =
        vote_hsdirs(v, slot, keys->public_key, v->consensus.params.hsdir_spread_store, hsdirs);

    for (size_t i = 0; i < n; i++) {
      const struct doc *doc = hsdir_peek(&w->hsdirs[hsdirs[i]], keys->public_key, w->now);

      for (size_t k = 0; doc != NULL && k < doc->n_points; k++) {
        if (w->points.items[doc->points[k]].backend == backend) {
          return true;
        }
      }
    }
  }
  return false;
}

static void look_at(struct reach *r, uint32_t service, unsigned slot)
{
  struct world *w = r->world;
  int64_t *bad_since = &r->bad_since[service * 2 + slot];
  int64_t since;

  if (is_reachable(w, service, slot)) {
    *bad_since = -1;
    return;
  }
  *bad_since = *bad_since < 0 ? w->now : *bad_since;
  since = *bad_since > r->backend_since ? *bad_since : r->backend_since;
  r->worst = w->now - since > r->worst ? w->now - since : r->worst;
  if (w->now - since > w->options.bound * 1000) {
    world_fail(w, "front%u: the %s descriptor leads nowhere since %lld s", service + 1,
               slot == w->net.votes[w->tor.vote].client_slot ? "current" : "other",
               (long long)(w->now - since) / 1000);
  }
}

/* Milliseconds after which no upload of an earlier start is on its way. */
#define FLIGHT_MS 100000

/* An HSDir that confirmed what it should have has it, or newer. Not right after
 * another start: tor's answers about uploads of the one before name only service
 * and HSDir, too. */
static void check_confirmed(struct world *w, const struct publication *d)
{
  if (w->balancer.starts > 1 && w->now - w->balancer.started_at < FLIGHT_MS) {
    return;
  }
  for (size_t i = 0; i < d->n_uploads; i++) {
    const struct upload *u = &d->uploads[i];
    const struct hsdir *h = &w->hsdirs[net_find(&w->net, u->fingerprint)];
    const struct doc *doc = hsdir_peek(h, d->frame.blinded_key, w->now);

    if (u->is_wanted || u->is_in_flight || u->confirmed_revision == 0 || h->is_bad) {
      continue;
    }
    if (doc == NULL || doc->outer.revision < u->confirmed_revision) {
      world_fail(w, "the core believes in a descriptor that its HSDir does not have");
    }
  }
}

void reach_look(struct reach *r)
{
  struct world *w = r->world;
  const struct core *core = w->balancer.core;
  bool any = false;

  for (size_t i = 0; i < w->options.n_backends; i++) {
    any = any || backend_is_reachable(&w->backends[i]);
  }
  if (!any) {
    r->backend_since = -1;
  } else if (r->backend_since < 0) {
    r->backend_since = w->now;
  }
  for (uint32_t i = 0; any && r->is_watching && i < w->options.n_services; i++) {
    look_at(r, i, 0);
    look_at(r, i, 1);
  }
  for (size_t i = 0; core != NULL && r->is_watching && r->trusts_answers && i < core->n_services;
       i++) {
    check_confirmed(w, &core->services[i].publications[0]);
    check_confirmed(w, &core->services[i].publications[1]);
  }
}

void reach_watch(struct reach *r, bool is_watching)
{
  r->is_watching = is_watching;
  for (size_t i = 0; i < 2 * r->world->options.n_services; i++) {
    r->bad_since[i] = -1;
  }
}
