/* The plan: which introduction points of which instances go into a frontend
 * descriptor. */
#ifndef BALANCE_PLAN_H
#define BALANCE_PLAN_H

#include "base/limits.h"
#include "base/rng.h"
#include "hs/intro.h"

/* The points that one usable instance offers. Borrows intros. */
struct plan_source {
  const struct intro *intros;
  size_t n;        /* at least 1 */
  unsigned weight; /* 1 .. LIMIT_WEIGHT */
};

/* A choice of points: a value. */
struct plan {
  struct intro intros[LIMIT_INTRO_POINTS];
  size_t n;
};

/* What a new plan should stay close to. Borrows previous. */
struct plan_past {
  const struct plan *previous; /* may be NULL */
  bool rotate;                 /* draw the instances anew if they do not all fit */
};

/* Chooses points from n sources (at least 1) into *out.
 *
 * A client tries the points of a descriptor in random order, so an instance's
 * share of clients is its share of the points. With up to LIMIT_INTRO_POINTS
 * instances all take part, and the numbers of points, from 1 to what each
 * offers, are those whose shares are nearest to the weights: the sum of all
 * differences is the least that integers allow, and among numbers that are
 * equally near the largest are taken. Where neither the 1 nor an offer stands in the
 * way every share is within 1 / LIMIT_INTRO_POINTS of its weight's. Equal
 * weights give equal numbers.
 *
 * With more instances than that, some are drawn, and the expected number of
 * points of each is proportional to its weight as far as its offer goes.
 *
 * No two points are on the same relay: a client of tor tells the points of a
 * descriptor apart by their relay, and would always be led to the first one
 * (setup_intro_circ_auth_key in hs_client.c). An instance all of whose relays
 * are needed by others has no point in the plan.
 *
 * Moves little: points of past->previous are kept while their instance still
 * offers them and takes part, so the same sources give the same plan; with
 * past->rotate and more instances than fit, the instances are drawn anew. The
 * order of the result is random. */
void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out);

/* True if both hold the same points, in any order. */
bool plan_equal(const struct plan *a, const struct plan *b);

/* True if the plan holds one of the points of the source. */
bool plan_has_source(const struct plan *p, const struct plan_source *source);

/* True if the point is one of the source. */
bool plan_offers(const struct plan_source *source, const struct intro *point);

/* How many points of the plan are of the source. */
unsigned plan_count(const struct plan *p, const struct plan_source *source);

#endif
