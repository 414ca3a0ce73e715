/* The shares of clients that instances have, and what keeps them from those that
 * their weights ask for. */
#ifndef BALANCE_SHARES_H
#define BALANCE_SHARES_H

#include "balance/spread.h"

/* A part of all clients: of / in. */
struct shares_part {
  uint64_t of;
  uint64_t in; /* 0 if no slot is asked: then there are no clients */
};

/* The exact share of a source: the mean over the places that clients ask of its part
 * of the points there. */
struct shares_part shares_measure(const struct spread *s, const struct plan_source *source);

/* What stands in the way of a weight. */
enum shares_obstacle {
  SHARES_FREE,   /* nothing but rounding */
  SHARES_POINTS, /* it offers too few introduction points */
  SHARES_CROWD,  /* among more than LIMIT_INTRO_POINTS it has one point in a descriptor at most */
  SHARES_FLOOR,  /* its one point in a descriptor is more than its weight asks for */
};

/* What stands in the way of the weight of the source at a place among n of them,
 * relays aside. *points_out is how many introduction points would meet it, at most
 * LIMIT_INTRO_POINTS; what it offers if that is not the obstacle. */
enum shares_obstacle shares_judge(const struct plan_source *sources, size_t n, size_t place,
                                  unsigned *points_out);

#endif
