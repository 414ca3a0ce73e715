#include "balance/spread.h"

#include "balance/dues.h"
#include "balance/grid.h"
#include "balance/heritage.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What an instance may be behind or ahead at most, in seats: a share that was
 * out of reach for long is not paid back for ever. */
#define CREDIT_SEATS 64

void spread_deinit(struct spread *s)
{
  free(s->plans);
  free(s->slots);
  free(s->credits);
  *s = (struct spread){.n = 0};
}

/* What one instance is, beside its source. */
struct member {
  uint64_t draw;    /* decides between those who are alike */
  int64_t owed;     /* parts of DUES_SEAT, times fetches; as the planning goes on */
  int64_t settled;  /* the same before this plan */
  unsigned row_max; /* seats in one descriptor */
};

/* Everything about one call. Owns what it points to, but for in and rng. */
struct problem {
  const struct spread_input *in;
  const struct rng *rng;
  struct plan_source *sources; /* with LIMIT_INTRO_POINTS points at most */
  struct member *members;
  size_t **orders;
  struct seating *rows;  /* by slot: what may stay */
  bool *lost;            /* by slot: that was not all */
  unsigned fetches;      /* the sum of all */
  unsigned most_fetches; /* of a slot */
  bool is_crowded;       /* not everybody has a seat in every slot */
  unsigned least, most;  /* seats in a descriptor */
  bool is_blank;         /* the past does not count now, so that the same widths are good again */
};

static void problem_deinit(struct problem *p)
{
  for (size_t i = 0; i < p->in->n; i++) {
    free(p->orders[i]);
  }
  free(p->sources);
  free(p->members);
  free(p->orders);
  free(p->lost);
  free(p->rows);
}

/* ---- what there is ---- */

static int64_t credit_of(const struct spread *previous, const struct address *a)
{
  size_t low = 0, high = previous->n_credits;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = memcmp(&previous->credits[middle].instance, a, sizeof *a);

    if (order == 0) {
      return previous->credits[middle].owed;
    }
    low = order < 0 ? middle + 1 : low;
    high = order < 0 ? high : middle;
  }
  return 0;
}

/* The points of an instance, from any one on. */
static size_t *make_order(size_t n, uint64_t draw)
{
  size_t *order = mem_array(n, sizeof *order);

  for (size_t i = 0; i < n; i++) {
    order[i] = (size_t)((draw + i) % n);
  }
  return order;
}

static void problem_init(struct problem *p, const struct spread_input *in, const struct rng *rng)
{
  CLEANUP(mem_free_at) uint64_t *draws = mem_array(in->n, sizeof *draws);

  *p = (struct problem){.in = in, .rng = rng};
  p->sources = mem_array(in->n, sizeof *p->sources);
  p->members = mem_array(in->n, sizeof *p->members);
  p->orders = mem_array(in->n, sizeof *p->orders);
  p->lost = mem_array(in->n_slots, sizeof *p->lost);
  p->rows = mem_array(in->n_slots, sizeof *p->rows);
  rng_bytes(rng, draws, in->n * sizeof *draws);
  for (size_t i = 0; i < in->n; i++) {
    p->sources[i] = in->sources[i];
    p->sources[i].n = in->sources[i].n < LIMIT_INTRO_POINTS ? in->sources[i].n : LIMIT_INTRO_POINTS;
    p->orders[i] = make_order(p->sources[i].n, draws[i]);
    p->members[i].draw = draws[i];
    p->members[i].settled = in->previous == NULL ? 0 : credit_of(in->previous, &in->addresses[i]);
  }
  for (size_t i = 0; i < in->n_slots; i++) {
    p->fetches += in->slots[i].fetch;
    p->most_fetches = in->slots[i].fetch > p->most_fetches ? in->slots[i].fetch : p->most_fetches;
    p->rows[i] = (struct seating){.sources = p->sources, .orders = p->orders};
  }
  heritage_seat(in, p->rows, p->lost);
}

/* ---- how many fit ---- */

/* How many seats one descriptor can have, and whether everybody can have one. */
static void measure_width(struct problem *p)
{
  struct seating s = {.sources = p->sources, .orders = p->orders};
  bool grew = true;

  for (size_t i = 0; i < p->in->n && s.n < LIMIT_INTRO_POINTS; i++) {
    (void)seating_add(&s, i);
  }
  p->least = (unsigned)s.n;
  p->is_crowded = s.n < p->in->n;
  for (size_t i = 0; i < p->in->n; i++) {
    p->members[i].row_max = p->is_crowded ? 1 : (unsigned)p->sources[i].n;
  }
  while (grew && !p->is_crowded) {
    grew = false;
    for (size_t i = 0; i < p->in->n; i++) {
      grew |= seating_add(&s, i);
    }
  }
  p->most = (unsigned)s.n;
}

