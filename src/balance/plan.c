#include "balance/plan.h"

#include "balance/seating.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool plan_has(const struct plan *p, const struct intro *point)
{
  for (size_t i = 0; p != NULL && i < p->n; i++) {
    if (intro_equal(&p->intros[i], point)) {
      return true;
    }
  }
  return false;
}

static bool plan_has_relay(const struct plan *p, const uint8_t relay_id[FINGERPRINT_SIZE])
{
  for (size_t i = 0; p != NULL && i < p->n; i++) {
    if (memcmp(p->intros[i].relay_id, relay_id, FINGERPRINT_SIZE) == 0) {
      return true;
    }
  }
  return false;
}

bool plan_equal(const struct plan *a, const struct plan *b)
{
  for (size_t i = 0; i < a->n; i++) {
    if (!plan_has(b, &a->intros[i])) {
      return false;
    }
  }
  return a->n == b->n;
}

bool plan_has_source(const struct plan *p, const struct plan_source *source)
{
  for (size_t i = 0; i < source->n; i++) {
    if (plan_has(p, &source->intros[i])) {
      return true;
    }
  }
  return false;
}

bool plan_offers(const struct plan_source *source, const struct intro *point)
{
  for (size_t i = 0; i < source->n; i++) {
    if (intro_equal(&source->intros[i], point)) {
      return true;
    }
  }
  return false;
}

unsigned plan_count(const struct plan *p, const struct plan_source *source)
{
  unsigned n = 0;

  for (size_t i = 0; i < source->n; i++) {
    n += plan_has(p, &source->intros[i]);
  }
  return n;
}

/* One source that takes part. */
struct draw {
  size_t place; /* among the sources */
  unsigned cap; /* of its seats */
};

/* The plan in the making. */
struct draft {
  const struct plan_source *sources;
  struct draw draws[LIMIT_INTRO_POINTS];
  size_t n_draws;
  struct seating seating;
};

/* How little a source minds giving a point: what it gives already, then what
 * is in nobody's way. */
static unsigned reluctance(const struct plan *previous, const struct intro *point)
{
  if (plan_has(previous, point)) {
    return 0;
  }
  return plan_has_relay(previous, point->relay_id) ? 2 : 1;
}

/* The order in which a source would rather give its points. */
static size_t *make_order(const struct plan_source *source, const struct plan *previous,
                          const struct rng *rng)
{
  CLEANUP(mem_free_at) size_t *any = mem_array(source->n, sizeof *any);
  size_t *order = mem_array(source->n, sizeof *order);
  size_t n = 0;

  for (size_t i = 0; i < source->n; i++) {
    any[i] = i;
  }
  rng_shuffle(rng, any, source->n, sizeof *any);
  for (unsigned wanted = 0; wanted <= 2; wanted++) {
    for (size_t i = 0; i < source->n; i++) {
      if (reluctance(previous, &source->intros[any[i]]) == wanted) {
        order[n++] = any[i];
      }
    }
  }
  return order;
}

/* The sources in the order in which they may take part. Owns all. */
struct line {
  size_t n;
  size_t *order;    /* their places */
  unsigned *quotas; /* by place: how many points it is to have, where not all can have any */
  size_t **points;  /* by place: the order of its points, once it is to be seated */
};

static void line_init(struct line *l, size_t n)
{
  *l = (struct line){.n = n,
                     .order = mem_array(n, sizeof *l->order),
                     .quotas = mem_array(n, sizeof *l->quotas),
                     .points = mem_array(n, sizeof *l->points)};
}

static void line_deinit(struct line *l)
{
  for (size_t i = 0; i < l->n; i++) {
    free(l->points[i]);
  }
  free(l->order);
  free(l->quotas);
  free(l->points);
}

/* Who is to take part where not all can, and with how many points: those that
 * have a quota already, and for the room that is left a systematic sample: a comb
 * of evenly spaced teeth over the weights laid end to end in random order, so
 * that the expected number of teeth in each is exactly its share. */
