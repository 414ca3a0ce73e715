/* Leases on revision counters. A counter must not go back, not even if the
 * program is killed and the clock is set back meanwhile, and a file cannot be
 * written for every upload. So a ceiling is kept, some way ahead of the counter:
 * no descriptor of that key was ever sent with a higher one. Counters here are
 * plaintexts (rend-spec-v3.txt appendix F): seconds, about. */
#ifndef BALANCE_LEASE_H
#define BALANCE_LEASE_H

#include "hs/address.h"
#include "hs/schedule.h"

/* Of one blinded key: a frontend in a period. */
struct lease {
  struct address address;
  struct period period;
  uint32_t ceiling;
};

/* All of them, ordered. All zero is an empty book; owns its leases. */
struct lease_book {
  struct lease *items;
  size_t n;
  size_t cap;
};

/* Frees the leases; the book is empty afterwards. */
void lease_book_deinit(struct lease_book *b);

/* The ceiling of a key, 0 if there is none. */
uint32_t lease_get(const struct lease_book *b, const struct address *a, struct period p);

/* Moves the ceiling of a key up; it never goes down. */
void lease_raise(struct lease_book *b, const struct address *a, struct period p, uint32_t ceiling);

/* Drops what is more than two periods over by now. */
void lease_prune(struct lease_book *b, struct period now);

/* Appends a line for each lease. */
void lease_build(const struct lease_book *b, struct buf *out);

/* Reads such lines and raises the ceilings of the book to what they say.
 * ERR_SYNTAX, ERR_RANGE, ERR_ENCODING, ERR_TOO_LONG (more than LIMIT_LEASES);
 * the book is then as it was. */
int lease_parse(struct slice text, struct lease_book *b) MUST_USE;

#endif
