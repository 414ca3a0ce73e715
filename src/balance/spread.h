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

/* How far an instance is behind its share: what is carried from one rotation to
 * the next. */
struct spread_credit {
  struct address instance;
  int64_t owed; /* points times fetches that it should have had, in parts of DUES_SEAT
                   (balance/dues.h), before the plans that stand beside it */
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
 * ends it with spread_deinit.
 *
 * A client asks one of the slots, each as often as its fetch says, and tries the
 * points there in random order. So the share of instance i is the sum over the
 * slots s of fetch_s n_si / N_s, divided by F, the sum of all fetches: n_si are its
 * points in s, N_s all points there.
 *
 * What every descriptor holds, if relays stand in nobody's way: as many points N
 * as every other, at most LIMIT_INTRO_POINTS; min(n, LIMIT_INTRO_POINTS) different
 * instances. With more instances than that N is the limit, and nobody has more
 * than one point in a descriptor; else everybody has at least one, and N is the one
 * with the least sum of differences between shares and weights, the largest of
 * those alike. No two points of a descriptor are on the same relay (plan.h).
 *
 * The bound. Let d_i be what is due to i in one descriptor: in proportion to the
 * weights, but from 0 to 1, or from 1 to what it offers; who is held at such an end
 * leaves its rest to the others in proportion (balance/dues.h). Slots with the same
 * fetch f, S of them, are planned together: i gets S d_i points there, rounded up or
 * down, in sum S N, and each slot gets that by S, rounded up or down. So the share is
 * off by less than f / (F N) there, and in all by less than the sum of the different
 * fetches by F N. That is 1 / (F N) where no HSDir serves two replicas: 1/120 of
 * all clients with 6 slots. Such a rounding always fits: with a hole in slot b for i,
 * who has its part of b already, some full slot a has not its part of i and has more
 * of others than b, hence of some j more than b; j moves to b and i to a
 * (balance/grid.h). Shares are exact where the S d_i are whole.
 *
 * Where relays are scarce, so that not everybody can have a point in every slot,
 * nobody has two in one, and every slot is as full as it can be; targets are met as
 * far as single moves reach.
 *
 * Slots that are not asked are planned the same way among themselves.
 *
 * Over time: each `rotate` settles what everybody is behind or ahead, and
 * the roundings go to those who are behind most. With equal weights that is a round
 * robin: after k rotations everybody has had k d_i F rounded up or down. Where the
 * shares are exact rotate changes nothing.
 *
 * Moves little: points of in->previous stay where the numbers allow, by the
 * fingerprint of their slot; one that is new goes on with what one had that is
 * gone. Without rotate the same input gives the same points, on scarce relays after
 * some calls at last. When one of more than LIMIT_INTRO_POINTS instances of equal
 * weight dies, at most three times as many points are new as it had.
 *
 * The same input and numbers of rng give the same spread. The order of the points in
 * a plan is random. */
void spread_choose(const struct spread_input *in, const struct rng *rng, struct spread *out);

#endif
