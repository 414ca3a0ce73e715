/* Every introduction point that any backend ever had. */
#ifndef SIM_POINTS_H
#define SIM_POINTS_H

#include "dice.h"
#include "hs/intro.h"

struct point {
  uint8_t auth_key[32];
  size_t backend; /* whose it is */
  bool is_alive;  /* it passes introductions on to the backend's tor */
  uint8_t relay_id[FINGERPRINT_SIZE];
  int64_t failed_until; /* world time: the balancer's tor leaves it out so long */
};

struct points {
  struct point *items;
  size_t n;
  size_t cap;
};

void points_deinit(struct points *p);

/* Makes a new point of a backend, at a relay of the given identity; *out is
 * what a descriptor says of it. Returns its place. */
size_t points_add(struct points *p, size_t backend, const uint8_t relay_id[FINGERPRINT_SIZE],
                  struct dice *d, struct intro *out);

/* The place of a point by its authentication key, or SIZE_MAX. */
size_t points_find(const struct points *p, const uint8_t auth_key[32]);

#endif