static void fill_quotas(const struct plan_source *sources, size_t n, const struct rng *rng,
                        unsigned *quotas)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(n, sizeof *order);
  uint64_t room = LIMIT_INTRO_POINTS, total = 0, sum = 0, tooth;

  for (size_t i = 0; i < n; i++) {
    order[i] = i;
    quotas[i] = quotas[i] < room ? quotas[i] : (unsigned)room;
    room -= quotas[i];
    total += quotas[i] == 0 ? sources[i].weight : 0;
  }
  rng_shuffle(rng, order, n, sizeof *order);
  tooth = total == 0 ? 0 : rng_below(rng, total);
  for (size_t i = 0; i < n; i++) {
    const struct plan_source *source = &sources[order[i]];
    unsigned *quota = &quotas[order[i]];

    if (*quota == 0) {
      for (sum += source->weight * room; tooth < sum; tooth += total) {
        *quota += *quota < source->n;
      }
    }
  }
}

/* Brings the places of sources with a quota to the front; otherwise the order
 * stays. */
static void bring_forward(size_t *order, size_t n, const unsigned *quotas)
{
  CLEANUP(mem_free_at) size_t *before = mem_array(n, sizeof *before);
  size_t at = 0;

  memcpy(before, order, n * sizeof *before);
  for (unsigned wanted = 0; wanted < 2; wanted++) {
    for (size_t i = 0; i < n; i++) {
      if ((quotas[before[i]] == 0) == (wanted == 1)) {
        order[at++] = before[i];
      }
    }
  }
}

/* Puts the places of the sources into the order in which they may take part:
 * those of the plan `keep` first, with the quotas that they have there, then
 * others that get one, then the rest; random within these. */
static void order_sources(const struct plan_source *sources, const struct plan *keep,
                          const struct rng *rng, struct line *out)
{
  for (size_t i = 0; i < out->n; i++) {
    out->order[i] = i;
    out->quotas[i] = plan_count(keep, &sources[i]);
  }
  rng_shuffle(rng, out->order, out->n, sizeof *out->order);
  bring_forward(out->order, out->n, out->quotas);
  if (out->n > LIMIT_INTRO_POINTS) {
    fill_quotas(sources, out->n, rng, out->quotas);
    bring_forward(out->order, out->n, out->quotas);
  }
}

/* One seat for the source at a place, unless no relay or no room is left for it. */
static void seat_source(struct draft *d, const struct line *l, size_t place,
                        const struct plan *previous, const struct rng *rng)
{
  const struct plan_source *source = &d->sources[place];

  if (d->seating.n == LIMIT_INTRO_POINTS) {
    return;
  }
  l->points[place] = make_order(source, previous, rng);
  if (seating_add(&d->seating, place)) {
    d->draws[d->n_draws++] = (struct draw){
        .place = place,
        .cap = source->n < LIMIT_INTRO_POINTS ? (unsigned)source->n : LIMIT_INTRO_POINTS,
    };
  }
}

/* ---- all take part ---- */

static unsigned weight_of(const struct draft *d, size_t draw)
{
  return d->sources[d->draws[draw].place].weight;
}

static uint64_t sum_weights(const struct draft *d)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < d->n_draws; i++) {
    sum += weight_of(d, i);
  }
  return sum;
}

/* The draw that lacks most to its share of `total` seats, or d->n_draws if all
 * have as many as they can. Of those that lack the same, the first source. */
static size_t find_neediest(const struct draft *d, const unsigned *counts, unsigned total)
{
  int64_t weights = (int64_t)sum_weights(d), most = INT64_MIN;
  size_t found = d->n_draws;

  for (size_t i = 0; i < d->n_draws; i++) {
    const struct draw *draw = &d->draws[i];
    int64_t lacks = (int64_t)total * weight_of(d, i) - (int64_t)counts[i] * weights;

    if (counts[i] < draw->cap &&
        (lacks > most || (lacks == most && draw->place < d->draws[found].place))) {
      found = i;
      most = lacks;
    }
  }
  return found;
}

/* The numbers of seats that come nearest to the weights if there are `total`:
 * one each, the others always to the neediest. That is best, as the difference
 * of each is convex in its number. False if they cannot have so many. */
