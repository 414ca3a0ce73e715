#include "balance/plan.h"

#include "base/mem.h"

#include <string.h>

static bool plan_has(const struct plan *p, const struct intro *point)
{
  for (size_t i = 0; p != NULL && i < p->n; i++) {
    if (intro_equal(&p->intros[i], point)) {
      return true;
    }
  }
  return false;
}

static bool plan_has_relay(const struct plan *p, const uint8_t relay_id[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < p->n; i++) {
    if (memcmp(p->intros[i].relay_id, relay_id, FINGERPRINT_SIZE) == 0) {
      return true;
    }
  }
  return false;
}

bool plan_equal(const struct plan *a, const struct plan *b)
{
  for (size_t i = 0; i < a->n; i++) {
    if (!plan_has(b, &a->intros[i])) {
      return false;
    }
  }
  return a->n == b->n;
}

bool plan_has_source(const struct plan *p, const struct plan_source *source)
{
  for (size_t i = 0; i < source->n; i++) {
    if (plan_has(p, &source->intros[i])) {
      return true;
    }
  }
  return false;
}

/* Adds the points of a source that pass the filters, up to the quota that is
 * left. order is a random order of the source's points. */
static size_t take_points(const struct plan_source *source, const size_t *order,
                          const struct plan *previous, bool avoid_relays, size_t quota,
                          struct plan *out)
{
  size_t taken = 0;

  for (size_t i = 0; i < source->n && taken < quota; i++) {
    const struct intro *point = &source->intros[order[i]];

    if (previous != NULL && !plan_has(previous, point)) {
      continue;
    }
    if (plan_has(out, point) || (avoid_relays && plan_has_relay(out, point->relay_id))) {
      continue;
    }
    out->intros[out->n++] = *point;
    taken++;
  }
  return taken;
}

/* Adds quota points of one source: known ones first, relays of their own
 * before shared ones. */
static void take_source(const struct plan_source *source, const struct plan *previous, size_t quota,
                        const struct rng *rng, struct plan *out)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(source->n, sizeof *order);
  size_t taken = 0;

  for (size_t i = 0; i < source->n; i++) {
    order[i] = i;
  }
  rng_shuffle(rng, order, source->n, sizeof *order);
  if (previous != NULL) {
    taken += take_points(source, order, previous, true, quota, out);
  }
  taken += take_points(source, order, NULL, true, quota - taken, out);
  take_points(source, order, NULL, false, quota - taken, out);
}

/* Puts the places of the sources that take part to the front of order; those
 * of the previous plan come first unless they are to be drawn anew. */
static void order_sources(const struct plan_source *sources, size_t n, const struct plan *keep,
                          const struct rng *rng, size_t *order)
{
  size_t front = 0;

  for (size_t i = 0; i < n; i++) {
    order[i] = i;
  }
  rng_shuffle(rng, order, n, sizeof *order);
  for (size_t i = 0; keep != NULL && i < n; i++) {
    if (plan_has_source(keep, &sources[order[i]])) {
      size_t t = order[front];

      order[front++] = order[i];
      order[i] = t;
    }
  }
}

static size_t equal_quota(const struct plan_source *sources, size_t n)
{
  size_t quota = n >= LIMIT_INTRO_POINTS ? 1 : LIMIT_INTRO_POINTS / n;

  for (size_t i = 0; i < n; i++) {
    quota = sources[i].n < quota ? sources[i].n : quota;
  }
  return quota;
}

void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(n, sizeof *order);
  size_t taking_part = n < LIMIT_INTRO_POINTS ? n : LIMIT_INTRO_POINTS;
  size_t quota = equal_quota(sources, n);

  out->n = 0;
  order_sources(sources, n, past->rotate ? NULL : past->previous, rng, order);
  for (size_t i = 0; i < taking_part; i++) {
    take_source(&sources[order[i]], past->previous, quota, rng, out);
  }
  rng_shuffle(rng, out->intros, out->n, sizeof out->intros[0]);
}
