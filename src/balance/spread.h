/* Distinct descriptors: which introduction points of which instances go to
 * which HSDir, where one descriptor cannot hold them all. */
#ifndef BALANCE_SPREAD_H
#define BALANCE_SPREAD_H

#include "balance/plan.h"
#include "hs/address.h"

/* One HSDir that gets a descriptor of its own. */
struct spread_slot {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  unsigned fetch; /* of how many of the places that clients ask it is the HSDir;
                     0: clients do not ask it, or it takes no uploads */
};

/* How far an instance is behind its share; an amount carried from one
 * rotation to the next. */
struct spread_credit {
  struct address instance;
  int64_t owed; /* seats times the sum of all weights */
};

/* The descriptors of all HSDirs of one period. All zero is an empty one. Owns
 * its arrays. */
struct spread {
  struct plan *plans;        /* plans[i] is for slots[i] */
  struct spread_slot *slots; /* in the order in which they were given */
  size_t n;
  struct spread_credit *credits; /* in order of the addresses */
  size_t n_credits;
};

/* Frees what s owns; s is an empty one then. */
void spread_deinit(struct spread *s);

/* What to choose from, and what to stay close to. Borrows everything. */
struct spread_input {
  const struct plan_source *sources;
  const struct address *addresses; /* of the source at the same place; all differ */
  size_t n;                        /* at least 1 */
  const struct spread_slot *slots;
  size_t n_slots;                /* at least 1 */
  const struct spread *previous; /* may be NULL */
  bool rotate;                   /* give those their due who were behind */
};

/* Chooses the points of every slot into *out, which is empty before; the caller
 * ends it with spread_deinit. */
void spread_choose(const struct spread_input *in, const struct rng *rng, struct spread *out);

#endif
