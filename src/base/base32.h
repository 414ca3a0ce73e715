/* Base32 of RFC 4648 in lower case and without padding, as in onion
 * addresses. */
#ifndef BASE_BASE32_H
#define BASE_BASE32_H

#include "base/buf.h"
#include "base/err.h"

/* Appends ceil(8 * data.n / 5) lower-case characters. */
void base32_build(struct slice data, struct buf *out);

/* Decodes exactly n bytes from ceil(8 * n / 5) characters of either case.
 * ERR_ENCODING for anything else, bits left over included. */
int base32_parse(struct slice text, uint8_t *out, size_t n) MUST_USE;

#endif
