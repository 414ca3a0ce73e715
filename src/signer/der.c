#include "signer/der.h"

struct cursor der_element(struct cursor *c, uint8_t tag)
{
  uint8_t got = cursor_u8(c);
  size_t n = cursor_u8(c);

  if (got != tag) {
    cursor_fail(c, ERR_SYNTAX);
  }
  if (n == 0x81) {
    n = cursor_u8(c);
  } else if (n == 0x82) {
    n = cursor_u16(c);
  } else if (n > 0x7f) {
    cursor_fail(c, ERR_SYNTAX);
  }
  return cursor_sub(c, n);
}

bool der_is_next(const struct cursor *c, uint8_t tag)
{
  return cursor_left(c) > 0 && *c->at == tag;
}

uint64_t der_integer(struct cursor *c, uint64_t max)
{
  struct cursor content = der_element(c, DER_INTEGER);
  uint64_t value = 0;

  if (content.err == 0 && (cursor_left(&content) == 0 || *content.at > 0x7f)) {
    cursor_fail(c, ERR_SYNTAX);
  }
  while (cursor_left(&content) > 0 && value <= UINT64_MAX >> 8) {
    value = value << 8 | cursor_u8(&content);
  }
  if (cursor_left(&content) > 0 || value > max) {
    cursor_fail(c, ERR_RANGE);
  }
  return c->err == 0 ? value : 0;
}
