/* Hexadecimal, as Tor writes fingerprints and cookies. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/buf.h"
#include "base/err.h"

/* Appends 2 * data.n characters of upper-case hex. */
void hex_build(struct slice data, struct buf *out);

/* Decodes exactly n bytes from 2 * n characters of either case.
 * ERR_ENCODING otherwise. */
int hex_parse(struct slice text, uint8_t *out, size_t n) MUST_USE;

#endif
