/* One introduction point as the inner layer of a descriptor writes it
 * (rend-spec-v3.txt section 2.5.2.2). */
#ifndef HS_DESC_POINT_H
#define HS_DESC_POINT_H

#include "base/wall.h"
#include "hs/intro.h"

/* The descriptor that a point stands in. */
struct desc_point_context {
  const uint8_t *signing_key; /* 32 bytes: descriptor signing key */
  struct wall now;
};

/* Parses a section from "introduction-point" up to the next one. Any error
 * means that this point cannot be used; the others are not touched by it:
 * ERR_UNSUPPORTED (legacy key), ERR_KEY (enc-key and its certificate do not
 * belong together), ERR_MISMATCH (certificate of another type or signer),
 * ERR_EXPIRED, errors of linkspec_check and token_collect.
 *
 * The signatures of both certificates are not verified: they are by the key
 * that signed the whole descriptor, so whoever could forge the text around
 * them could also have made them; and we pass on the keys only, certified
 * anew. */
int desc_point_parse(struct slice section, const struct desc_point_context *context,
                     struct intro *out) MUST_USE;

/* What certifies points: the descriptor signing key, and when its
 * certificates expire. */
struct desc_point_signer {
  const uint8_t *secret; /* 64 bytes: expanded key */
  const uint8_t *public_key;
  uint32_t expiration_hours;
};

/* Appends the section of a point, with two new certificates. Errors as of
 * cert_build. */
int desc_point_build(const struct intro *i, const struct desc_point_signer *signer,
                     struct buf *out) MUST_USE;

#endif
