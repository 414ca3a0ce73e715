#include "report/query.h"

#include "base/cursor.h"
#include "base/hex.h"

#define GREETING "onionbalance/1 "

void query_deinit(struct query *q)
{
  buf_deinit(&q->texts);
  *q = (struct query){0};
}

/* Appends one word, decoded, and its NUL. */
static int add_word(struct slice word, struct buf *out)
{
  struct cursor c = cursor_from(word);

  if (word.n == 0) {
    return ERR_SYNTAX;
  }
  while (cursor_left(&c) > 0) {
    uint8_t byte = cursor_u8(&c);

    if (byte == '%') {
      TRY(hex_parse(cursor_take(&c, 2), &byte, 1));
    } else if (byte <= ' ' || byte == 0x7f) {
      return ERR_SYNTAX;
    }
    if (c.err < 0 || byte == 0) {
      return ERR_ENCODING;
    }
    buf_add_u8(out, byte);
  }
  buf_add_u8(out, 0);
  return 0;
}

static int read_line(struct cursor *c, struct query *q)
{
  size_t places[LIMIT_ADMIN_WORDS];

  TRY(form_parse(cursor_word(c), &q->form));
  while (cursor_left(c) > 0) {
    if (q->n == LIMIT_ADMIN_WORDS) {
      return ERR_TOO_LONG;
    }
    places[q->n] = q->texts.n;
    TRY(add_word(cursor_word(c), &q->texts));
    q->n++;
  }
  for (size_t i = 0; i < q->n; i++) {
    q->words[i] = (const char *)q->texts.p + places[i]; /* it does not grow any more */
  }
  return q->n == 0 ? ERR_SYNTAX : 0;
}

int query_parse(struct slice line, struct query *out)
{
  struct cursor c = cursor_from(line);
  int err;

  *out = (struct query){0};
  if (!cursor_accept(&c, GREETING)) {
    return ERR_UNSUPPORTED;
  }
  err = read_line(&c, out);
  if (err < 0) {
    query_deinit(out);
  }
  return err;
}

static void encode(const char *word, struct buf *out)
{
  for (const char *p = word; *p != 0; p++) {
    uint8_t byte = (uint8_t)*p;

    if (byte <= ' ' || byte == 0x7f || byte == '%') {
      buf_addf(out, "%%%02X", byte);
    } else {
      buf_add_u8(out, byte);
    }
  }
}

int query_build(const struct form *form, const char *const *words, size_t n, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf line = {0};

  buf_add_str(&line, GREETING);
  form_build(form, &line);
  for (size_t i = 0; i < n; i++) {
    buf_add_u8(&line, ' ');
    encode(words[i], &line);
  }
  buf_add_u8(&line, '\n');
  if (n > LIMIT_ADMIN_WORDS || line.n > LIMIT_ADMIN_REQUEST_BYTES) {
    return ERR_TOO_LONG;
  }
  buf_add_slice(out, buf_slice(&line));
  return 0;
}
