#include "balance/grid.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one seat ---- */

/* How often a point of a source is used in all rows. */
static unsigned count_uses(const struct grid *g, struct seat seat)
{
  unsigned n = 0;

  for (size_t r = 0; r < g->n_rows; r++) {
    for (size_t i = 0; i < g->rows[r].n; i++) {
      const struct seat *s = &g->rows[r].seats[i];

      n += s->source == seat.source && s->point == seat.point;
    }
  }
  return n;
}

/* Brings the points of a source that are used least to the front. */
static void refresh_order(struct grid *g, size_t source)
{
  unsigned uses[LIMIT_INTRO_POINTS];
  size_t n = g->rows[0].sources[source].n;
  size_t *order = g->orders[source];
  for (size_t i = 0; i < n; i++) {
    size_t point = order[i], at = i;
    unsigned used = count_uses(g, (struct seat){source, point});

    for (; at > 0 && uses[at - 1] > used; at--) {
      order[at] = order[at - 1];
      uses[at] = uses[at - 1];
    }
    order[at] = point;
    uses[at] = used;
  }
}

static bool add(struct grid *g, size_t row, size_t source)
{
  refresh_order(g, source);
  if (!seating_add(&g->rows[row], source)) {
    return false;
  }
  g->wants[source].held++;
  return true;
}

static void drop(struct grid *g, size_t row, size_t source)
{
  seating_remove(&g->rows[row], source);
  g->wants[source].held--;
}

/* How many seats a source is to have in every row, and in one at most. */
static unsigned floor_of(const struct grid *g, size_t source)
{
  return g->wants[source].target / (unsigned)g->n_rows;
}

static unsigned ceiling_of(const struct grid *g, size_t source)
{
  return (g->wants[source].target + (unsigned)g->n_rows - 1) / (unsigned)g->n_rows;
}

static bool is_full(const struct grid *g, size_t row)
{
  return g->rows[row].n >= g->width;
}

static bool is_wanting(const struct grid *g, size_t source)
{
  return g->wants[source].held < g->wants[source].target;
}

/* ---- the seats of one row that others may have ---- */

/* How much a source can spare of its seats in a row: 0 nothing, 1 if it comes
 * back in another row, more if it has too many. */
static unsigned spares(const struct grid *g, size_t row, size_t source)
{
  const struct grid_want *w = &g->wants[source];

  if (seating_count(&g->rows[row], source) <= floor_of(g, source)) {
    return 0;
  }
  return w->held > w->target ? 1 + w->held - w->target : 1;
}

static void restore(struct grid *g, size_t row, const struct seating *before)
{
  for (size_t i = 0; i < g->rows[row].n; i++) {
    g->wants[g->rows[row].seats[i].source].held--;
  }
  g->rows[row] = *before;
  for (size_t i = 0; i < g->rows[row].n; i++) {
    g->wants[g->rows[row].seats[i].source].held++;
  }
}

/* Puts a source into the place of another one. False, and nothing changed, if
 * it has no relay there. */
static bool replace(struct grid *g, size_t row, size_t other, size_t source)
{
  struct seating before = g->rows[row];

  drop(g, row, other);
  if (add(g, row, source)) {
    return true;
  }
  restore(g, row, &before);
  return false;
}

/* Puts a source into the place of one that has `least` to spare, or more. */
static bool replace_any(struct grid *g, size_t row, size_t source, unsigned least)
{
  for (size_t i = 0; i < g->rows[row].n; i++) {
    size_t other = g->rows[row].seats[i].source;

    if (other != source && spares(g, row, other) >= least && replace(g, row, other, source)) {
      return true;
    }
  }
  return false;
}

/* One more seat for a source in a row that has room, or what somebody has too
 * many. */
static bool place(struct grid *g, size_t row, size_t source)
{
  return (!is_full(g, row) && add(g, row, source)) || replace_any(g, row, source, 2);
}

/* ---- what must go ---- */

/* Takes from a row what nobody may have there. */
static void trim_sources(struct grid *g, size_t row)
{
  for (size_t i = g->rows[row].n; i-- > 0;) {
    size_t source = g->rows[row].seats[i].source;
    unsigned most = ceiling_of(g, source);

    most = most == 0 ? 1 : most; /* it may stay if nobody wants the place */
    if (seating_count(&g->rows[row], source) > most) {
      drop(g, row, source);
      i = g->rows[row].n;
    }
  }
}

static void trim_width(struct grid *g, size_t row)
{
  while (g->rows[row].n > g->width) {
    size_t found = g->rows[row].seats[0].source;

    for (size_t i = 1; i < g->rows[row].n; i++) {
      size_t other = g->rows[row].seats[i].source;

      found = spares(g, row, other) > spares(g, row, found) ? other : found;
    }
    drop(g, row, found);
  }
}

/* ---- what every row must have ---- */

static bool fill_floor(struct grid *g, size_t row, size_t source)
{
  while (seating_count(&g->rows[row], source) < floor_of(g, source)) {
    if (!place(g, row, source) && !replace_any(g, row, source, 1)) {
      return false;
    }
  }
  return true;
}

