#include "crypto/ed25519.h"

#include "base/buf.h"
#include "crypto/sha512.h"

#include <sodium.h>
#include <string.h>

/* Everything on the way to a signature that must not be left behind. */
struct work {
  struct sha512 *hash;
  uint8_t wide[SHA512_SIZE];
  uint8_t nonce[32];     /* r */
  uint8_t challenge[32]; /* k, and then k * a */
  uint8_t scalar[32];    /* a mod l */
};

/* The error of a check of secret bytes, 0 or 1. The checks do not branch: an attacker
 * who takes times learns whether the whole key is good, which is no secret, and not
 * where it is bad (tests/ct looks). */
static int key_error(unsigned is_bad)
{
  return (int)(-is_bad & (unsigned)ERR_KEY);
}

/* What libsodium says, as 0 or 1: that it failed with -1, that two secrets are equal with 0. */
static unsigned has_failed(int result)
{
  return (unsigned)result & 1;
}

static unsigned is_same(const uint8_t a[32], const uint8_t b[32])
{
  return (unsigned)(sodium_memcmp(a, b, 32) + 1);
}

static void wipe_work(struct work *w)
{
  sha512_free(w->hash);
  sodium_memzero(w, sizeof *w);
}

void ed25519_expand(const uint8_t seed[ED25519_SEED_SIZE], uint8_t expanded[ED25519_EXPANDED_SIZE])
{
  crypto_hash_sha512(expanded, seed, ED25519_SEED_SIZE);
  expanded[0] &= 248;
  expanded[31] &= 127;
  expanded[31] |= 64;
}

/* a mod l. libsodium multiplies by 255 bits only; a reduced scalar means the
 * same number everywhere. */
static void reduce_scalar(const uint8_t a[32], uint8_t out[32])
{
  uint8_t wide[64] = {0};

  memcpy(wide, a, 32);
  crypto_core_ed25519_scalar_reduce(out, wide);
  sodium_memzero(wide, sizeof wide);
}

int ed25519_public_of(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                      uint8_t public_out[ED25519_PUBLIC_SIZE])
{
  unsigned is_bad = (unsigned)sodium_is_zero(expanded + 32, 32);
  uint8_t scalar[32];

  reduce_scalar(expanded, scalar);
  is_bad |= has_failed(crypto_scalarmult_ed25519_base_noclamp(public_out, scalar));
  sodium_memzero(scalar, sizeof scalar);
  is_bad |= is_same(public_out, expanded + 32);
  return key_error(is_bad);
}

bool ed25519_is_pair(const uint8_t key[ED25519_EXPANDED_SIZE])
{
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  unsigned is_bad;

  ed25519_expand(key, expanded);
  is_bad = has_failed(-(ed25519_public_of(expanded, public_key) != 0));
  sodium_memzero(expanded, sizeof expanded);
  return (is_same(public_key, key + ED25519_SEED_SIZE) & ~is_bad) != 0;
}

/* Nothing is left of the signature of a bad key. */
static void blank_if(unsigned is_bad, uint8_t signature[ED25519_SIGNATURE_SIZE])
{
  for (size_t i = 0; i < ED25519_SIGNATURE_SIZE; i++) {
    signature[i] &= (uint8_t)(is_bad - 1);
  }
}

/* RFC 8032 section 5.1.6, steps 2 to 6, beginning with an expanded key. */
int ed25519_sign_unverified(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                            const uint8_t public_key[ED25519_PUBLIC_SIZE],
                            const struct slice *parts, size_t n_parts,
                            uint8_t signature[ED25519_SIGNATURE_SIZE])
{
  const struct slice prefix[2] = {slice_of(expanded + 32, 32)};
  const struct slice r_and_a[2] = {slice_of(signature, 32),
                                   slice_of(public_key, ED25519_PUBLIC_SIZE)};
  struct work w CLEANUP(wipe_work) = {0};
  unsigned is_bad = (unsigned)sodium_is_zero(expanded + 32, 32);

  w.hash = sha512_new();
  sha512_message(w.hash, prefix, parts, n_parts, w.wide);
  crypto_core_ed25519_scalar_reduce(w.nonce, w.wide);
  is_bad |= has_failed(crypto_scalarmult_ed25519_base_noclamp(signature, w.nonce));
  sha512_message(w.hash, r_and_a, parts, n_parts, w.wide);
  crypto_core_ed25519_scalar_reduce(w.challenge, w.wide);
  reduce_scalar(expanded, w.scalar);
  crypto_core_ed25519_scalar_mul(w.challenge, w.challenge, w.scalar);
  crypto_core_ed25519_scalar_add(signature + 32, w.nonce, w.challenge);
  blank_if(is_bad, signature); /* r is known to all, and with it a */
  return key_error(is_bad);
}

int ed25519_sign(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                 const uint8_t public_key[ED25519_PUBLIC_SIZE], const struct slice *parts,
                 size_t n_parts, uint8_t signature[ED25519_SIGNATURE_SIZE])
{
  uint8_t made[ED25519_SIGNATURE_SIZE];

  TRY(ed25519_sign_unverified(expanded, public_key, parts, n_parts, made));
  if (ed25519_verify(public_key, parts, n_parts, made) < 0) {
    sodium_memzero(made, sizeof made); /* two faulty ones can give the key away */
    return ERR_KEY;
  }
  memcpy(signature, made, sizeof made);
  return 0;
}

int ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_SIZE], const struct slice *parts,
                   size_t n_parts, const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
  struct buf whole CLEANUP(buf_deinit) = {0};
  struct slice message = {0};

  if (n_parts == 1) {
    message = parts[0];
  } else {
    for (size_t i = 0; i < n_parts; i++) {
      buf_add_slice(&whole, parts[i]);
    }
    message = buf_slice(&whole);
  }
  if (crypto_sign_verify_detached(signature, message.p, message.n, public_key) != 0) {
    return ERR_SIGNATURE;
  }
  return 0;
}

int ed25519_blind_public(const uint8_t public_key[ED25519_PUBLIC_SIZE], const uint8_t factor[32],
                         uint8_t blinded_out[ED25519_PUBLIC_SIZE])
{
  /* libsodium refuses points that are not canonical, of small order, or
   * outside of the prime-order group. */
  return crypto_scalarmult_ed25519_noclamp(blinded_out, factor, public_key) == 0 ? 0 : ERR_KEY;
}

void ed25519_blind_secret(const uint8_t expanded[ED25519_EXPANDED_SIZE], const uint8_t factor[32],
                          uint8_t blinded_out[ED25519_EXPANDED_SIZE])
{
  static const char label[] = "Derive temporary signing key hash input"; /* without its NUL */
  const struct slice head[2] = {slice_of(label, sizeof label - 1), slice_of(expanded + 32, 32)};
  struct work w CLEANUP(wipe_work) = {0};

  w.hash = sha512_new();
  sha512_message(w.hash, head, NULL, 0, w.wide);
  reduce_scalar(expanded, w.scalar);
  reduce_scalar(factor, w.challenge);
  crypto_core_ed25519_scalar_mul(blinded_out, w.scalar, w.challenge);
  memcpy(blinded_out + 32, w.wide, 32);
}

int ed25519_to_x25519(const uint8_t public_key[ED25519_PUBLIC_SIZE], uint8_t out[32])
{
  return crypto_sign_ed25519_pk_to_curve25519(out, public_key) == 0 ? 0 : ERR_KEY;
}
