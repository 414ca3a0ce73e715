#include "base/base32.h"

void base32_build(struct slice data, struct buf *out)
{
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  uint32_t bits = 0;
  unsigned n_bits = 0;

  for (size_t i = 0; i < data.n; i++) {
    bits = bits << 8 | data.p[i];
    n_bits += 8;
    while (n_bits >= 5) {
      n_bits -= 5;
      buf_add_u8(out, (uint8_t)alphabet[bits >> n_bits & 31]);
    }
  }
  if (n_bits > 0) {
    buf_add_u8(out, (uint8_t)alphabet[bits << (5 - n_bits) & 31]);
  }
}

static int digit_value(uint8_t c)
{
  if (c >= 'a' && c <= 'z') {
    return c - 'a';
  }
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= '2' && c <= '7') {
    return c - '2' + 26;
  }
  return ERR_ENCODING;
}

int base32_parse(struct slice text, uint8_t *out, size_t n)
{
  uint32_t bits = 0;
  unsigned n_bits = 0;
  size_t used = 0;

  if (text.n != (n * 8 + 4) / 5) {
    return ERR_ENCODING;
  }
  for (size_t i = 0; i < text.n; i++) {
    int v = digit_value(text.p[i]);

    if (v < 0) {
      return ERR_ENCODING;
    }
    bits = bits << 5 | (uint32_t)v;
    n_bits += 5;
    if (n_bits >= 8 && used < n) {
      n_bits -= 8;
      out[used++] = (uint8_t)(bits >> n_bits);
    }
  }
  return (bits & ((1U << n_bits) - 1)) == 0 ? 0 : ERR_ENCODING;
}
