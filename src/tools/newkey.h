/* A new identity key, as a PEM file (PKCS#8). */
#ifndef TOOLS_NEWKEY_H
#define TOOLS_NEWKEY_H

#include "base/err.h"
#include "base/rng.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"

/* Owns pem, the text of the file, of which size bytes are in use. All zero is
 * an empty one. */
struct newkey {
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  struct secret *pem;
  size_t size;
};

/* Makes a key. With a password that is not empty the file is encrypted:
 * PBES2 with PBKDF2 (HMAC-SHA-256) and AES-256-CBC (RFC 8018). ERR_CRYPTO, ERR_KEY. The
 * caller ends out with newkey_deinit, after an error too. */
int newkey_build(const struct rng *rng, struct slice password, struct newkey *out) MUST_USE;

/* Wipes and frees. */
void newkey_deinit(struct newkey *k);

#endif
