/* The plaintexts of a descriptor's middle and inner layer, as the parser
 * sees them after decryption (rend-spec-v3.txt section 2.5). */
#ifndef HS_DESC_PLAIN_H
#define HS_DESC_PLAIN_H

#include "hs/desc_parse.h"
#include "hs/desc_point.h"

/* Decrypts both layers and appends the plaintext of the inner one. ERR_MAC and
 * ERR_TRUNCATED of desc_crypt_open, ERR_ENCODING, errors of
 * desc_plain_middle. */
int desc_plain_open(struct suite *s, const struct desc_outer *outer,
                    const uint8_t subcredential[SUBCREDENTIAL_SIZE],
                    struct buf *inner_out) MUST_USE;

/* Finds the encrypted inner layer in the middle one: the lines of base64 are
 * borrowed from plain. Padding of NUL bytes behind the text is left out.
 * ERR_UNSUPPORTED: an authorization type other than x25519; errors of
 * token_collect. */
int desc_plain_middle(struct slice plain, struct slice *encrypted_out) MUST_USE;

/* Parses the inner layer. Points that cannot be used are counted and left
 * out, and so is a second one with the same authentication key.
 * ERR_UNSUPPORTED: "create2-formats" does not list 2; ERR_TOO_LONG: more than
 * LIMIT_INTRO_POINTS points, usable or not; errors of token_collect for the
 * lines before the first point. */
int desc_plain_inner(struct slice plain, const struct desc_point_context *context,
                     struct desc_inner *out) MUST_USE;

#endif
