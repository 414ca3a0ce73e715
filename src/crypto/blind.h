/* The blinding factor of a time period (rend-spec-v3.txt appendix A.2) and
 * the revision-counter key that belongs to a blinded key. */
#ifndef CRYPTO_BLIND_H
#define CRYPTO_BLIND_H

#include "crypto/ed25519.h"
#include "crypto/suite.h"

/* h = SHA3-256("Derive temporary signing key" | NUL | A | B | N), with
 * N = "key-blind" | INT_8(period number) | INT_8(period length in minutes),
 * clamped. */
void blind_factor(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                  uint64_t period_number, uint64_t period_minutes, uint8_t factor_out[32]);

/* The key of tor's revision counters: SHA3-256("rev-counter-generation" with
 * its NUL | blinded scalar and prefix). The result is secret, but tells
 * nothing of the identity key. */
void blind_revision_key(struct suite *s, const uint8_t blinded[ED25519_EXPANDED_SIZE],
                        uint8_t key_out[SHA3_256_SIZE]);

#endif
