/* Ed25519 (RFC 8032) with expanded secret keys, and Tor's key blinding
 * (rend-spec-v3.txt appendix A.2). libsodium does the curve arithmetic. */
#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

#define ED25519_SEED_SIZE      32
#define ED25519_PUBLIC_SIZE    32
#define ED25519_SIGNATURE_SIZE 64
/* A scalar of 32 bytes, little-endian, and a nonce prefix of 32. */
#define ED25519_EXPANDED_SIZE 64

/* The expanded key of a seed: SHA-512, clamped (RFC 8032 section 5.1.5).
 * expanded is secret: the caller wipes it. */
void ed25519_expand(const uint8_t seed[ED25519_SEED_SIZE], uint8_t expanded[ED25519_EXPANDED_SIZE]);

/* The public key of an expanded key. ERR_KEY if it is the neutral element, or if
 * others know the nonce prefix: it is all zero, or that public key itself (signing
 * with it would give the key away). */
int ed25519_public_of(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                      uint8_t public_out[ED25519_PUBLIC_SIZE]) MUST_USE;

/* Whether the 64 bytes are a seed and its public key, the secret key of libsodium
 * and of Go: taken for an expanded key its nonces would be known to all. */
bool ed25519_is_pair(const uint8_t key[ED25519_EXPANDED_SIZE]);

/* Signs the parts, one after the other, as one message; the signature is
 * verified before it is returned. public_key must belong to expanded: both
 * go into the signature. ERR_KEY as above or if they do not fit. */
int ed25519_sign(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                 const uint8_t public_key[ED25519_PUBLIC_SIZE], const struct slice *parts,
                 size_t n_parts, uint8_t signature[ED25519_SIGNATURE_SIZE]) MUST_USE;

/* The same without verifying, at a quarter of the cost; with ERR_KEY the signature is
 * all zero. For a short-lived key
 * whose public key this program has computed itself (ed25519_public_of); never
 * for an identity or blinded key. */
int ed25519_sign_unverified(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                            const uint8_t public_key[ED25519_PUBLIC_SIZE],
                            const struct slice *parts, size_t n_parts,
                            uint8_t signature[ED25519_SIGNATURE_SIZE]) MUST_USE;

/* 0, or ERR_SIGNATURE. */
int ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_SIZE], const struct slice *parts,
                   size_t n_parts, const uint8_t signature[ED25519_SIGNATURE_SIZE]) MUST_USE;

/* The blinded public key h*A, h being the clamped blinding factor. ERR_KEY
 * if A is not a point of the prime-order group. */
int ed25519_blind_public(const uint8_t public_key[ED25519_PUBLIC_SIZE], const uint8_t factor[32],
                         uint8_t blinded_out[ED25519_PUBLIC_SIZE]) MUST_USE;

/* The blinded secret key: scalar h*a mod l, nonce prefix
 * SHA-512("Derive temporary signing key hash input" | prefix)[:32]. */
void ed25519_blind_secret(const uint8_t expanded[ED25519_EXPANDED_SIZE], const uint8_t factor[32],
                          uint8_t blinded_out[ED25519_EXPANDED_SIZE]);

/* The X25519 public key of an Ed25519 one. ERR_KEY if there is none. */
int ed25519_to_x25519(const uint8_t public_key[ED25519_PUBLIC_SIZE], uint8_t out[32]) MUST_USE;

#endif
