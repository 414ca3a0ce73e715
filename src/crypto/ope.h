/* Order-preserving encryption of small integers: the revision counter of a
 * descriptor, which rises with time and does not tell the time
 * (rend-spec-v3.txt appendix F; tor's crypto_ope.c). */
#ifndef CRYPTO_OPE_H
#define CRYPTO_OPE_H

#include "base/err.h"
#include "crypto/suite.h"

/* The largest plaintext, as tor has it: a descriptor's counter runs for up to
 * 48 hours, and 12 more for clocks that are wrong. */
#define OPE_MAX (1U << 18)

/* Encrypts plaintext, 1 .. OPE_MAX, or ERR_RANGE. Greater plaintexts give
 * greater results under the same key. Costs AES over 2 * plaintext bytes. */
int ope_encrypt(struct suite *s, const uint8_t key[AES256_KEY_SIZE], uint32_t plaintext,
                uint64_t *out) MUST_USE;

#endif
