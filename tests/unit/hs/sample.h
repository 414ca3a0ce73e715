/* A service with everything that descriptors need, made of a seed: what the
 * tests of descriptors and the program gen_descriptor work on. */
#ifndef TESTS_HS_SAMPLE_H
#define TESTS_HS_SAMPLE_H

#include "crypto/blind.h"
#include "hs/desc_build.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_NOW     ((struct wall){1795362280}) /* 2026-11-22 15:44:40 */
#define SAMPLE_PERIOD  20778U
#define SAMPLE_MINUTES 1440U

struct sample {
  struct suite *suite;
  uint32_t seed;
  struct rng rng;
  struct address address;
  uint8_t blinded_secret[ED25519_EXPANDED_SIZE];
  uint8_t blinded[32];
  uint8_t subcredential[SUBCREDENTIAL_SIZE];
  struct desc_frame frame;
  struct intro intros[LIMIT_INTRO_POINTS + 1];
};

static inline void sample_fill(void *ctx, uint8_t *out, size_t n)
{
  uint32_t *seed = ctx;

  for (size_t i = 0; i < n; i++) {
    *seed = *seed * 1664525U + 1013904223U;
    out[i] = (uint8_t)(*seed >> 24);
  }
}

static inline void sample_must(int err)
{
  if (err < 0) {
    abort();
  }
}

static inline void sample_intro(struct sample *s, struct intro *out)
{
  uint8_t head[11] = {3, LINKSPEC_IPV4, 6, 10, 0, 0, 1, 0x23, 0x28, LINKSPEC_LEGACY_ID, 20};
  uint8_t seed[32], expanded[ED25519_EXPANDED_SIZE];

  *out = (struct intro){.linkspecs_size = 65};
  rng_bytes(&s->rng, out->linkspecs, 65);
  memcpy(out->linkspecs, head, sizeof head);
  out->linkspecs[31] = LINKSPEC_ED25519_ID;
  out->linkspecs[32] = 32;
  memcpy(out->relay_id, out->linkspecs + 11, sizeof out->relay_id);
  rng_bytes(&s->rng, out->onion_key, sizeof out->onion_key);
  rng_bytes(&s->rng, out->auth_key, sizeof out->auth_key);
  rng_bytes(&s->rng, seed, sizeof seed);
  ed25519_expand(seed, expanded);
  sample_must(ed25519_public_of(expanded, out->enc_key_certified));
  sample_must(ed25519_to_x25519(out->enc_key_certified, out->enc_key));
  out->enc_key_certified[31] &= 0x7f; /* tor leaves out the sign bit */
}

static inline void sample_certify(struct sample *s, struct wall now)
{
  struct cert_request request = {.type = CERT_DESC_SIGNING,
                                 .expiration_hours = cert_desc_expiration(now)};

  memcpy(request.key, s->frame.signing_key, sizeof request.key);
  memcpy(request.signer, s->blinded, sizeof request.signer);
  sample_must(cert_build(&request, s->blinded_secret, s->frame.cert));
}

static inline void sample_init(struct sample *s, uint32_t seed, struct wall now)
{
  uint8_t identity_seed[32], identity[ED25519_EXPANDED_SIZE], factor[32];

  memset(s, 0, sizeof *s);
  s->suite = suite_new();
  s->seed = seed;
  s->rng = (struct rng){.fill = sample_fill, .ctx = &s->seed};
  if (s->suite == NULL || sodium_init() < 0) {
    abort();
  }
  rng_bytes(&s->rng, identity_seed, sizeof identity_seed);
  ed25519_expand(identity_seed, identity);
  sample_must(ed25519_public_of(identity, s->address.public_key));
  blind_factor(s->suite, s->address.public_key, SAMPLE_PERIOD, SAMPLE_MINUTES, factor);
  ed25519_blind_secret(identity, factor, s->blinded_secret);
  sample_must(ed25519_blind_public(s->address.public_key, factor, s->blinded));
  subcredential_of(s->suite, &s->address, s->blinded, s->subcredential);
  desc_frame_init(&s->frame, &s->rng);
  memcpy(s->frame.blinded_key, s->blinded, sizeof s->blinded);
  memcpy(s->frame.subcredential, s->subcredential, sizeof s->subcredential);
  sample_certify(s, now);
  for (size_t i = 0; i < LIMIT_INTRO_POINTS + 1; i++) {
    sample_intro(s, &s->intros[i]);
  }
}

static inline void sample_deinit(struct sample *s)
{
  desc_frame_deinit(&s->frame);
  suite_free(s->suite);
}

/* Appends an encoding of any inner layer. */
static inline int sample_encode(struct sample *s, struct slice inner, uint64_t revision,
                                struct buf *out)
{
  struct desc_payload payload = {.inner = inner, .revision = revision};

  return desc_encode(s->suite, &s->frame, &payload, &s->rng, out);
}

/* Appends a descriptor of the first n points, with a flow-control line. */
static inline void sample_descriptor(struct sample *s, size_t n, uint64_t revision, struct wall now,
                                     struct buf *out)
{
  struct desc_content content = {.intros = s->intros, .n_intros = n, .flow_control = "1-2 31"};
  struct buf inner = {0};

  sample_must(desc_inner_build(&s->frame, &content, now, &inner));
  sample_must(sample_encode(s, buf_slice(&inner), revision, out));
  buf_deinit(&inner);
}

#endif
