#include "control/keyval.h"

static bool is_at(const struct cursor *c, char what)
{
  return cursor_left(c) > 0 && *c->at == (uint8_t)what;
}

/* The text up to the quote that ends it, and moves behind that. */
static struct slice read_quoted(struct cursor *c)
{
  const uint8_t *begin = c->at;

  while (cursor_left(c) > 0) {
    uint8_t byte = cursor_u8(c);

    if (byte == '"') {
      return slice_of(begin, (size_t)(c->at - begin) - 1);
    }
    if (byte == '\\') {
      (void)cursor_u8(c);
    }
  }
  cursor_fail(c, ERR_SYNTAX);
  return slice_of(begin, 0);
}

static struct slice read_until(struct cursor *c, const char *stops)
{
  const uint8_t *begin = c->at;

  while (cursor_left(c) > 0) {
    for (const char *stop = stops; *stop != '\0'; stop++) {
      if (is_at(c, *stop)) {
        return slice_of(begin, (size_t)(c->at - begin));
      }
    }
    (void)cursor_u8(c);
  }
  return slice_of(begin, (size_t)(c->at - begin));
}

static void skip_spaces(struct cursor *c)
{
  while (cursor_accept(c, " ")) {
  }
}

bool keyval_next(struct cursor *c, struct keyval *out)
{
  struct slice word;

  *out = (struct keyval){0};
  skip_spaces(c);
  if (cursor_left(c) == 0) {
    return false;
  }
  word = read_until(c, " =\"");
  if (word.n > 0 && cursor_accept(c, "=")) {
    out->key = word;
    word = slice_of(c->at, 0);
  }
  if (word.n == 0 && cursor_accept(c, "\"")) {
    out->value = read_quoted(c);
    out->is_quoted = true;
  } else {
    out->value = out->key.n > 0 ? read_until(c, " ") : word;
  }
  if (cursor_left(c) > 0 && !is_at(c, ' ')) {
    cursor_fail(c, ERR_SYNTAX);
  }
  skip_spaces(c);
  return c->err == 0;
}

int keyval_find(struct slice line, const char *key, struct keyval *out)
{
  struct cursor c = cursor_from(line);

  while (keyval_next(&c, out)) {
    if (slice_is(out->key, key)) {
      return 0;
    }
  }
  TRY(c.err);
  return ERR_MISSING;
}

static bool is_octal(const struct cursor *c)
{
  return cursor_left(c) > 0 && *c->at >= '0' && *c->at <= '7';
}

/* The character that an escape stands for, read behind its backslash. */
static uint8_t read_escape(struct cursor *c)
{
  unsigned value = 0;

  if (!is_octal(c)) {
    uint8_t byte = cursor_u8(c);

    return byte == 'n' ? '\n' : byte == 't' ? '\t' : byte == 'r' ? '\r' : byte;
  }
  for (int i = 0; i < 3 && is_octal(c); i++) {
    value = value * 8 + (unsigned)(cursor_u8(c) - '0');
  }
  if (value > 0xff) {
    cursor_fail(c, ERR_SYNTAX);
  }
  return (uint8_t)value;
}

int keyval_text(const struct keyval *kv, struct buf *out)
{
  struct cursor c = cursor_from(kv->value);
  size_t before = out->n;

  if (!kv->is_quoted) {
    buf_add_slice(out, kv->value);
    return 0;
  }
  while (cursor_left(&c) > 0) {
    uint8_t byte = cursor_u8(&c);

    byte = byte == '\\' ? read_escape(&c) : byte;
    buf_add_u8(out, byte);
  }
  if (c.err < 0) {
    out->n = before;
    return ERR_SYNTAX;
  }
  return 0;
}

int keyval_quote(struct slice text, struct buf *out)
{
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] < 0x20 || text.p[i] == 0x7f) {
      return ERR_ENCODING;
    }
  }
  buf_add_u8(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] == '"' || text.p[i] == '\\') {
      buf_add_u8(out, '\\');
    }
    buf_add_u8(out, text.p[i]);
  }
  buf_add_u8(out, '"');
  return 0;
}
