/* The little of DER (X.690) that private keys need: elements and small
 * integers. */
#ifndef SIGNER_DER_H
#define SIGNER_DER_H

#include "base/cursor.h"

#define DER_INTEGER      0x02
#define DER_OCTET_STRING 0x04
#define DER_NULL         0x05
#define DER_OBJECT       0x06
#define DER_SEQUENCE     0x30

/* The content of the element that comes next, which must have this tag:
 * otherwise ERR_SYNTAX in both cursors. Its length takes one byte, or two or
 * three, also where fewer would do. */
struct cursor der_element(struct cursor *c, uint8_t tag);

/* True if an element of this tag comes next. */
bool der_is_next(const struct cursor *c, uint8_t tag);

/* The INTEGER that comes next, from 0 to max: otherwise ERR_RANGE, or
 * ERR_SYNTAX for a negative one. */
uint64_t der_integer(struct cursor *c, uint64_t max);

#endif
