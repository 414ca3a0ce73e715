/* Tor's Ed25519 certificates (cert-spec.txt section 2.1), as they stand in
 * onion-service descriptors. */
#ifndef NETDOC_CERT_H
#define NETDOC_CERT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/wall.h"
#include "crypto/ed25519.h"

/* Certificate types of rend-spec-v3.txt; any other number can occur. */
enum cert_type {
  CERT_DESC_SIGNING = 0x08, /* blinded key certifies descriptor signing key */
  CERT_INTRO_AUTH = 0x09,   /* descriptor signing key certifies auth key */
  CERT_INTRO_ENC = 0x0b,    /* descriptor signing key certifies enc key */
};

/* A parsed certificate. Borrows signed_part from the text it came from. */
struct cert {
  uint8_t type;
  uint8_t key_type;
  uint32_t expiration_hours; /* hours since 1970 */
  uint8_t key[32];           /* the certified key */
  bool has_signing_key;
  uint8_t signing_key[32]; /* of the extension, if there is one */
  struct slice signed_part;
  uint8_t signature[64];
};

/* Parses the raw bytes. Unknown extensions are skipped unless their flag
 * says that they affect validation (ERR_UNSUPPORTED). */
int cert_parse(struct slice raw, struct cert *out) MUST_USE;

/* Checks a certificate: its type, its signature by signer (which must also
 * be its signing key extension, if it has one), and that it has not expired
 * at now. ERR_MISMATCH, ERR_SIGNATURE, ERR_EXPIRED. */
int cert_check(const struct cert *c, enum cert_type type, const uint8_t signer[32],
               struct wall now) MUST_USE;

/* What a new certificate says; always with the signing key extension, as
 * tor's own. */
struct cert_request {
  enum cert_type type;
  uint32_t expiration_hours;
  uint8_t key[32];    /* to be certified */
  uint8_t signer[32]; /* public key of the signer */
  bool unverified;    /* see ed25519_sign_unverified: only for short-lived signers */
};

/* Size of what cert_build makes: header, one extension, signature. */
#define CERT_SIZE (40 + 36 + 64)

/* Builds and signs; signer_secret is the expanded key of request->signer.
 * Errors as of ed25519_sign. */
int cert_build(const struct cert_request *request,
               const uint8_t signer_secret[ED25519_EXPANDED_SIZE], uint8_t out[CERT_SIZE]) MUST_USE;

/* Hours since 1970 for an expiry that tor would give a descriptor signing
 * key: now + 54 h, rounded up to a whole hour. */
uint32_t cert_desc_expiration(struct wall now);

/* The same for the certificates of introduction points: the full hour that
 * now is in + 54 h (tor calls it the nearest hour, but rounds down). */
uint32_t cert_intro_expiration(struct wall now);

#endif
