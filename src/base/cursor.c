#include "base/cursor.h"

#include <string.h>

struct cursor cursor_from(struct slice s)
{
  static const uint8_t nothing[1] = {0};
  const uint8_t *p = s.p == NULL ? nothing : s.p;

  return (struct cursor){.at = p, .end = p + s.n, .err = 0};
}

size_t cursor_left(const struct cursor *c)
{
  return c->err < 0 ? 0 : (size_t)(c->end - c->at);
}

void cursor_fail(struct cursor *c, int err)
{
  if (c->err == 0) {
    c->err = err;
  }
}

int cursor_finish(const struct cursor *c)
{
  if (c->err < 0) {
    return c->err;
  }
  return c->at == c->end ? 0 : ERR_SYNTAX;
}

static uint64_t read_big_endian(struct cursor *c, size_t size)
{
  struct slice s = cursor_take(c, size);
  uint64_t v = 0;

  for (size_t i = 0; i < s.n; i++) {
    v = v << 8 | s.p[i];
  }
  return v;
}

uint8_t cursor_u8(struct cursor *c)
{
  return (uint8_t)read_big_endian(c, 1);
}

uint16_t cursor_u16(struct cursor *c)
{
  return (uint16_t)read_big_endian(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
  return (uint32_t)read_big_endian(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
  return read_big_endian(c, 8);
}

struct slice cursor_take(struct cursor *c, size_t n)
{
  struct slice s;

  if (cursor_left(c) < n) {
    cursor_fail(c, ERR_TRUNCATED);
    return slice_of(c->at, 0);
  }
  s = slice_of(c->at, n);
  c->at += n;
  return s;
}

void cursor_copy(struct cursor *c, void *out, size_t n)
{
  struct slice s = cursor_take(c, n);

  if (s.n == n && n > 0) {
    memcpy(out, s.p, n);
  } else {
    memset(out, 0, n);
  }
}

struct slice cursor_rest(struct cursor *c)
{
  return cursor_take(c, cursor_left(c));
}

struct cursor cursor_sub(struct cursor *c, size_t n)
{
  struct cursor sub = cursor_from(cursor_take(c, n));

  sub.err = c->err;
  return sub;
}

/* Takes up to the next byte that equals stop, and steps over it. */
static struct slice take_until(struct cursor *c, int stop)
{
  size_t left = cursor_left(c);
  const uint8_t *found = left == 0 ? NULL : memchr(c->at, stop, left);
  struct slice s;

  if (found == NULL) {
    return cursor_take(c, left);
  }
  s = cursor_take(c, (size_t)(found - c->at));
  c->at++;
  return s;
}

struct slice cursor_line(struct cursor *c)
{
  if (cursor_left(c) == 0) {
    cursor_fail(c, ERR_TRUNCATED);
  }
  return take_until(c, '\n');
}

struct slice cursor_word(struct cursor *c)
{
  return take_until(c, ' ');
}

bool cursor_accept(struct cursor *c, const char *text)
{
  size_t n = strlen(text);

  if (cursor_left(c) < n || memcmp(c->at, text, n) != 0) {
    return false;
  }
  c->at += n;
  return true;
}

void cursor_expect(struct cursor *c, const char *text)
{
  if (!cursor_accept(c, text)) {
    cursor_fail(c, ERR_SYNTAX);
  }
}

uint64_t cursor_decimal(struct cursor *c, uint64_t max)
{
  uint64_t v = 0;
  size_t digits = 0;

  while (cursor_left(c) > 0 && *c->at >= '0' && *c->at <= '9') {
    uint64_t digit = (uint64_t)(*c->at - '0');

    if (digit > max || v > (max - digit) / 10) {
      cursor_fail(c, ERR_RANGE);
      return 0;
    }
    v = v * 10 + digit;
    c->at++;
    digits++;
  }
  if (digits == 0) {
    cursor_fail(c, ERR_SYNTAX);
  }
  return v;
}

int cursor_parse_decimal(struct slice s, uint64_t max, uint64_t *out)
{
  struct cursor c = cursor_from(s);
  uint64_t v = cursor_decimal(&c, max);

  TRY(cursor_finish(&c));
  *out = v;
  return 0;
}
