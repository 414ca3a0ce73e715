/* Ed25519 private keys in PKCS#8 (RFC 8410 section 7, RFC 5958). Only what
 * these keys need of DER is read, with no copy of the key on the way. */
#ifndef SIGNER_PKCS8_H
#define SIGNER_PKCS8_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/ed25519.h"

/* Reads the seed. What may follow it (attributes, public key) is skipped.
 * ERR_UNSUPPORTED: a key of another algorithm; otherwise ERR_TRUNCATED or
 * ERR_SYNTAX. seed is secret: the caller wipes it. */
int pkcs8_parse(struct slice der, uint8_t seed[ED25519_SEED_SIZE]) MUST_USE;

#endif
