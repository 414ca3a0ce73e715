#include "balance/seating.h"

#include <assert.h>
#include <string.h>

const struct intro *seating_point(const struct seating *s, const struct seat *seat)
{
  return &s->sources[seat->source].intros[seat->point];
}

/* The seat on a relay, or s->n. */
static size_t find_holder(const struct seating *s, const struct intro *point)
{
  size_t i = 0;

  while (i < s->n &&
         memcmp(seating_point(s, &s->seats[i])->relay_id, point->relay_id, FINGERPRINT_SIZE) != 0) {
    i++;
  }
  return i;
}

/* A source that is to get one more seat, so that it can leave one of its own to
 * the source at `from`. */
struct wish {
  size_t source;
  size_t from;       /* place in the queue of wishes; the first one comes from nowhere */
  struct seat taken; /* what stands on seats[seat] then */
  size_t seat;
};

/* The first one, and one for each source that has a seat. */
struct wishes {
  struct wish queue[LIMIT_INTRO_POINTS];
  size_t n;
};

static bool is_wishing(const struct wishes *w, size_t source)
{
  for (size_t i = 0; i < w->n; i++) {
    if (w->queue[i].source == source) {
      return true;
    }
  }
  return false;
}

/* Gives one more seat to the source of a wish, and what that sets free to the
 * wishes that led to it. */
static void grant(struct seating *s, const struct wishes *w, size_t at, size_t point)
{
  s->seats[s->n++] = (struct seat){w->queue[at].source, point};
  for (; at > 0; at = w->queue[at].from) {
    s->seats[w->queue[at].seat] = w->queue[at].taken;
  }
}

/* Looks for a relay that a wish can have. False if all are held; then those
 * who hold them wish for another one. */
static bool fulfil(struct seating *s, struct wishes *w, size_t at)
{
  size_t me = w->queue[at].source;
  const struct plan_source *source = &s->sources[me];
  const size_t *order = s->orders[me];

  for (size_t i = 0; i < source->n; i++) {
    if (find_holder(s, &source->intros[order[i]]) == s->n) {
      grant(s, w, at, order[i]);
      return true;
    }
  }
  for (size_t i = 0; i < source->n; i++) {
    size_t seat = find_holder(s, &source->intros[order[i]]);
    size_t other = s->seats[seat].source;

    if (!is_wishing(w, other)) {
      w->queue[w->n++] =
          (struct wish){.source = other, .from = at, .taken = {me, order[i]}, .seat = seat};
    }
  }
  return false;
}

bool seating_add(struct seating *s, size_t source)
{
  struct wishes w = {.queue = {{.source = source}}, .n = 1};

  for (size_t at = 0; at < w.n && s->n < LIMIT_INTRO_POINTS; at++) {
    if (fulfil(s, &w, at)) {
      return true;
    }
  }
  return false;
}

bool seating_put(struct seating *s, struct seat seat)
{
  if (s->n == LIMIT_INTRO_POINTS || find_holder(s, seating_point(s, &seat)) < s->n) {
    return false;
  }
  s->seats[s->n++] = seat;
  return true;
}

void seating_remove(struct seating *s, size_t source)
{
  size_t i = s->n;

  do {
    assert(i > 0);
    i--;
  } while (s->seats[i].source != source);
  memmove(&s->seats[i], &s->seats[i + 1], (s->n - i - 1) * sizeof s->seats[0]);
  s->n--;
}

unsigned seating_count(const struct seating *s, size_t source)
{
  unsigned n = 0;

  for (size_t i = 0; i < s->n; i++) {
    n += s->seats[i].source == source;
  }
  return n;
}
