/* Base64 of RFC 4648. Tor leaves the padding out for digests and keys, and
 * keeps it in objects between BEGIN and END lines. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the encoding without padding and without line breaks. */
void base64_build(struct slice data, struct buf *out);

/* Appends the encoding with padding in lines of 64 characters, each ended by
 * '\n' (the body of an object; dir-spec.txt section 1.2). */
void base64_build_lines(struct slice data, struct buf *out);

/* Decodes exactly n bytes, padding allowed but not required. ERR_ENCODING
 * for anything else, bits left over included. */
int base64_parse(struct slice text, uint8_t *out, size_t n) MUST_USE;

/* Decodes exactly n bytes of a secret, in a time that depends on the sizes alone and
 * without a table: no padding. ERR_ENCODING as above; out is then all zero. */
int base64_parse_secret(struct slice text, uint8_t *out, size_t n) MUST_USE;

/* Appends the bytes that lines of padded base64 stand for; '\n' is skipped
 * anywhere. ERR_ENCODING for anything else; out is then as it was. */
int base64_parse_lines(struct slice text, struct buf *out) MUST_USE;

#endif
