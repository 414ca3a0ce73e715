#include "balance/plan.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
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

/* One source while the plan is made. Owns order. */
struct draw {
  const struct plan_source *source;
  size_t *order; /* of its points, random */
  size_t taken;
};

static void draw_init(struct draw *d, const struct plan_source *source, const struct rng *rng)
{
  *d = (struct draw){.source = source, .order = mem_array(source->n, sizeof *d->order)};
  for (size_t i = 0; i < source->n; i++) {
    d->order[i] = i;
  }
  rng_shuffle(rng, d->order, source->n, sizeof *d->order);
}

/* Adds points of a source up to the quota: only those of `only`, if it is
 * given, and only on relays that the plan does not have yet, if so wanted. */
static void take_points(struct draw *d, const struct plan *only, bool avoid_relays, size_t quota,
                        struct plan *out)
{
  for (size_t i = 0; i < d->source->n && d->taken < quota; i++) {
    const struct intro *point = &d->source->intros[d->order[i]];

    if ((only != NULL && !plan_has(only, point)) || plan_has(out, point) ||
        (avoid_relays && plan_has_relay(out, point->relay_id))) {
      continue;
    }
    out->intros[out->n++] = *point;
    d->taken++;
  }
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

/* Fills the plan in four passes over the sources. All that is kept comes
 * before anything new: otherwise what one source draws could push out what
 * another one had. */
static void fill(struct draw *draws, size_t n, const struct plan *previous, size_t quota,
                 struct plan *out)
{
  static const struct {
    bool keeps;
    bool avoids_relays;
  } passes[] = {{true, true}, {true, false}, {false, true}, {false, false}};

  for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
    for (size_t k = 0; k < n && (previous != NULL || !passes[i].keeps); k++) {
      take_points(&draws[k], passes[i].keeps ? previous : NULL, passes[i].avoids_relays, quota,
                  out);
    }
  }
}

void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(n, sizeof *order);
  size_t taking_part = n < LIMIT_INTRO_POINTS ? n : LIMIT_INTRO_POINTS;
  struct draw draws[LIMIT_INTRO_POINTS];

  assert(n > 0);
  order_sources(sources, n, past->rotate ? NULL : past->previous, rng, order);
  for (size_t i = 0; i < taking_part; i++) {
    draw_init(&draws[i], &sources[order[i]], rng);
  }
  out->n = 0;
  fill(draws, taking_part, past->previous, equal_quota(sources, n), out);
  rng_shuffle(rng, out->intros, out->n, sizeof out->intros[0]);
  for (size_t i = 0; i < taking_part; i++) {
    free(draws[i].order);
  }
}
