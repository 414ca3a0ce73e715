#include "balance/dues.h"

#include "base/err.h"
#include "base/mem.h"

#include <assert.h>
#include <stdbool.h>

/* Those who are held at a bound have their seats; the others share the rest. */
struct rest {
  bool *is_held;
  uint64_t seats, weights; /* of those who are not held */
};

static void measure_rest(const struct due *dues, size_t n, unsigned total, struct rest *r)
{
  r->seats = total;
  r->weights = 0;
  for (size_t i = 0; i < n; i++) {
    if (r->is_held[i]) {
      r->seats -= dues[i].whole;
    } else {
      r->weights += dues[i].weight;
    }
  }
}

/* How far what an instance would get is above (positive) or below its bounds,
 * times the sum of the weights. */
static int64_t excess(const struct due *d, const struct rest *r)
{
  int64_t gets = (int64_t)(r->seats * d->weight);
  int64_t low = (int64_t)(d->low * r->weights), high = (int64_t)(d->high * r->weights);

  return gets > high ? gets - high : (gets < low ? gets - low : 0);
}

/* Holds those who are off in the direction that is off by more in sum: the
 * others can only move towards them then, so nobody is held who need not be.
 * False if nobody is off. */
static bool hold(struct due *dues, size_t n, struct rest *r)
{
  int64_t sum = 0;
  bool held = false;

  for (size_t i = 0; i < n; i++) {
    sum += r->is_held[i] ? 0 : excess(&dues[i], r);
  }
  for (size_t i = 0; i < n; i++) {
    int64_t off = r->is_held[i] ? 0 : excess(&dues[i], r);

    if ((off > 0 && sum >= 0) || (off < 0 && sum <= 0)) {
      dues[i].whole = off > 0 ? dues[i].high : dues[i].low;
      dues[i].part = 0;
      r->is_held[i] = true;
      held = true;
    }
  }
  return held;
}

void dues_share_out(struct due *dues, size_t n, unsigned total)
{
  CLEANUP(mem_free_at) bool *is_held = mem_array(n, sizeof *is_held);
  struct rest r = {.is_held = is_held};

  do {
    measure_rest(dues, n, total, &r);
  } while (hold(dues, n, &r));
  for (size_t i = 0; i < n; i++) {
    if (!is_held[i]) {
      uint64_t gets = r.seats * dues[i].weight;

      dues[i].whole = (unsigned)(gets / r.weights);
      dues[i].part = (int64_t)(gets % r.weights * (uint64_t)DUES_SEAT / r.weights);
    }
  }
}
