/* What tests of the plan share: sources with cheap points, as a plan never looks
 * into the keys. */
#ifndef TESTS_BALANCE_OFFER_H
#define TESTS_BALANCE_OFFER_H

#include "balance/plan.h"
#include "maker.h"

#define SOURCES_MAX 40
#define POINTS_MAX  20
#define ROUNDS      400

struct offer {
  struct intro intros[SOURCES_MAX][POINTS_MAX];
  struct plan_source sources[SOURCES_MAX];
  size_t n;
};

static struct offer offer;
static struct maker maker;

static inline int setup(void **state)
{
  (void)state;
  maker_init(&maker, 7);
  return 0;
}

static inline int teardown(void **state)
{
  (void)state;
  maker_deinit(&maker);
  return 0;
}

static inline void set_point(size_t source, size_t i, uint32_t name, uint8_t relay)
{
  struct intro *in = &offer.intros[source][i];

  *in = (struct intro){.relay_id = {relay}};
  memcpy(in->auth_key, &name, sizeof name);
}

/* n sources with low .. high points each, on so many relays; 0: each on one of
 * its own. */
static inline void make_offer(size_t n, size_t low, size_t high, uint8_t relays)
{
  offer.n = n;
  for (size_t i = 0; i < n; i++) {
    size_t points = (size_t)rng_between(&maker.rng, (int64_t)low, (int64_t)high);

    offer.sources[i] = (struct plan_source){offer.intros[i], points, 100};
    for (size_t k = 0; k < points; k++) {
      set_point(i, k, (uint32_t)(i * 1000 + k), (uint8_t)rng_below(&maker.rng, relays + 1U));
      offer.intros[i][k].relay_id[1] = relays == 0 ? (uint8_t)i : 0;
      offer.intros[i][k].relay_id[2] = relays == 0 ? (uint8_t)k : 0;
    }
  }
}

static inline void choose(const struct plan *previous, bool rotate, struct plan *out)
{
  struct plan_past past = {.previous = previous, .rotate = rotate};

  plan_choose(offer.sources, offer.n, &past, &maker.rng, out);
}

/* How many points of the plan are of a source. */
static inline size_t share(const struct plan *p, size_t source)
{
  size_t n = 0;

  for (size_t i = 0; i < p->n; i++) {
    for (size_t k = 0; k < offer.sources[source].n; k++) {
      n += intro_equal(&p->intros[i], &offer.intros[source][k]);
    }
  }
  return n;
}

static inline size_t count_common(const struct plan *a, const struct plan *b)
{
  size_t n = 0;

  for (size_t i = 0; i < a->n; i++) {
    for (size_t k = 0; k < b->n; k++) {
      n += intro_equal(&a->intros[i], &b->intros[k]);
    }
  }
  return n;
}

#endif
