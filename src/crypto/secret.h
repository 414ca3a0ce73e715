/* Secret bytes: guarded pages that are locked, not dumped, and wiped. */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "base/slice.h"

/* Owns size bytes of guarded memory (libsodium's sodium_malloc). */
struct secret;

/* n zeroed bytes, n at least 1. Aborts if there is no memory. libsodium has
 * been initialised by the caller. */
struct secret *secret_new(size_t n);

/* Wipes and frees; s may be NULL. */
void secret_free(struct secret *s);

/* The same for a variable; for CLEANUP(secret_free_at). */
void secret_free_at(struct secret **s);

/* The bytes, readable and writable; borrowed. */
uint8_t *secret_bytes(struct secret *s);
const uint8_t *secret_peek(const struct secret *s);
size_t secret_size(const struct secret *s);

#endif