/* ---- what only some rows have ---- */

/* The row with the most room among those that may have one more of a source
 * and that `tried` does not name; n_rows if there is none. */
static size_t find_row(const struct grid *g, size_t source, const bool *tried)
{
  size_t found = g->n_rows;

  for (size_t r = 0; r < g->n_rows; r++) {
    if (!tried[r] && seating_count(&g->rows[r], source) < ceiling_of(g, source) &&
        (found == g->n_rows || g->rows[r].n < g->rows[found].n)) {
      found = r;
    }
  }
  return found;
}

/* Lets one of the row `from` go to the row `to`, and the source into its place. */
static bool travel(struct grid *g, size_t from, size_t to, size_t source)
{
  struct seating before = g->rows[to];

  for (size_t i = 0; i < g->rows[from].n; i++) {
    size_t other = g->rows[from].seats[i].source;

    if (other != source && spares(g, from, other) > 0 &&
        seating_count(&g->rows[to], other) < ceiling_of(g, other) && place(g, to, other)) {
      if (replace(g, from, other, source)) {
        return true;
      }
      restore(g, to, &before);
    }
  }
  return false;
}

/* One more seat for a source in any row, if need be by a travel between two. */
static bool grow(struct grid *g, size_t source)
{
  CLEANUP(mem_free_at) bool *tried = mem_array(g->n_rows, sizeof *tried);
  size_t r;

  while ((r = find_row(g, source, tried)) < g->n_rows) {
    if (place(g, r, source)) {
      return true;
    }
    tried[r] = true;
  }
  for (size_t from = 0; from < g->n_rows; from++) {
    for (size_t to = 0; tried[from] && to < g->n_rows; to++) {
      if (to != from && travel(g, from, to, source)) {
        return true;
      }
    }
  }
  return false;
}

/* ---- all ---- */

static void count_held(struct grid *g)
{
  for (size_t i = 0; i < g->n; i++) {
    g->wants[i].held = 0;
  }
  for (size_t r = 0; r < g->n_rows; r++) {
    for (size_t i = 0; i < g->rows[r].n; i++) {
      g->wants[g->rows[r].seats[i].source].held++;
    }
  }
}

/* Every row's share of every source. */
static void fill_floors(struct grid *g, const size_t *order)
{
  for (size_t i = 0; i < g->n; i++) {
    for (size_t r = 0; floor_of(g, order[i]) > 0 && r < g->n_rows; r++) {
      (void)fill_floor(g, r, order[i]);
    }
  }
}

/* One round of seats for those who want more. False if nobody got one. */
static bool fill_rest(struct grid *g, const size_t *order)
{
  bool grew = false;

  for (size_t i = 0; i < g->n; i++) {
    while (is_wanting(g, order[i]) && grow(g, order[i])) {
      grew = true;
    }
  }
  return grew;
}

static bool is_met(const struct grid *g)
{
  for (size_t i = 0; i < g->n; i++) {
    if (g->wants[i].held != g->wants[i].target) {
      return false;
    }
  }
  return true;
}

bool grid_fill(struct grid *g)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(g->n, sizeof *order);

  for (size_t i = 0; i < g->n; i++) {
    order[i] = i;
  }
  rng_shuffle(g->rng, order, g->n, sizeof *order);
  count_held(g);
  for (size_t r = 0; r < g->n_rows; r++) {
    trim_sources(g, r);
    trim_width(g, r);
  }
  fill_floors(g, order);
  while (fill_rest(g, order)) {
  }
  return is_met(g);
}

/* ---- room that nobody wants ---- */

/* How much a source lacks of its part of all seats, times the sum of all
 * weights. */
static int64_t lack_of(const struct grid *g, size_t source, uint64_t weights)
{
  uint64_t due = (uint64_t)g->n_rows * g->width * g->rows[0].sources[source].weight;

  return (int64_t)due - (int64_t)(g->wants[source].held * weights);
}

/* The one who lacks most among those who may have one more in a row and were
 * not refused; n if there is none. */
static size_t find_lacking(const struct grid *g, size_t row, const bool *refused, uint64_t weights)
{
  size_t found = g->n;

  for (size_t i = 0; i < g->n; i++) {
    if (!refused[i] && seating_count(&g->rows[row], i) < g->wants[i].row_max &&
        (found == g->n || lack_of(g, i, weights) > lack_of(g, found, weights))) {
      found = i;
    }
  }
  return found;
}

static void top_up_row(struct grid *g, size_t row, uint64_t weights)
{
  CLEANUP(mem_free_at) bool *refused = mem_array(g->n, sizeof *refused);
  size_t source;

  while (!is_full(g, row) && (source = find_lacking(g, row, refused, weights)) < g->n) {
    refused[source] = !add(g, row, source);
  }
}

void grid_top_up(struct grid *g)
{
  uint64_t weights = 0;

  for (size_t i = 0; i < g->n; i++) {
    weights += g->rows[0].sources[i].weight;
  }
  for (size_t r = 0; r < g->n_rows; r++) {
    top_up_row(g, r, weights);
  }
}