/* ---- slots that are asked equally often ---- */

/* Owns everything. */
struct tier {
  unsigned fetch;
  size_t *slots; /* their places */
  size_t n;
  struct seating *rows;
  struct due *dues;
  struct grid_want *wants;
};

static void tier_deinit(struct tier *t)
{
  free(t->slots);
  free(t->rows);
  free(t->dues);
  free(t->wants);
}

/* With the rows as they are in `rows`, by slot. */
static void tier_init(struct tier *t, const struct problem *p, unsigned fetch,
                      const struct seating *rows)
{
  *t = (struct tier){.fetch = fetch, .slots = mem_array(p->in->n_slots, sizeof *t->slots)};
  for (size_t i = 0; i < p->in->n_slots; i++) {
    if (p->in->slots[i].fetch == fetch) {
      t->slots[t->n++] = i;
    }
  }
  t->rows = mem_array(t->n, sizeof *t->rows);
  t->dues = mem_array(p->in->n, sizeof *t->dues);
  t->wants = mem_array(p->in->n, sizeof *t->wants);
  for (size_t i = 0; i < t->n; i++) {
    t->rows[i] = rows[t->slots[i]];
    for (size_t k = 0; k < t->rows[i].n; k++) {
      t->wants[t->rows[i].seats[k].source].held++;
    }
  }
}

/* One that may get its part rounded up. */
struct bidder {
  size_t source;
  bool keeps;    /* it has that seat already, and nothing is to be rotated */
  int64_t claim; /* parts of a seat that it is behind if it does not get one */
  bool has;
  uint64_t draw;
};

static int compare_bidders(const void *a, const void *b)
{
  const struct bidder *x = a, *y = b;

  if (x->keeps != y->keeps) {
    return x->keeps ? -1 : 1;
  }
  if (x->claim != y->claim) {
    return x->claim > y->claim ? -1 : 1;
  }
  if (x->has != y->has) {
    return x->has ? -1 : 1;
  }
  if (x->draw != y->draw) {
    return x->draw < y->draw ? -1 : 1;
  }
  return x->source < y->source ? -1 : 1;
}

static struct bidder make_bidder(const struct tier *t, const struct problem *p, size_t source)
{
  const struct due *d = &t->dues[source];
  int64_t fetch = t->fetch == 0 ? 1 : t->fetch;
  bool has = !p->is_blank && t->wants[source].held > d->whole;

  return (struct bidder){.source = source,
                         .keeps = has && !p->in->rotate,
                         .claim = p->members[source].owed + d->part * fetch,
                         .has = has,
                         .draw = p->is_blank ? 0 : p->members[source].draw};
}

/* The targets of all: what is due, rounded. */
static void set_targets(struct tier *t, const struct problem *p, unsigned width)
{
  CLEANUP(mem_free_at) struct bidder *bidders = mem_array(p->in->n, sizeof *bidders);
  unsigned rows = (unsigned)t->n, rest = rows * width;
  size_t n = 0;

  for (size_t i = 0; i < p->in->n; i++) {
    unsigned most = p->members[i].row_max < width ? p->members[i].row_max : width;

    t->wants[i].row_max = most;
    t->dues[i] = (struct due){
        .weight = p->sources[i].weight, .low = p->is_crowded ? 0 : rows, .high = rows * most};
  }
  dues_share_out(t->dues, p->in->n, rest);
  for (size_t i = 0; i < p->in->n; i++) {
    t->wants[i].target = t->dues[i].whole;
    rest -= t->dues[i].whole;
    if (t->dues[i].part > 0) {
      bidders[n++] = make_bidder(t, p, i);
    }
  }
  qsort(bidders, n, sizeof *bidders, compare_bidders);
  for (size_t i = 0; i < rest; i++) {
    t->wants[bidders[i].source].target++;
  }
}

/* What everybody is behind with the seats that it got. */
static void settle(const struct tier *t, struct problem *p)
{
  for (size_t i = 0; i < p->in->n; i++) {
    int64_t due = (int64_t)t->dues[i].whole * DUES_SEAT + t->dues[i].part;

    p->members[i].owed += (int64_t)t->fetch * (due - (int64_t)t->wants[i].held * DUES_SEAT);
  }
}

/* Plans the slots with one fetch, whose rows are in `rows` by slot. True if all
 * targets are met. */
