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

/* One source that takes part. Owns order. */
struct draw {
  const struct plan_source *source;
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

/* Puts the places of the sources into the order in which they may take part:
 * random, those of the previous plan first unless they are to be drawn anew. */
static void order_sources(const struct plan_source *sources, size_t n, const struct plan *keep,
                          const struct rng *rng, size_t *order)
{
  size_t front = 0;

  for (size_t i = 0; i < n; i++) {
    order[i] = i;
  }
  rng_shuffle(rng, order, n, sizeof *order);
  for (size_t i = 0; keep != NULL && i < n; i++) {
    if (plan_has_source(keep, &sources[order[i]])) {
      size_t t = order[front];

      order[front++] = order[i];
      order[i] = t;
    }
  }
}

/* One seat for each source, until no relay or no room is left. */
static void seat_sources(struct seating *s, const struct plan_source *sources, const size_t *order,
                         const struct plan *previous, const struct rng *rng)
{
  for (size_t i = 0; order[i] != SIZE_MAX && s->n_draws < LIMIT_INTRO_POINTS; i++) {
    draw_init(&s->draws[s->n_draws], &sources[order[i]], previous, rng);
    if (add_seat(s, s->n_draws)) {
      s->n_draws++;
    } else {
      free(s->draws[s->n_draws].order);
    }
  }
}

/* One more seat for every draw. False if one of them cannot have it; nothing
 * has changed then. */
static bool seat_all_again(struct seating *s)
{
  struct seating before = *s;

  if (s->n + s->n_draws > LIMIT_INTRO_POINTS) {
    return false;
  }
  for (size_t i = 0; i < s->n_draws; i++) {
    if (!add_seat(s, i)) {
      *s = before;
      return false;
    }
  }
  return true;
}

void plan_choose(const struct plan_source *sources, size_t n, const struct plan_past *past,
                 const struct rng *rng, struct plan *out)
{
  CLEANUP(mem_free_at) size_t *order = mem_array(n + 1, sizeof *order);
  struct seating s = {.n = 0};
  bool has_more = true;

  assert(n > 0);
  order_sources(sources, n, past->rotate ? NULL : past->previous, rng, order);
  order[n] = SIZE_MAX;
  seat_sources(&s, sources, order, past->previous, rng);
  while (has_more) {
    has_more = seat_all_again(&s);
  }
  out->n = s.n;
  for (size_t i = 0; i < s.n; i++) {
    out->intros[i] = *seating_point(&s, &s.seats[i]);
  }
  rng_shuffle(rng, out->intros, out->n, sizeof out->intros[0]);
  for (size_t i = 0; i < s.n_draws; i++) {
    free(s.draws[i].order);
  }
}
