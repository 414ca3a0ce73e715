/* The symmetric encryption of a descriptor's two layers
 * (rend-spec-v3.txt section 2.5.3): salt | AES-256-CTR | SHA3-256 MAC. */
#ifndef HS_DESC_CRYPT_H
#define HS_DESC_CRYPT_H

#include "base/err.h"
#include "hs/subcredential.h"

#define DESC_SALT_SIZE 16
#define DESC_MAC_SIZE  32

enum desc_layer {
  DESC_LAYER_MIDDLE, /* "superencrypted" in the outer document */
  DESC_LAYER_INNER,  /* "encrypted" in the middle one */
};

/* Everything but salt and layer that goes into the keys of one descriptor
 * without client authorization. Borrows the suite. */
struct desc_crypt {
  struct suite *suite;
  uint8_t secret[32 + SUBCREDENTIAL_SIZE + 8]; /* blinded key | subcredential | revision */
};

/* revision is the counter of the descriptor. */
void desc_crypt_init(struct desc_crypt *c, struct suite *s, const uint8_t blinded_key[32],
                     const uint8_t subcredential[SUBCREDENTIAL_SIZE], uint64_t revision);

/* Appends salt, encrypted plaintext and MAC: plain.n + 48 bytes. The salt is
 * fresh and random. */
void desc_crypt_seal(const struct desc_crypt *c, enum desc_layer layer,
                     const uint8_t salt[DESC_SALT_SIZE], struct slice plain, struct buf *out);

/* Checks the MAC and appends the plaintext, padding included. ERR_TRUNCATED:
 * no room for plaintext; ERR_MAC: other keys, or changed. */
int desc_crypt_open(const struct desc_crypt *c, enum desc_layer layer, struct slice sealed,
                    struct buf *out) MUST_USE;

#endif
