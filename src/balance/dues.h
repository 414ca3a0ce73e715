/* What is due to each of many that share a number of seats by weight. */
#ifndef BALANCE_DUES_H
#define BALANCE_DUES_H

#include <stddef.h>
#include <stdint.h>

/* One seat, as fine as parts of it are counted. */
#define DUES_SEAT ((int64_t)1 << 24)

/* One that shares. */
struct due {
  unsigned weight;    /* 1 .. LIMIT_WEIGHT */
  unsigned low, high; /* seats that it must have, and can have */
  unsigned whole;     /* out: what is due, rounded down */
  int64_t part;       /* out: and what that left away, in parts of DUES_SEAT; above 0 exactly
                         if it is not whole */
};

/* Shares out `total` seats: in proportion to the weights among those who are
 * not held at their low or high; what these have too much or cannot take is
 * shared by the others, again in proportion. The sum of what is due is exactly
 * total, and total less the sum of the whole seats is at most the number of those
 * with a part. The sums of low and high must include total. */
void dues_share_out(struct due *dues, size_t n, unsigned total);

#endif