static bool plan_tier(struct problem *p, unsigned fetch, unsigned width, struct seating *rows)
{
  CLEANUP(tier_deinit) struct tier t;
  struct grid g;
  bool is_met;

  tier_init(&t, p, fetch, rows);
  if (t.n == 0) {
    return true;
  }
  set_targets(&t, p, width);
  g = (struct grid){t.rows, t.n, width, p->in->n, t.wants, p->orders, p->rng};
  is_met = grid_fill(&g);
  if (p->is_crowded) {
    grid_top_up(&g);
  }
  settle(&t, p);
  for (size_t i = 0; i < t.n; i++) {
    rows[t.slots[i]] = t.rows[i];
  }
  return is_met;
}

/* ---- all slots ---- */

/* Seats of every source, weighted with the fetches; with one each if no slot is
 * asked. */
static void count_units(const struct problem *p, const struct seating *rows, uint64_t *units)
{
  for (size_t i = 0; i < p->in->n; i++) {
    units[i] = 0;
  }
  for (size_t s = 0; s < p->in->n_slots; s++) {
    for (size_t i = 0; i < rows[s].n; i++) {
      units[rows[s].seats[i].source] += p->fetches == 0 ? 1 : p->in->slots[s].fetch;
    }
  }
}

/* The sum of all differences between shares and weights, in parts of 2^20. */
static uint64_t measure_miss(const struct problem *p, const uint64_t *units)
{
  uint64_t weights = 0, sum = 0, miss = 0;

  for (size_t i = 0; i < p->in->n; i++) {
    weights += p->sources[i].weight;
    sum += units[i];
  }
  for (size_t i = 0; i < p->in->n; i++) {
    uint64_t has = units[i] * weights, due = sum * p->sources[i].weight;

    miss += has > due ? has - due : due - has;
  }
  return sum == 0 ? UINT64_MAX : (miss << 20) / (sum * weights);
}

static uint64_t measure_rows(const struct problem *p, const struct seating *rows)
{
  CLEANUP(mem_free_at) uint64_t *units = mem_array(p->in->n, sizeof *units);

  count_units(p, rows, units);
  return measure_miss(p, units);
}

/* A plan for all slots with one width. True if all targets are met. */
static bool plan_width(struct problem *p, unsigned width, struct seating *rows)
{
  bool is_met = true;

  memcpy(rows, p->rows, p->in->n_slots * sizeof *rows);
  for (size_t i = 0; i < p->in->n; i++) {
    p->members[i].owed = p->members[i].settled;
  }
  for (unsigned fetch = p->most_fetches + 1; fetch-- > 0;) {
    is_met &= plan_tier(p, fetch, width, rows);
  }
  return is_met;
}

/* Adds what everybody is to have in the slots with one fetch. */
static void target_tier(struct problem *p, unsigned fetch, unsigned width, uint64_t *units)
{
  CLEANUP(tier_deinit) struct tier t;

  tier_init(&t, p, fetch, p->rows);
  if (t.n == 0) {
    return;
  }
  set_targets(&t, p, width);
  for (size_t i = 0; i < p->in->n; i++) {
    t.wants[i].held = t.wants[i].target;
    units[i] += (uint64_t)t.wants[i].target * (p->fetches == 0 ? 1 : fetch);
  }
  settle(&t, p);
}

/* The miss that a width has if all targets can be met. */
static uint64_t best_miss_of(struct problem *p, unsigned width)
{
  CLEANUP(mem_free_at) uint64_t *units = mem_array(p->in->n, sizeof *units);

  p->is_blank = true;
  for (size_t i = 0; i < p->in->n; i++) {
    p->members[i].owed = 0;
  }
  for (unsigned fetch = p->most_fetches + 1; fetch-- > 0;) {
    target_tier(p, fetch, width, units);
  }
  p->is_blank = false;
  return measure_miss(p, units);
}

/* The width that has the least miss, of those that were not tried; 0 if there
 * is none. */
static unsigned next_width(const struct problem *p, const uint64_t *misses, const bool *tried)
{
  unsigned found = 0;

  for (unsigned width = p->least; width <= p->most; width++) {
    if (!tried[width] && (found == 0 || misses[width] <= misses[found])) {
      found = width;
    }
  }
  return found;
}

/* True if what there was is a plan by itself: nothing of it was lost, and everybody
 * has in every slot what he must have. */
static bool is_complete(const struct problem *p)
{
  for (size_t s = 0; s < p->in->n_slots; s++) {
    const struct seating *row = &p->rows[s];

    if (row->n < p->least || p->lost[s]) {
      return false;
    }
    for (size_t i = 0; i < (p->is_crowded ? row->n : p->in->n); i++) {
      size_t source = p->is_crowded ? row->seats[i].source : i;
      unsigned count = seating_count(row, source);

      if (count == 0 || count > p->members[source].row_max) {
        return false;
      }
    }
  }
  return true;
}

