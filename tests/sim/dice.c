#include "dice.h"

#include <string.h>

void dice_init(struct dice *d, uint64_t seed)
{
  d->state = seed * 0x9E3779B97F4A7C15U + 1;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next(struct dice *d)
{
  uint64_t z = d->state += 0x9E3779B97F4A7C15U;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

void dice_bytes(struct dice *d, void *out, size_t n)
{
  uint8_t *p = out;

  for (size_t i = 0; i < n; i += 8) {
    uint64_t v = next(d);

    memcpy(p + i, &v, n - i < 8 ? n - i : 8);
  }
}

static void fill(void *ctx, uint8_t *out, size_t n)
{
  dice_bytes(ctx, out, n);
}

struct rng dice_rng(struct dice *d)
{
  return (struct rng){.fill = fill, .ctx = d};
}

int64_t dice_between(struct dice *d, int64_t low, int64_t high)
{
  struct rng rng = dice_rng(d);

  return rng_between(&rng, low, high);
}

bool dice_hits(struct dice *d, unsigned permille)
{
  return permille > 0 && next(d) % 1000 < permille;
}
