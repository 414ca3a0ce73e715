#include "base/base64.h"

#include <string.h>

#define LINE_LENGTH 64

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Writes the 4 characters of a group of 1 to 3 bytes; those that stand for
 * no byte are '='. */
static inline void encode_group(const uint8_t *in, size_t n, uint8_t out[4])
{
  uint32_t bits = (uint32_t)in[0] << 16;

  bits |= n > 1 ? (uint32_t)in[1] << 8 : 0;
  bits |= n > 2 ? in[2] : 0;
  out[0] = (uint8_t)alphabet[bits >> 18 & 63];
  out[1] = (uint8_t)alphabet[bits >> 12 & 63];
  out[2] = (uint8_t)(n > 1 ? alphabet[bits >> 6 & 63] : '=');
  out[3] = (uint8_t)(n > 2 ? alphabet[bits & 63] : '=');
}

void base64_build(struct slice data, struct buf *out)
{
  uint8_t *at = buf_reserve(out, data.n / 3 * 4 + 4);
  size_t used = 0;

  for (size_t i = 0; i < data.n; i += 3) {
    size_t n = data.n - i < 3 ? data.n - i : 3;

    encode_group(data.p + i, n, at + used);
    used += n + 1;
  }
  buf_used(out, used);
}

void base64_build_lines(struct slice data, struct buf *out)
{
  size_t groups = (data.n + 2) / 3;
  uint8_t *at = buf_reserve(out, groups * 4 + groups * 4 / LINE_LENGTH + 1);
  uint8_t *start = at;

  for (size_t i = 0; i < data.n; i += LINE_LENGTH / 4 * 3) {
    size_t end = data.n - i < LINE_LENGTH / 4 * 3 ? data.n : i + LINE_LENGTH / 4 * 3;

    for (size_t k = i; k < end; k += 3) {
      encode_group(data.p + k, end - k < 3 ? end - k : 3, at);
      at += 4;
    }
    *at++ = '\n';
  }
  buf_used(out, (size_t)(at - start));
}

/* 0-63, or 255 for a byte outside of the alphabet. */
static const uint8_t values[256] = {
#define X 255
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,  X,  0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,
    X,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
#undef X
};

/* The state of a decoding: bits not yet written, characters and padding
 * seen. */
struct decoder {
  uint32_t bits;
  unsigned n_bits;
  size_t n_chars;
  size_t n_padding;
};

/* Takes one character; the count of bytes it completes (0 or 1), or
 * ERR_ENCODING. */
static int decode_char(struct decoder *d, uint8_t c, uint8_t *out)
{
  if (c == '=') {
    d->n_padding++;
    return d->n_padding > 2 ? ERR_ENCODING : 0;
  }
  if (values[c] == 255 || d->n_padding > 0) {
    return ERR_ENCODING;
  }
  d->n_chars++;
  d->bits = (d->bits << 6 | values[c]) & 0xffff;
  d->n_bits += 6;
  if (d->n_bits < 8) {
    return 0;
  }
  d->n_bits -= 8;
  *out = (uint8_t)(d->bits >> d->n_bits);
  return 1;
}

static int decode_end(const struct decoder *d, bool must_pad)
{
  size_t total = d->n_chars + d->n_padding;

  if (d->n_chars % 4 == 1 || (d->bits & ((1U << d->n_bits) - 1)) != 0) {
    return ERR_ENCODING;
  }
  if ((must_pad || d->n_padding > 0) && total % 4 != 0) {
    return ERR_ENCODING;
  }
  return 0;
}

int base64_parse(struct slice text, uint8_t *out, size_t n)
{
  struct decoder d = {0};
  size_t used = 0;

  for (size_t i = 0; i < text.n; i++) {
    uint8_t byte = 0;
    int got = decode_char(&d, text.p[i], &byte);

    if (got < 0 || (got == 1 && used == n)) {
      return ERR_ENCODING;
    }
    if (got == 1) {
      out[used++] = byte;
    }
  }
  return used == n ? decode_end(&d, false) : ERR_ENCODING;
}

/* All bits if first <= c <= last, otherwise none. */
static uint32_t in_range(uint32_t c, uint32_t first, uint32_t last)
{
  return -(((first - 1 - c) & (c - last - 1)) >> 31);
}

/* The value of a digit; *bad is set for any other character, and is otherwise left alone. */
static uint32_t secret_digit(uint32_t c, uint32_t *bad)
{
  uint32_t upper = in_range(c, 'A', 'Z');
  uint32_t lower = in_range(c, 'a', 'z');
  uint32_t number = in_range(c, '0', '9');
  uint32_t plus = in_range(c, '+', '+');
  uint32_t slash = in_range(c, '/', '/');

  *bad |= ~(upper | lower | number | plus | slash);
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) | (plus & 62) |
         (slash & 63);
}

int base64_parse_secret(struct slice text, uint8_t *out, size_t n)
{
  uint32_t bits = 0, bad = 0;
  unsigned n_bits = 0;
  size_t used = 0;

  if (text.n % 4 == 1 || text.n / 4 * 3 + text.n % 4 * 3 / 4 != n) {
    explicit_bzero(out, n);
    return ERR_ENCODING;
  }
  for (size_t i = 0; i < text.n; i++) {
    bits = (bits << 6 | secret_digit(text.p[i], &bad)) & 0xffff;
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      out[used++] = (uint8_t)(bits >> n_bits);
    }
  }
  bad |= bits & ((1U << n_bits) - 1);
  bad = -((bad | -bad) >> 31);
  for (size_t i = 0; i < n; i++) {
    out[i] &= (uint8_t)~bad;
  }
  return (int)(bad & (uint32_t)ERR_ENCODING);
}

int base64_parse_lines(struct slice text, struct buf *out)
{
  struct decoder d = {0};
  uint8_t *p = buf_reserve(out, text.n / 4 * 3 + 3);
  size_t used = 0;

  for (size_t i = 0; i < text.n; i++) {
    int got;

    if (text.p[i] == '\n') {
      continue;
    }
    got = decode_char(&d, text.p[i], &p[used]);
    if (got < 0) {
      return got;
    }
    used += (size_t)got;
  }
  TRY(decode_end(&d, true));
  buf_used(out, used);
  return 0;
}
