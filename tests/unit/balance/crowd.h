/* What tests of distinct descriptors share: many instances whose points say in
 * their keys whose they are, HSDirs, and what a spread gives to each. */
#ifndef TESTS_BALANCE_CROWD_H
#define TESTS_BALANCE_CROWD_H

#include "balance/spread.h"

#include <stdlib.h>
#include <string.h>

#define CROWD_MAX  600
#define CROWD_ROWS 16

struct crowd {
  uint64_t seed;
  struct rng rng;
  struct intro intros[CROWD_MAX][LIMIT_INTRO_POINTS];
  struct plan_source sources[CROWD_MAX];
  struct address addresses[CROWD_MAX];
  size_t n;
  struct spread_slot slots[CROWD_ROWS];
  size_t n_slots;
};

static struct crowd crowd;

static inline void crowd_fill(void *ctx, uint8_t *out, size_t n)
{
  uint64_t *seed = ctx;

  for (size_t i = 0; i < n; i++) {
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    out[i] = (uint8_t)(*seed >> 56);
  }
}

static inline void crowd_seed(uint64_t seed)
{
  crowd.seed = seed;
  crowd.rng = (struct rng){crowd_fill, &crowd.seed};
}

static inline size_t crowd_below(size_t bound)
{
  return (size_t)rng_below(&crowd.rng, bound);
}

/* The point of that number of an instance, on a relay; `turn` tells it from one
 * before. */
static inline void crowd_point(size_t instance, size_t k, uint32_t relay, uint8_t turn)
{
  struct intro *in = &crowd.intros[instance][k];

  memcpy(in->relay_id, &relay, sizeof relay);
  in->auth_key[0] = (uint8_t)instance;
  in->auth_key[1] = (uint8_t)(instance >> 8);
  in->auth_key[2] = (uint8_t)k;
  in->auth_key[3] = turn;
}

/* An instance with so many points on `relays` relays; 0: on relays of its own. */
static inline void crowd_instance(size_t i, size_t points, unsigned weight, uint32_t relays)
{
  crowd.sources[i] = (struct plan_source){crowd.intros[i], points, weight};
  memset(&crowd.addresses[i], 0, sizeof crowd.addresses[i]);
  crowd.addresses[i].public_key[0] = (uint8_t)(i * 37); /* not in order */
  crowd.addresses[i].public_key[1] = (uint8_t)i;
  crowd.addresses[i].public_key[2] = (uint8_t)(i >> 8);
  for (size_t k = 0; k < points; k++) {
    crowd_point(
        i, k, relays == 0 ? (uint32_t)(i * LIMIT_INTRO_POINTS + k) : (uint32_t)crowd_below(relays),
        0);
  }
}

static inline void crowd_slot(size_t i, uint8_t name, unsigned fetch)
{
  crowd.slots[i] = (struct spread_slot){.fingerprint = {name}, .fetch = fetch};
}

/* n instances of equal weight; 8 HSDirs, of which clients ask 6. */
static inline void crowd_make(size_t n, size_t points, uint32_t relays)
{
  crowd.n = n;
  for (size_t i = 0; i < n; i++) {
    crowd_instance(i, points, 100, relays);
  }
  crowd.n_slots = 8;
  for (size_t i = 0; i < 8; i++) {
    crowd_slot(i, (uint8_t)(i + 1), i < 6);
  }
}

static inline struct spread_input crowd_input(const struct spread *previous, bool rotate)
{
  return (struct spread_input){crowd.sources, crowd.addresses, crowd.n, crowd.slots,
                               crowd.n_slots, previous,        rotate};
}

static inline void crowd_choose(const struct spread *previous, bool rotate, struct spread *out)
{
  struct spread_input in = crowd_input(previous, rotate);

  *out = (struct spread){.n = 0};
  spread_choose(&in, &crowd.rng, out);
}

/* Plans anew and forgets the plan before. */
static inline void crowd_go_on(struct spread *s, bool rotate)
{
  struct spread next;

  crowd_choose(s, rotate, &next);
  spread_deinit(s);
  *s = next;
}

static inline size_t crowd_owner(const struct intro *in)
{
  return (size_t)in->auth_key[0] | (size_t)in->auth_key[1] << 8;
}

/* Adds the points that everybody has in a plan, times `each`. */
static inline void crowd_count(const struct plan *p, unsigned each, unsigned *counts)
{
  for (size_t i = 0; i < p->n; i++) {
    counts[crowd_owner(&p->intros[i])] += each;
  }
}

/* What clients find of everybody: points, weighted with fetches. */
static inline void crowd_units(const struct spread *s, unsigned *units)
{
  memset(units, 0, CROWD_MAX * sizeof *units);
  for (size_t i = 0; i < s->n; i++) {
    crowd_count(&s->plans[i], s->slots[i].fetch, units);
  }
}

#endif