/* Plans with the width whose shares are best, which is known before if all
 * targets can be met and else has to be tried. */
static void plan_rows(struct problem *p, struct seating *best)
{
  CLEANUP(mem_free_at) struct seating *rows = mem_array(p->in->n_slots, sizeof *rows);
  uint64_t misses[LIMIT_INTRO_POINTS + 1] = {0}, best_miss = UINT64_MAX;
  bool tried[LIMIT_INTRO_POINTS + 1] = {false}, is_met = false;
  unsigned width;

  for (width = p->least; width <= p->most; width++) {
    misses[width] = best_miss_of(p, width);
  }
  while (!is_met && (width = next_width(p, misses, tried)) > 0 && misses[width] < best_miss) {
    uint64_t miss;

    tried[width] = true;
    is_met = plan_width(p, width, rows);
    miss = measure_rows(p, rows);
    if (is_met || miss < best_miss) {
      memcpy(best, rows, p->in->n_slots * sizeof *best);
      best_miss = miss;
    }
  }
  if (!is_met && !p->in->rotate && is_complete(p) && measure_rows(p, p->rows) <= best_miss) {
    memcpy(best, p->rows, p->in->n_slots * sizeof *best); /* nothing moves for nothing */
  }
}

/* ---- what it costs and what it is ---- */

/* Writes what everybody is owed after the plan from before, which is what a
 * rotation ends. */
static void settle_previous(struct problem *p)
{
  CLEANUP(mem_free_at) struct due *dues = mem_array(p->in->n, sizeof *dues);
  CLEANUP(mem_free_at) uint64_t *units = mem_array(p->in->n, sizeof *units);
  uint64_t sum = 0, low = 0, high = 0;

  count_units(p, p->rows, units);
  for (size_t i = 0; i < p->in->n; i++) {
    sum += units[i];
    dues[i] = (struct due){.weight = p->sources[i].weight,
                           .low = p->is_crowded ? 0 : p->fetches,
                           .high = p->fetches * p->members[i].row_max};
    low += dues[i].low;
    high += dues[i].high;
  }
  if (sum == 0 || sum < low || sum > high) { /* not a plan of this shape */
    return;
  }
  dues_share_out(dues, p->in->n, (unsigned)sum);
  for (size_t i = 0; i < p->in->n; i++) {
    int64_t due = (int64_t)dues[i].whole * DUES_SEAT + dues[i].part;
    int64_t *owed = &p->members[i].settled, most = CREDIT_SEATS * DUES_SEAT;

    *owed += due - (int64_t)units[i] * DUES_SEAT;
    *owed = *owed > most ? most : (*owed < -most ? -most : *owed);
  }
}

static int compare_credits(const void *a, const void *b)
{
  const struct spread_credit *x = a, *y = b;

  return memcmp(&x->instance, &y->instance, sizeof x->instance);
}

static void write_credits(const struct problem *p, struct spread *out)
{
  out->n_credits = p->in->n;
  out->credits = mem_array(p->in->n, sizeof *out->credits);
  for (size_t i = 0; i < p->in->n; i++) {
    out->credits[i] = (struct spread_credit){p->in->addresses[i], p->members[i].settled};
  }
  qsort(out->credits, out->n_credits, sizeof *out->credits, compare_credits);
}

static void write_plans(const struct problem *p, const struct seating *rows, struct spread *out)
{
  out->n = p->in->n_slots;
  out->plans = mem_array(out->n, sizeof *out->plans);
  out->slots = mem_array(out->n, sizeof *out->slots);
  for (size_t s = 0; s < out->n; s++) {
    struct plan *plan = &out->plans[s];

    out->slots[s] = p->in->slots[s];
    plan->n = rows[s].n;
    for (size_t i = 0; i < plan->n; i++) {
      plan->intros[i] = *seating_point(&rows[s], &rows[s].seats[i]);
    }
    rng_shuffle(p->rng, plan->intros, plan->n, sizeof plan->intros[0]);
  }
}

void spread_choose(const struct spread_input *in, const struct rng *rng, struct spread *out)
{
  CLEANUP(problem_deinit) struct problem p;
  CLEANUP(mem_free_at) struct seating *rows = mem_array(in->n_slots, sizeof *rows);

  assert(in->n > 0 && in->n_slots > 0);
  problem_init(&p, in, rng);
  measure_width(&p);
  if (in->rotate) {
    settle_previous(&p);
  }
  plan_rows(&p, rows);
  write_credits(&p, out);
  write_plans(&p, rows, out);
}
