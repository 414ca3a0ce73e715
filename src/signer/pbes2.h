/* Makes encrypted Ed25519 keys: PEM files of PKCS#8 (RFC 5958 section 3) with
 * PBES2 (RFC 8018 section 6.2), by OpenSSL. signer/sealed reads them. */
#ifndef SIGNER_PBES2_H
#define SIGNER_PBES2_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"

#define PBES2_SALT_SIZE 16

/* Encrypts a seed with PBKDF2 (HMAC-SHA-256) and AES-256-CBC. The text of the
 * file goes to pem_out, which the caller frees with secret_free; all of it is
 * in use. ERR_CRYPTO. */
int pbes2_seal(const uint8_t seed[ED25519_SEED_SIZE], struct slice password,
               const uint8_t salt[PBES2_SALT_SIZE], struct secret **pem_out) MUST_USE;

#endif
