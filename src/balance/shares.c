#include "balance/shares.h"

/* Every number of points that a descriptor can have divides it. */
#define SHARES_COMMON 232792560U

struct shares_part shares_measure(const struct spread *s, const struct plan_source *source)
{
  struct shares_part part = {0, 0};

  for (size_t i = 0; i < s->n; i++) {
    uint64_t fetch = s->slots[i].fetch;

    part.in += fetch * SHARES_COMMON;
    if (fetch > 0 && s->plans[i].n > 0) {
      part.of += fetch * plan_count(&s->plans[i], source) * (SHARES_COMMON / s->plans[i].n);
    }
  }
  return part;
}

/* The points of a descriptor that gives one to the lightest, and the others as many
 * as their weights ask for; at most LIMIT_INTRO_POINTS. */
static uint64_t find_width(const struct plan_source *sources, size_t n, uint64_t weights)
{
  uint64_t lightest = sources[0].weight, width;

  for (size_t i = 1; i < n; i++) {
    lightest = sources[i].weight < lightest ? sources[i].weight : lightest;
  }
  width = (weights + lightest - 1) / lightest;
  return width < LIMIT_INTRO_POINTS ? width : LIMIT_INTRO_POINTS;
}

enum shares_obstacle shares_judge(const struct plan_source *sources, size_t n, size_t place,
                                  unsigned *points_out)
{
  const struct plan_source *source = &sources[place];
  uint64_t weights = 0, due;

  for (size_t i = 0; i < n; i++) {
    weights += sources[i].weight;
  }
  *points_out = (unsigned)source->n;
  due = source->weight * (uint64_t)LIMIT_INTRO_POINTS;
  if (n > LIMIT_INTRO_POINTS) {
    return due > weights ? SHARES_CROWD : SHARES_FREE;
  }
  if (due < weights) {
    return SHARES_FLOOR;
  }
  due = (source->weight * find_width(sources, n, weights) + weights - 1) / weights;
  if (due > source->n) {
    *points_out = due < LIMIT_INTRO_POINTS ? (unsigned)due : LIMIT_INTRO_POINTS;
    return SHARES_POINTS;
  }
  return SHARES_FREE;
}
