/* Randomness, handed in: the real one comes from io, a seeded one from the
 * simulator. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* fill writes n random bytes to out. The caller of a function that takes a
 * struct rng keeps owning it and its context. */
struct rng {
  void (*fill)(void *ctx, uint8_t *out, size_t n);
  void *ctx;
};

/* n random bytes. */
void rng_bytes(const struct rng *r, void *out, size_t n);

/* Uniform in 0 .. bound - 1; bound is at least 1. */
uint64_t rng_below(const struct rng *r, uint64_t bound);

/* Uniform in low .. high, both included; low is at most high. */
int64_t rng_between(const struct rng *r, int64_t low, int64_t high);

/* Puts n items of the given size into random order. */
void rng_shuffle(const struct rng *r, void *items, size_t n, size_t size);

#endif
