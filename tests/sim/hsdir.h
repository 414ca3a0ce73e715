/* An HSDir: stores descriptors as tor's relays do, unless told to misbehave. */
#ifndef SIM_HSDIR_H
#define SIM_HSDIR_H

#include "doc.h"

/* How long an HSDir keeps a descriptor. */
#define HSDIR_LIFETIME_MS (180 * 60 * 1000LL)

/* Owns a hold on both. */
struct hsdir_entry {
  struct doc *doc;
  struct doc *oldest; /* the first one it ever had */
  int64_t stored_at;  /* world time */
};

struct hsdir {
  struct hsdir_entry *entries;
  size_t n;
  size_t cap;
  bool is_down; /* cannot be reached */
  bool rejects; /* takes nothing */
  bool lies;    /* hands out the first copy that it ever had */
  bool is_bad;  /* any of these since the start: nothing can be expected of it */
};

/* What became of an upload. */
enum hsdir_answer {
  HSDIR_STORED,
  HSDIR_REJECTED,
};

void hsdir_deinit(struct hsdir *h);

/* Takes a descriptor if its outer layer verifies, its certificate has not
 * expired, and its revision is higher than the one that is there (hs_cache.c
 * of tor). */
enum hsdir_answer hsdir_store(struct hsdir *h, struct doc *d, int64_t now, struct wall wall);

/* What it answers a fetch with: borrowed, or NULL. */
struct doc *hsdir_fetch(const struct hsdir *h, const uint8_t blinded[32], int64_t now);

/* What it really has. */
struct doc *hsdir_peek(const struct hsdir *h, const uint8_t blinded[32], int64_t now);

/* Loses everything. */
void hsdir_forget(struct hsdir *h);

#endif
