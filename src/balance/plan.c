#include "balance/plan.h"

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

/* One source that takes part. Owns order. */
struct draw {
  const struct plan_source *source;
  unsigned cap;  /* of its seats */
  size_t *order; /* of its points: those that it would rather give first */
};

/* A point that has been chosen. */
struct seat {
  size_t draw;
  size_t point; /* of the draw's source */
};

/* The plan in the making: no two seats are on the same relay. */
struct seating {
  struct draw draws[LIMIT_INTRO_POINTS];
  size_t n_draws;
  struct seat seats[LIMIT_INTRO_POINTS];
  size_t n;
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

static void draw_init(struct draw *d, const struct plan_source *source, const struct plan *previous,
                      const struct rng *rng)
{
  CLEANUP(mem_free_at) size_t *any = mem_array(source->n, sizeof *any);
  size_t n = 0;

  *d = (struct draw){.source = source, .order = mem_array(source->n, sizeof *d->order)};
  d->cap = source->n < LIMIT_INTRO_POINTS ? (unsigned)source->n : LIMIT_INTRO_POINTS;
  for (size_t i = 0; i < source->n; i++) {
    any[i] = i;
  }
  rng_shuffle(rng, any, source->n, sizeof *any);
  for (unsigned wanted = 0; wanted <= 2; wanted++) {
    for (size_t i = 0; i < source->n; i++) {
      if (reluctance(previous, &source->intros[any[i]]) == wanted) {
        d->order[n++] = any[i];
      }
    }
  }
}

static const struct intro *seating_point(const struct seating *s, const struct seat *seat)
{
  return &s->draws[seat->draw].source->intros[seat->point];
}

/* The seat on a relay, or s->n. */
static size_t find_holder(const struct seating *s, const uint8_t relay_id[FINGERPRINT_SIZE])
{
  size_t i = 0;

  while (i < s->n &&
         memcmp(seating_point(s, &s->seats[i])->relay_id, relay_id, FINGERPRINT_SIZE) != 0) {
    i++;
  }
  return i;
}

/* A draw that is to get one more seat, so that it can leave one of its own to
 * the draw at `from`. */
struct wish {
  size_t draw;
  size_t from;       /* place in the queue of wishes; the first one comes from nowhere */
  struct seat taken; /* what stands on seats[seat] then */
  size_t seat;
};

struct wishes {
  struct wish queue[LIMIT_INTRO_POINTS];
  size_t n;
};

static bool is_wishing(const struct wishes *w, size_t draw)
{
  for (size_t i = 0; i < w->n; i++) {
    if (w->queue[i].draw == draw) {
      return true;
    }
  }
  return false;
}

/* Gives one more seat to the draw of a wish, and what that sets free to the
 * wishes that led to it. */
static void grant(struct seating *s, const struct wishes *w, size_t at, size_t point)
{
  s->seats[s->n++] = (struct seat){w->queue[at].draw, point};
  for (; at > 0; at = w->queue[at].from) {
    s->seats[w->queue[at].seat] = w->queue[at].taken;
  }
}

/* Looks for a relay that a wish can have. False if all are held; then those
 * who hold them wish for another one. */
static bool fulfil(struct seating *s, struct wishes *w, size_t at)
{
  size_t me = w->queue[at].draw;
  const struct draw *d = &s->draws[me];

  for (size_t i = 0; i < d->source->n; i++) {
    if (find_holder(s, d->source->intros[d->order[i]].relay_id) == s->n) {
      grant(s, w, at, d->order[i]);
      return true;
    }
  }
  for (size_t i = 0; i < d->source->n; i++) {
    size_t seat = find_holder(s, d->source->intros[d->order[i]].relay_id);
    size_t other = s->seats[seat].draw;

    if (!is_wishing(w, other)) {
      w->queue[w->n++] =
          (struct wish){.draw = other, .from = at, .taken = {me, d->order[i]}, .seat = seat};
    }
  }
  return false;
}

/* One more seat for a draw; others may move to another relay for it. False if
 * there is no way: an augmenting path in the graph of draws and relays. */
static bool add_seat(struct seating *s, size_t draw)
{
  struct wishes w = {.queue = {{.draw = draw}}, .n = 1};

  for (size_t at = 0; at < w.n; at++) {
    if (fulfil(s, &w, at)) {
      return true;
    }
  }
  return false;
}

/* The sources in the order in which they may take part. Owns both. */
struct line {
  size_t *order;    /* their places */
  unsigned *quotas; /* by place: how many points it is to have, where not all can have any */
};

static void line_deinit(struct line *l)
{
  free(l->order);
  free(l->quotas);
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
static void order_sources(const struct plan_source *sources, size_t n, const struct plan *keep,
                          const struct rng *rng, struct line *out)
{
  for (size_t i = 0; i < n; i++) {
    out->order[i] = i;
    out->quotas[i] = plan_count(keep, &sources[i]);
  }
  rng_shuffle(rng, out->order, n, sizeof *out->order);
  bring_forward(out->order, n, out->quotas);
  if (n > LIMIT_INTRO_POINTS) {
    fill_quotas(sources, n, rng, out->quotas);
    bring_forward(out->order, n, out->quotas);
  }
}

/* One seat for a source, unless no relay or no room is left for it. */
static void seat_source(struct seating *s, const struct plan_source *source,
                        const struct plan *previous, const struct rng *rng)
{
  if (s->n == LIMIT_INTRO_POINTS) {
    return;
  }
  draw_init(&s->draws[s->n_draws], source, previous, rng);
  if (add_seat(s, s->n_draws)) {
    s->n_draws++;
  } else {
    free(s->draws[s->n_draws].order);
  }
}

/* ---- all take part ---- */

static uint64_t sum_weights(const struct seating *s)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < s->n_draws; i++) {
    sum += s->draws[i].source->weight;
  }
  return sum;
}

