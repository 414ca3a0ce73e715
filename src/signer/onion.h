/* The onion address of an identity key. hs/address does the same and more, but
 * this layer is kept from all that reads a network's documents. */
#ifndef SIGNER_ONION_H
#define SIGNER_ONION_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/ed25519.h"
#include "crypto/suite.h"

/* 56 characters, ".onion" and a NUL. */
#define ONION_TEXT_SIZE 63

/* Writes the address (rend-spec-v3.txt section 6). */
void onion_format(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                  char out[ONION_TEXT_SIZE]);

/* Reads what onion_format writes, in lower case. ERR_ENCODING if it is no base32
 * of that length; ERR_SYNTAX for another version, a wrong checksum or ending. */
int onion_parse(struct suite *s, struct slice text, uint8_t out[ED25519_PUBLIC_SIZE]) MUST_USE;

#endif
