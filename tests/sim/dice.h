/* Randomness from a seed: the same world each time. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include "base/rng.h"

#include <stdbool.h>

struct dice {
  uint64_t state;
};

void dice_init(struct dice *d, uint64_t seed);

/* The same dice for code that takes a struct rng; valid as long as d is. */
struct rng dice_rng(struct dice *d);

void dice_bytes(struct dice *d, void *out, size_t n);

/* Uniform in low .. high, both included. */
int64_t dice_between(struct dice *d, int64_t low, int64_t high);

/* True in so many of a thousand cases. */
bool dice_hits(struct dice *d, unsigned permille);

#endif
