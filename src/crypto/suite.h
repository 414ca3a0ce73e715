/* The algorithms of OpenSSL that we use, fetched once, with one reusable
 * context each. All functions abort if OpenSSL reports a failure, which with
 * valid arguments means that memory or the library is broken. Not to be
 * shared between threads. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include "base/buf.h"

#define SHA256_SIZE     32
#define SHA3_256_SIZE   32
#define AES256_KEY_SIZE 32
#define AES_IV_SIZE     16

struct suite;

/* The caller frees it with suite_free. NULL if this OpenSSL lacks one of the
 * algorithms. */
struct suite *suite_new(void);
void suite_free(struct suite *s);

/* Wipes what the contexts still hold of the last input and keys: for callers
 * that have hashed or used something secret. Costs some microseconds. */
void suite_forget(struct suite *s);

/* Hashes of n_parts slices, one after the other. */
void suite_sha256(struct suite *s, const struct slice *parts, size_t n_parts,
                  uint8_t out[SHA256_SIZE]);
void suite_sha3_256(struct suite *s, const struct slice *parts, size_t n_parts,
                    uint8_t out[SHA3_256_SIZE]);

/* SHAKE256 with out_size bytes of output. */
void suite_shake256(struct suite *s, const struct slice *parts, size_t n_parts, uint8_t *out,
                    size_t out_size);

/* HMAC-SHA256 (RFC 2104). */
void suite_hmac_sha256(struct suite *s, struct slice key, struct slice message,
                       uint8_t out[SHA256_SIZE]);

/* Encrypts (or decrypts, which is the same) in.n bytes; out may be where they
 * are. The counter is the whole IV, big-endian. */
void suite_aes256_ctr(struct suite *s, const uint8_t key[AES256_KEY_SIZE],
                      const uint8_t iv[AES_IV_SIZE], struct slice in, uint8_t *out);

#endif
