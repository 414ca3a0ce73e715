/* Points on the relays of one descriptor: who has which, and how others move to
 * make room. */
#ifndef BALANCE_SEATING_H
#define BALANCE_SEATING_H

#include "balance/plan.h"

/* A point that has been chosen. */
struct seat {
  size_t source; /* its place among the sources */
  size_t point;  /* of that source */
};

/* A descriptor in the making: no two seats are on the same relay. A value, so
 * that a trial is a copy; borrows the rest. */
struct seating {
  const struct plan_source *sources;
  size_t *const *orders; /* by source, of those that are seated or to be: all its
                            points, those that it would rather give first */
  struct seat seats[LIMIT_INTRO_POINTS];
  size_t n;
};

/* The introduction point of a seat. */
const struct intro *seating_point(const struct seating *s, const struct seat *seat);

/* One more seat for a source; others may move to another of their own relays
 * for it, but none loses one: an augmenting path in the graph of sources and
 * relays. False if there is no way, or all LIMIT_INTRO_POINTS are taken. */
bool seating_add(struct seating *s, size_t source);

/* Seats that very point. False if its relay is taken, or all seats are. */
bool seating_put(struct seating *s, struct seat seat);

/* Takes away the seat that a source got last; it has one. */
void seating_remove(struct seating *s, size_t source);

/* How many seats a source has. */
unsigned seating_count(const struct seating *s, size_t source);

#endif
