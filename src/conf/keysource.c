#include "conf/keysource.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define BUNDLE "bundle:"
#define EXEC   "exec:"
#define UNIX   "unix:"

/* Appends the next word, whose first character is there, without its quotes. */
static int read_word(struct cursor *c, struct buf *out)
{
  uint8_t quote = 0;

  while (cursor_left(c) > 0) {
    uint8_t ch = cursor_u8(c);

    if (quote != 0) {
      if (ch == quote) {
        quote = 0;
      } else {
        buf_add_u8(out, ch);
      }
    } else if (ch == '"' || ch == '\'') {
      quote = ch;
    } else if (ch == ' ') {
      break;
    } else {
      buf_add_u8(out, ch);
    }
  }
  return quote == 0 ? 0 : ERR_SYNTAX;
}

static int parse_words(struct slice text, struct keysource *out)
{
  struct cursor c = cursor_from(text);
  size_t n = 0;

  out->argv = mem_array(LIMIT_COMMAND_WORDS + 1, sizeof *out->argv);
  for (;;) {
    CLEANUP(buf_deinit) struct buf word = {0};

    while (cursor_accept(&c, " ")) {
    }
    if (cursor_left(&c) == 0) {
      break;
    }
    if (n == LIMIT_COMMAND_WORDS) {
      return ERR_TOO_LONG;
    }
    TRY(read_word(&c, &word));
    out->argv[n++] = mem_string(buf_str(&word), word.n);
  }
  return n > 0 && out->argv[0][0] != '\0' ? 0 : ERR_SYNTAX;
}

static int parse(struct slice text, struct keysource *out)
{
  if (text.n > LIMIT_COMMAND_BYTES) {
    return ERR_TOO_LONG;
  }
  if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
    return ERR_SYNTAX;
  }
  out->text = mem_string(text.p, text.n);
  if (slice_has_prefix(text, UNIX)) {
    out->kind = KEYSOURCE_UNIX;
    return endpoint_unix(slice_skip(text, strlen(UNIX)), &out->endpoint);
  }
  if (slice_has_prefix(text, EXEC)) {
    out->kind = KEYSOURCE_EXEC;
    return parse_words(slice_skip(text, strlen(EXEC)), out);
  }
  if (slice_has_prefix(text, BUNDLE) && text.n > strlen(BUNDLE)) {
    out->kind = KEYSOURCE_BUNDLE;
    out->bundle = out->text + strlen(BUNDLE);
    return 0;
  }
  return ERR_SYNTAX;
}

int keysource_parse(struct slice text, struct keysource *out)
{
  int err;

  *out = (struct keysource){0};
  err = parse(text, out);
  if (err < 0) {
    keysource_deinit(out);
  }
  return err;
}

void keysource_deinit(struct keysource *k)
{
  for (size_t i = 0; k->argv != NULL && k->argv[i] != NULL; i++) {
    free(k->argv[i]);
  }
  free(k->argv);
  free(k->text);
  *k = (struct keysource){0};
}

bool keysource_equal(const struct keysource *a, const struct keysource *b)
{
  if (a->kind == KEYSOURCE_NONE || b->kind == KEYSOURCE_NONE) {
    return a->kind == b->kind;
  }
  return strcmp(a->text, b->text) == 0;
}
