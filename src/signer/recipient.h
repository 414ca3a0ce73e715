/* The key pair that bundles are sealed to (X25519), as text: the public key
 * for the person at the offline machine, the secret one in a file beside the
 * bundles.
 *
 *   public    "obr1" and base32 of key and checksum, 62 characters
 *   secret    lines of comment that begin with '#', then
 *             "OBR-SECRET-1 " and base32 of key and checksum */
#ifndef SIGNER_RECIPIENT_H
#define SIGNER_RECIPIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/suite.h"

#define RECIPIENT_SIZE 32

/* The name of the file of the secret key, in the folder of the bundles. */
#define RECIPIENT_FILE "recipient.key"

/* Reads a public key. ERR_SYNTAX, ERR_ENCODING, ERR_CHECKSUM (mistyped). */
int recipient_parse(struct suite *s, struct slice text, uint8_t out[RECIPIENT_SIZE]) MUST_USE;

/* Appends it. */
void recipient_build(struct suite *s, const uint8_t key[RECIPIENT_SIZE], struct buf *out);

/* Reads what a file holds; errors as above. secret_out is secret. */
int recipient_secret_parse(struct suite *s, struct slice content,
                           uint8_t secret_out[RECIPIENT_SIZE]) MUST_USE;

/* Appends the file of a key, with the public key in a comment. out is secret:
 * the caller ends it with buf_wipe. */
void recipient_secret_build(struct suite *s, const uint8_t secret[RECIPIENT_SIZE], struct buf *out);

/* The public key of a secret one. */
void recipient_public_of(const uint8_t secret[RECIPIENT_SIZE], uint8_t out[RECIPIENT_SIZE]);

#endif
