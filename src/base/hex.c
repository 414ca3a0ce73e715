#include "base/hex.h"

void hex_build(struct slice data, struct buf *out)
{
  static const char digits[] = "0123456789ABCDEF";

  for (size_t i = 0; i < data.n; i++) {
    buf_add_u8(out, (uint8_t)digits[data.p[i] >> 4]);
    buf_add_u8(out, (uint8_t)digits[data.p[i] & 15]);
  }
}

static int digit_value(uint8_t c)
{
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return ERR_ENCODING;
}

int hex_parse(struct slice text, uint8_t *out, size_t n)
{
  if (text.n % 2 != 0 || text.n / 2 != n) {
    return ERR_ENCODING;
  }
  for (size_t i = 0; i < n; i++) {
    int high = digit_value(text.p[2 * i]);
    int low = digit_value(text.p[2 * i + 1]);

    if (high < 0 || low < 0) {
      return ERR_ENCODING;
    }
    out[i] = (uint8_t)(high << 4 | low);
  }
  return 0;
}
