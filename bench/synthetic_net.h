/* A made-up Tor network of any size: consensus and microdescriptors with the
 * lines and lengths of the live network's, random keys, right digests. */
#ifndef BENCH_SYNTHETIC_NET_H
#define BENCH_SYNTHETIC_NET_H

#include "base/buf.h"
#include "base/rng.h"
#include "base/wall.h"
#include "crypto/suite.h"

/* A rng of a seed: the same numbers each time (splitmix64). */
struct synthetic_rng {
  uint64_t state;
};

/* A rng that draws from state, which the caller keeps alive. */
struct rng synthetic_rng_from(struct synthetic_rng *state, uint64_t seed);

/* What to make. */
struct synthetic_options {
  size_t n_relays;
  unsigned hsdir_percent; /* so many of 100 relays are HSDirs */
  struct wall valid_after;
  int64_t interval; /* seconds to fresh-until; valid-until is three times as far */
};

/* Owns both texts. microdescs ends without its last newline, as
 * GETINFO md/all gives it. */
struct synthetic_net {
  struct buf consensus;
  struct buf microdescs;
  size_t n_hsdirs;
};

void synthetic_net_init(struct synthetic_net *net, struct suite *s, const struct rng *rng,
                        const struct synthetic_options *options);
void synthetic_net_deinit(struct synthetic_net *net);

#endif