static bool apportion_total(const struct draft *d, unsigned total, unsigned *counts)
{
  for (size_t i = 0; i < d->n_draws; i++) {
    counts[i] = 1;
  }
  for (size_t n = d->n_draws; n < total; n++) {
    size_t neediest = find_neediest(d, counts, total);

    if (neediest == d->n_draws) {
      return false;
    }
    counts[neediest]++;
  }
  return true;
}

/* The sum of all differences between shares and weights, times `total` and the
 * sum of the weights. */
static uint64_t measure_miss(const struct draft *d, unsigned total, const unsigned *counts)
{
  uint64_t weights = sum_weights(d), sum = 0;

  for (size_t i = 0; i < d->n_draws; i++) {
    uint64_t has = counts[i] * weights;
    uint64_t due = (uint64_t)total * weight_of(d, i);

    sum += has > due ? has - due : due - has;
  }
  return sum;
}

/* The best numbers of seats under each draw's cap. */
static void apportion(const struct draft *d, unsigned *best)
{
  unsigned counts[LIMIT_INTRO_POINTS];
  uint64_t best_miss = 0;
  unsigned best_total = 0;

  for (unsigned total = (unsigned)d->n_draws; total <= LIMIT_INTRO_POINTS; total++) {
    uint64_t miss;

    if (!apportion_total(d, total, counts)) {
      return;
    }
    miss = measure_miss(d, total, counts);
    if (best_total == 0 || miss * best_total <= best_miss * total) {
      best_total = total;
      best_miss = miss;
      memcpy(best, counts, sizeof counts);
    }
  }
}

/* Gives every draw its number of seats, one after the other. False if one of
 * them cannot have it: then that is its cap. */
static bool seat_counts(struct draft *d, const unsigned *counts)
{
  for (unsigned round = 2; round <= LIMIT_INTRO_POINTS; round++) {
    for (size_t i = 0; i < d->n_draws; i++) {
      if (counts[i] >= round && !seating_add(&d->seating, d->draws[i].place)) {
        d->draws[i].cap = round - 1;
        return false;
      }
    }
  }
  return true;
}

/* More seats for those who have one, as their weights ask for. Where a relay is
 * missing the others give way too, so that the shares stay in proportion. */
static void seat_by_weight(struct draft *d)
{
  unsigned counts[LIMIT_INTRO_POINTS] = {0};
  struct draft first = *d;

  apportion(d, counts);
  while (!seat_counts(d, counts)) {
    for (size_t i = 0; i < d->n_draws; i++) {
      first.draws[i].cap = d->draws[i].cap;
    }
    *d = first;
    apportion(d, counts);
  }
}

/* ---- more than can take part ---- */

/* More seats for those whose quota says so, as far as there are relays. */
static void seat_by_quota(struct draft *d, const unsigned *quotas)
{
  for (unsigned round = 2; round <= LIMIT_INTRO_POINTS; round++) {
    for (size_t i = 0; i < d->n_draws; i++) {
      if (quotas[d->draws[i].place] >= round) {
        (void)seating_add(&d->seating, d->draws[i].place);
      }
    }
  }
}

/* All who can take part, with their seats. */
static void seat_all(struct draft *d, const struct line *l, const struct plan_past *past,
                     const struct rng *rng)
{
  bool all_fit = l->n <= LIMIT_INTRO_POINTS;
  size_t i = 0;

  for (; i < l->n && (all_fit || l->quotas[l->order[i]] > 0); i++) {
    seat_source(d, l, l->order[i], past->previous, rng);
  }
  if (all_fit) {
    seat_by_weight(d);
  } else {
    seat_by_quota(d, l->quotas);
  }
  for (; i < l->n; i++) {
    seat_source(d, l, l->order[i], past->previous, rng);
  }
}

void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out)
{
  CLEANUP(line_deinit) struct line line;
  struct draft d = {.sources = sources};

  assert(n > 0);
  line_init(&line, n);
  d.seating = (struct seating){.sources = sources, .orders = line.points};
  order_sources(sources, past->rotate ? NULL : past->previous, rng, &line);
  seat_all(&d, &line, past, rng);
  out->n = d.seating.n;
  for (size_t i = 0; i < out->n; i++) {
    out->intros[i] = *seating_point(&d.seating, &d.seating.seats[i]);
  }
  rng_shuffle(rng, out->intros, out->n, sizeof out->intros[0]);
}
