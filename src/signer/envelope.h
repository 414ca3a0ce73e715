/* A bundle's file: sealed to the publisher's key, so that it can travel on
 * anything.
 *
 *   "onionbalance bundle\n"    magic (20)
 *   version (1)                1
 *   recipient (32)             the public key that it is sealed to
 *   sealed                     libsodium's crypto_box_seal of the bundle:
 *                              X25519, XSalsa20-Poly1305 */
#ifndef SIGNER_ENVELOPE_H
#define SIGNER_ENVELOPE_H

#include "crypto/secret.h"
#include "signer/recipient.h"

/* Borrows what it was read from. */
struct envelope {
  uint8_t recipient[RECIPIENT_SIZE];
  struct slice sealed;
};

/* Appends the file of a plain text of at most LIMIT_BUNDLE_BYTES. ERR_KEY: no
 * such recipient can be. */
int envelope_seal(const uint8_t recipient[RECIPIENT_SIZE], struct slice plain,
                  struct buf *out) MUST_USE;

/* Reads a file. ERR_SYNTAX: no bundle; ERR_UNSUPPORTED: of another version;
 * ERR_TRUNCATED; ERR_TOO_LONG. */
int envelope_parse(struct slice file, struct envelope *out) MUST_USE;

/* Opens it. ERR_MISMATCH: it is for somebody else; ERR_MAC: damaged. The caller
 * frees *plain_out with secret_free; all of it is in use. */
int envelope_open(const struct envelope *e, const uint8_t secret[RECIPIENT_SIZE],
                  struct secret **plain_out) MUST_USE;

#endif
