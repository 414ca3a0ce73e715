/* What the descriptors of one frontend and period say, before they are built:
 * the same for all HSDirs, or something of its own for each. */
#ifndef BALANCE_CONTENT_H
#define BALANCE_CONTENT_H

#include "balance/spread.h"

/* How many kinds of descriptors a frontend has in one period. */
enum content_mode {
  CONTENT_AUTO,     /* distinct ones once a single one cannot hold all instances */
  CONTENT_SINGLE,   /* all HSDirs get the same introduction points */
  CONTENT_DISTINCT, /* each HSDir gets points of its own */
};

#define CONTENT_MODES (CONTENT_DISTINCT + 1)

/* "auto", "single", "distinct". */
const char *content_mode_text(enum content_mode m);

/* The points of one descriptor. */
struct variant {
  struct plan plan;
  /* Whose they are, in the order of the plan: the instance may have other points
   * by now. */
  struct address owners[LIMIT_INTRO_POINTS];
};

/* The lines of descriptors that come from the instances. Owns its arrays. */
struct content {
  bool is_distinct;
  bool is_single_onion;
  bool has_flow_control;
  char flow_control[64];
  struct variant *variants;  /* one, or variants[i] for slots[i] */
  size_t n;                  /* at least 1 */
  struct spread_slot *slots; /* n HSDirs, while is_distinct */
  struct spread_credit *credits;
  size_t n_credits;
};

/* A new one with n empty variants; the caller frees it with content_free. */
struct content *content_new(size_t n);
struct content *content_copy(const struct content *c);
void content_free(struct content *c);

/* Makes one of what was chosen for the HSDirs; takes what s has, which is an
 * empty one then. The owners and lines are the caller's to fill in. */
struct content *content_of_spread(struct spread *s);

/* A copy of what distinct descriptors hold, for the next choice; an empty one
 * if c is NULL or not distinct. The caller ends it with spread_deinit. */
void content_spread(const struct content *c, struct spread *out);

/* Takes what fresh knows about HSDirs and rotation into c, where both say the
 * same. */
void content_renew(struct content *c, struct content *fresh);

/* Gives variants that have lost all points those of another one. False if there
 * is no point at all. */
bool content_fill(struct content *c);

/* What the HSDir gets. One that nothing was chosen for gets what another one
 * has, always the same. Borrowed. */
const struct variant *content_for(const struct content *c,
                                  const uint8_t fingerprint[FINGERPRINT_SIZE]);

/* How many points are of the instance: in one variant, or in all together. */
unsigned content_count_in(const struct variant *v, const struct address *instance);
unsigned content_count(const struct content *c, const struct address *instance);

/* The part of clients that the instance gets, parts per million: the mean over
 * the HSDirs that they ask of its part of the points there. */
unsigned content_share(const struct content *c, const struct address *instance);

/* How many different points there are in all variants together. */
size_t content_points(const struct content *c);

/* True if both say the same about the same points to the same HSDirs. */
bool content_equal(const struct content *a, const struct content *b);

#endif
