/* SHA-512 (FIPS 180-4) by OpenSSL, which takes half of libsodium's time over a
 * whole descriptor. Aborts where OpenSSL fails, as struct suite does. */
#ifndef CRYPTO_SHA512_H
#define CRYPTO_SHA512_H

#include "base/slice.h"

#define SHA512_SIZE 64

/* A hash in the making; for one message after the other. */
struct sha512;

/* Freed with sha512_free, which wipes it and takes NULL too. */
struct sha512 *sha512_new(void);
void sha512_free(struct sha512 *h);

/* Hashes a message of the head and the parts, one after the other. */
void sha512_message(struct sha512 *h, const struct slice head[2], const struct slice *parts,
                    size_t n_parts, uint8_t out[SHA512_SIZE]);

#endif