/* The draw that lacks most to its share of `total` seats, or s->n_draws if all
 * have as many as they can. Of those that lack the same, the first source. */
static size_t find_neediest(const struct seating *s, const unsigned *counts, unsigned total)
{
  int64_t weights = (int64_t)sum_weights(s), most = INT64_MIN;
  size_t found = s->n_draws;

  for (size_t i = 0; i < s->n_draws; i++) {
    const struct draw *d = &s->draws[i];
    int64_t lacks = (int64_t)total * d->source->weight - (int64_t)counts[i] * weights;

    if (counts[i] < d->cap &&
        (lacks > most || (lacks == most && d->source < s->draws[found].source))) {
      found = i;
      most = lacks;
    }
  }
  return found;
}

/* The numbers of seats that come nearest to the weights if there are `total`:
 * one each, the others always to the neediest. That is best, as the difference
 * of each is convex in its number. False if they cannot have so many. */
static bool apportion_total(const struct seating *s, unsigned total, unsigned *counts)
{
  for (size_t i = 0; i < s->n_draws; i++) {
    counts[i] = 1;
  }
  for (size_t n = s->n_draws; n < total; n++) {
    size_t neediest = find_neediest(s, counts, total);

    if (neediest == s->n_draws) {
      return false;
    }
    counts[neediest]++;
  }
  return true;
}

/* The sum of all differences between shares and weights, times `total` and the
 * sum of the weights. */
static uint64_t measure_miss(const struct seating *s, unsigned total, const unsigned *counts)
{
  uint64_t weights = sum_weights(s), sum = 0;

  for (size_t i = 0; i < s->n_draws; i++) {
    uint64_t has = counts[i] * weights;
    uint64_t due = (uint64_t)total * s->draws[i].source->weight;

    sum += has > due ? has - due : due - has;
  }
  return sum;
}

/* The best numbers of seats under each draw's cap. */
static void apportion(const struct seating *s, unsigned *best)
{
  unsigned counts[LIMIT_INTRO_POINTS];
  uint64_t best_miss = 0;
  unsigned best_total = 0;

  for (unsigned total = (unsigned)s->n_draws; total <= LIMIT_INTRO_POINTS; total++) {
    uint64_t miss;

    if (!apportion_total(s, total, counts)) {
      return;
    }
    miss = measure_miss(s, total, counts);
    if (best_total == 0 || miss * best_total <= best_miss * total) {
      best_total = total;
      best_miss = miss;
      memcpy(best, counts, sizeof counts);
    }
  }
}

/* Gives every draw its number of seats, one after the other. False if one of
 * them cannot have it: then that is its cap. */
static bool seat_counts(struct seating *s, const unsigned *counts)
{
  for (unsigned round = 2; round <= LIMIT_INTRO_POINTS; round++) {
    for (size_t i = 0; i < s->n_draws; i++) {
      if (counts[i] >= round && !add_seat(s, i)) {
        s->draws[i].cap = round - 1;
        return false;
      }
    }
  }
  return true;
}

/* More seats for those who have one, as their weights ask for. Where a relay is
 * missing the others give way too, so that the shares stay in proportion. */
static void seat_by_weight(struct seating *s)
{
  unsigned counts[LIMIT_INTRO_POINTS] = {0};
  struct seating first = *s;

  apportion(s, counts);
  while (!seat_counts(s, counts)) {
    for (size_t i = 0; i < s->n_draws; i++) {
      first.draws[i].cap = s->draws[i].cap;
    }
    *s = first;
    apportion(s, counts);
  }
}

/* ---- more than can take part ---- */

/* More seats for those whose quota says so, as far as there are relays. */
static void seat_by_quota(struct seating *s, const struct plan_source *sources,
                          const unsigned *quotas)
{
  for (unsigned round = 2; round <= LIMIT_INTRO_POINTS; round++) {
    for (size_t i = 0; i < s->n_draws && s->n < LIMIT_INTRO_POINTS; i++) {
      if (quotas[s->draws[i].source - sources] >= round) {
        (void)add_seat(s, i);
      }
    }
  }
}

/* All who can take part, with their seats. */
static void seat_all(struct seating *s, const struct plan_source *sources, size_t n,
                     const struct plan_past *past, const struct rng *rng)
{
  CLEANUP(line_deinit)
  struct line line = {mem_array(n, sizeof *line.order), mem_array(n, sizeof *line.quotas)};
  bool all_fit = n <= LIMIT_INTRO_POINTS;
  size_t i = 0;

  order_sources(sources, n, past->rotate ? NULL : past->previous, rng, &line);
  for (; i < n && (all_fit || line.quotas[line.order[i]] > 0); i++) {
    seat_source(s, &sources[line.order[i]], past->previous, rng);
  }
  if (all_fit) {
    seat_by_weight(s);
  } else {
    seat_by_quota(s, sources, line.quotas);
  }
  for (; i < n; i++) {
    seat_source(s, &sources[line.order[i]], past->previous, rng);
  }
}

void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out)
{
  struct seating s = {.n = 0};

  assert(n > 0);
  seat_all(&s, sources, n, past, rng);
  out->n = s.n;
  for (size_t i = 0; i < s.n; i++) {
    out->intros[i] = *seating_point(&s, &s.seats[i]);
  }
  rng_shuffle(rng, out->intros, out->n, sizeof out->intros[0]);
  for (size_t i = 0; i < s.n_draws; i++) {
    free(s.draws[i].order);
  }
}
