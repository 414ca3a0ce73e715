#include "base/rng.h"

#include <assert.h>

void rng_bytes(const struct rng *r, void *out, size_t n)
{
  r->fill(r->ctx, out, n);
}

uint64_t rng_below(const struct rng *r, uint64_t bound)
{
  uint64_t limit, v;

  assert(bound > 0);
  limit = UINT64_MAX - UINT64_MAX % bound;
  do {
    r->fill(r->ctx, (uint8_t *)&v, sizeof v);
  } while (v >= limit);
  return v % bound;
}

int64_t rng_between(const struct rng *r, int64_t low, int64_t high)
{
  assert(low <= high);
  return low + (int64_t)rng_below(r, (uint64_t)(high - low) + 1);
}

static void swap_bytes(uint8_t *a, uint8_t *b, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    uint8_t t = a[i];

    a[i] = b[i];
    b[i] = t;
  }
}

void rng_shuffle(const struct rng *r, void *items, size_t n, size_t size)
{
  uint8_t *p = items;

  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)rng_below(r, i);

    if (j != i - 1) {
      swap_bytes(p + j * size, p + (i - 1) * size, size);
    }
  }
}
