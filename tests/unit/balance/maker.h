/* Makes what the tests of this layer need: keys, introduction points,
 * descriptors of instances, networks; all from a seed. */
#ifndef TESTS_BALANCE_MAKER_H
#define TESTS_BALANCE_MAKER_H

#include "balance/network.h"
#include "crypto/blind.h"
#include "hs/desc_build.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* 2026-11-22 15:44:40, in a consensus of 15:00:00. */
#define MAKER_NOW         1795362280
#define MAKER_VALID_AFTER 1795359600
#define MAKER_HOUR        3600

struct maker {
  struct suite *suite;
  uint32_t seed;
  struct rng rng;
};

struct identity {
  uint8_t secret[ED25519_EXPANDED_SIZE];
  struct address address;
};

static inline void maker_fill(void *ctx, uint8_t *out, size_t n)
{
  uint32_t *seed = ctx;

  for (size_t i = 0; i < n; i++) {
    *seed = *seed * 1664525U + 1013904223U;
    out[i] = (uint8_t)(*seed >> 24);
  }
}

static inline void maker_must(bool ok)
{
  if (!ok) {
    abort();
  }
}

static inline void maker_init(struct maker *m, uint32_t seed)
{
  maker_must(sodium_init() >= 0);
  *m = (struct maker){.suite = suite_new(), .seed = seed};
  m->rng = (struct rng){.fill = maker_fill, .ctx = &m->seed};
}

static inline void maker_deinit(struct maker *m)
{
  suite_free(m->suite);
}

static inline void maker_identity(struct maker *m, struct identity *out)
{
  uint8_t seed[32];

  rng_bytes(&m->rng, seed, sizeof seed);
  ed25519_expand(seed, out->secret);
  maker_must(ed25519_public_of(out->secret, out->address.public_key) == 0);
}

/* A point on the relay of that number. */
static inline struct intro maker_intro(struct maker *m, uint8_t relay)
{
  static const uint8_t head[11] = {3, 0, 6, 10, 0, 0, 1, 0x23, 0x28, 2, 20};
  struct intro in = {.linkspecs_size = 65};
  struct identity keys;

  rng_bytes(&m->rng, in.linkspecs, 65);
  memcpy(in.linkspecs, head, sizeof head);
  memset(in.linkspecs + 11, relay, 20);
  in.linkspecs[31] = 3;
  in.linkspecs[32] = 32;
  memset(in.relay_id, relay, sizeof in.relay_id);
  rng_bytes(&m->rng, in.onion_key, sizeof in.onion_key);
  rng_bytes(&m->rng, in.auth_key, sizeof in.auth_key);
  maker_identity(m, &keys);
  memcpy(in.enc_key_certified, keys.address.public_key, 32);
  in.enc_key_certified[31] &= 0x7f;
  maker_must(ed25519_to_x25519(keys.address.public_key, in.enc_key) == 0);
  return in;
}

/* Both halves of a blinded key, and the key of its revisions. */
static inline void maker_blind(struct maker *m, const struct identity *id, struct period p,
                               uint8_t secret[64], uint8_t public_key[32])
{
  uint8_t factor[32];

  blind_factor(m->suite, id->address.public_key, p.number, p.minutes, factor);
  ed25519_blind_secret(id->secret, factor, secret);
  maker_must(ed25519_blind_public(id->address.public_key, factor, public_key) == 0);
}

static inline void maker_certify(const uint8_t secret[64], const uint8_t public_key[32],
                                 const uint8_t key[32], uint32_t hours, uint8_t out[CERT_SIZE])
{
  struct cert_request request = {.type = CERT_DESC_SIGNING, .expiration_hours = hours};

  memcpy(request.key, key, 32);
  memcpy(request.signer, public_key, 32);
  maker_must(cert_build(&request, secret, out) == 0);
}

/* A consensus and n HSDirs of the numbers 1 .. n. */
static inline struct netview maker_view(int64_t valid_after, size_t n)
{
  struct netview v = {.nodes = mem_array(n, sizeof *v.nodes), .n_nodes = n};

  v.consensus = (struct consensus){
      .valid_after = {valid_after},
      .fresh_until = {valid_after + MAKER_HOUR},
      .valid_until = {valid_after + 3 * MAKER_HOUR},
      .params = {1440, 2, 4, 3},
      .has_srv_current = true,
      .has_srv_previous = true,
  };
  memset(v.consensus.srv_current, (int)(valid_after / 86400 % 251), SRV_SIZE);
  memset(v.consensus.srv_previous, (int)((valid_after / 86400 - 1) % 251), SRV_SIZE);
  for (size_t i = 0; i < n; i++) {
    memset(v.nodes[i].fingerprint, (int)i + 1, FINGERPRINT_SIZE);
    memset(v.nodes[i].ed25519_id, (int)i + 1, 32);
  }
  return v;
}

#endif
