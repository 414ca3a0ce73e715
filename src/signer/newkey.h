/* The texts of new files for identity keys. */
#ifndef SIGNER_NEWKEY_H
#define SIGNER_NEWKEY_H

#include "base/err.h"
#include "base/rng.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"

/* Owns text, the content of the file, of which size bytes are in use. All zero
 * is an empty one. */
struct newkey {
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  struct secret *text;
  size_t size;
};

/* Makes a key, as a PEM file. With a password that is not empty the file is
 * encrypted: PBES2 with PBKDF2 (HMAC-SHA-256) and AES-256-CBC (RFC 8018).
 * ERR_CRYPTO, ERR_KEY. The caller ends out with newkey_deinit, after an error
 * too; so for the next two. */
int newkey_build(const struct rng *rng, struct slice password, struct newkey *out) MUST_USE;

/* The same with a seed that is there already; rng makes the salt. */
int newkey_of_seed(const struct rng *rng, const uint8_t seed[ED25519_SEED_SIZE],
                   struct slice password, struct newkey *out) MUST_USE;

/* The file that tor calls hs_ed25519_secret_key, with an expanded key. ERR_KEY. */
int newkey_of_expanded(const uint8_t expanded[ED25519_EXPANDED_SIZE], struct newkey *out) MUST_USE;

/* Wipes and frees. */
void newkey_deinit(struct newkey *k);

#endif
