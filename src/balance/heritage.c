#include "balance/heritage.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct plan *find_kept(const struct spread *previous, const struct spread_slot *slot,
                                    bool *is_taken)
{
  for (size_t i = 0; i < previous->n; i++) {
    if (!is_taken[i] &&
        memcmp(previous->slots[i].fingerprint, slot->fingerprint, FINGERPRINT_SIZE) == 0) {
      is_taken[i] = true;
      return &previous->plans[i];
    }
  }
  return NULL;
}

/* An HSDir that is new gets the plan of one that is gone, rather one that is
 * asked as it is. */
static const struct plan *find_heritage(const struct spread *previous,
                                        const struct spread_slot *slot, bool *is_taken)
{
  for (unsigned wanted = 0; wanted < 2; wanted++) {
    for (size_t i = 0; i < previous->n; i++) {
      if (!is_taken[i] && (wanted > 0 || previous->slots[i].fetch == slot->fetch)) {
        is_taken[i] = true;
        return &previous->plans[i];
      }
    }
  }
  return NULL;
}

static void match_slots(const struct spread_input *in, const struct plan **kept)
{
  const struct spread *previous = in->previous;
  CLEANUP(mem_free_at) bool *is_taken = NULL;

  if (previous == NULL || previous->n == 0) {
    return;
  }
  is_taken = mem_array(previous->n, sizeof *is_taken);
  for (size_t i = 0; i < in->n_slots; i++) {
    kept[i] = find_kept(previous, &in->slots[i], is_taken);
  }
  for (size_t i = 0; i < in->n_slots; i++) {
    if (kept[i] == NULL) {
      kept[i] = find_heritage(previous, &in->slots[i], is_taken);
    }
  }
}

#define BUCKETS 256

/* The points of the plans that are to be kept, found by their keys. Owns items. */
struct catalog {
  struct catalog_item {
    const struct intro *intro;
    size_t slot;
    size_t next; /* in the same bucket, from 1 on */
  } * items;
  size_t heads[BUCKETS]; /* from 1 on; 0: none */
};

static void catalog_deinit(struct catalog *c)
{
  free(c->items);
}

static void catalog_init(struct catalog *c, const struct plan *const *kept, size_t n_slots)
{
  size_t n = 0;

  *c = (struct catalog){.items = mem_array(n_slots * LIMIT_INTRO_POINTS, sizeof *c->items)};
  for (size_t s = 0; s < n_slots; s++) {
    for (size_t i = 0; kept[s] != NULL && i < kept[s]->n; i++) {
      const struct intro *intro = &kept[s]->intros[i];
      size_t *head = &c->heads[intro->auth_key[0]];

      c->items[n] = (struct catalog_item){intro, s, *head};
      *head = ++n;
    }
  }
}

/* Seats one point wherever it was. */
static void keep_point(const struct catalog *c, struct seat seat, struct seating *rows)
{
  const struct intro *intro = &rows[0].sources[seat.source].intros[seat.point];

  for (size_t at = c->heads[intro->auth_key[0]]; at > 0; at = c->items[at - 1].next) {
    const struct catalog_item *item = &c->items[at - 1];

    if (intro_equal(item->intro, intro)) {
      (void)seating_put(&rows[item->slot], seat);
    }
  }
}

void heritage_seat(const struct spread_input *in, struct seating *rows, bool *lost)
{
  CLEANUP(mem_free_at) const struct plan **kept = mem_array(in->n_slots, sizeof *kept);
  CLEANUP(catalog_deinit) struct catalog c;

  match_slots(in, kept);
  catalog_init(&c, kept, in->n_slots);
  for (size_t i = 0; i < in->n; i++) {
    for (size_t k = 0; k < in->sources[i].n && k < LIMIT_INTRO_POINTS; k++) {
      keep_point(&c, (struct seat){i, k}, rows);
    }
  }
  for (size_t s = 0; s < in->n_slots; s++) {
    lost[s] = kept[s] == NULL || kept[s]->n != rows[s].n;
  }
}
