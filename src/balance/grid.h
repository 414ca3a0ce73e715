/* Seats in several descriptors that are asked for equally often: who has how
 * many in which. */
#ifndef BALANCE_GRID_H
#define BALANCE_GRID_H

#include "balance/seating.h"

/* What one instance is to have. */
struct grid_want {
  unsigned target;  /* seats in all rows together */
  unsigned held;    /* what it has; kept by the functions below */
  unsigned row_max; /* seats in one row at most, whatever the target */
};

/* A row is the descriptor of one HSDir. Borrows everything; the rows have the
 * same sources and orders. */
struct grid {
  struct seating *rows;
  size_t n_rows;
  unsigned width; /* seats in a row at most */
  size_t n;       /* sources */
  struct grid_want *wants;
  size_t **orders; /* of the points of each source, at most LIMIT_INTRO_POINTS; the least used are
                      brought to the front */
  const struct rng *rng;
};

/* Moves from what the rows hold to the targets, whose sum is at most n_rows
 * times width: with q the target of a source divided by the number of rows,
 * every row gets q rounded down or up of its seats. What has its place already
 * and may stay, stays; for a seat that finds no row with room at most one
 * other one moves to another row.
 *
 * Where relays allow it every target is met; where they do not, as many are as
 * single moves reach. True if all are met. */
bool grid_fill(struct grid *g);

/* Fills the room that is left with those who lack most of their weight's share,
 * at most row_max of them to a row. */
void grid_top_up(struct grid *g);

#endif
