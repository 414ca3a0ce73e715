/* Onion addresses of version 3 (rend-spec-v3.txt section 6). */
#ifndef HS_ADDRESS_H
#define HS_ADDRESS_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/suite.h"

/* 56 characters and a NUL. */
#define ADDRESS_TEXT_SIZE 57

/* An onion address is its public identity key. */
struct address {
  uint8_t public_key[32];
};

/* Reads 56 base32 characters of either case, with or without ".onion" behind
 * them. ERR_SYNTAX (length), ERR_ENCODING, ERR_UNSUPPORTED (version byte),
 * ERR_CHECKSUM, ERR_KEY (not a point of the prime-order group). */
int address_parse(struct suite *s, struct slice text, struct address *out) MUST_USE;

/* Writes 56 lower-case characters and a NUL, without ".onion". */
void address_format(struct suite *s, const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* True if both are the same address. */
bool address_equal(const struct address *a, const struct address *b);

#endif
