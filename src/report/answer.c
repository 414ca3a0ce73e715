#include "report/answer.h"

#include "base/cursor.h"
#include "base/limits.h"

/* A line that is longer is not one of ours. */
#define LINE_MAX 32

static const char *const words[] = {
    [ANSWER_MORE] = "more",     [ANSWER_DONE] = "done",   [ANSWER_REFUSED] = "refused",
    [ANSWER_DENIED] = "denied", [ANSWER_USAGE] = "usage", [ANSWER_BUSY] = "busy",
};

const char *answer_word(enum answer_kind k)
{
  return words[k];
}

void answer_build(enum answer_kind kind, struct slice text, struct buf *out)
{
  buf_addf(out, "%s %zu\n", words[kind], text.n);
  buf_add_slice(out, text);
}

static int find_kind(struct slice word, enum answer_kind *out)
{
  for (size_t i = 0; i < ANSWER_KINDS; i++) {
    if (slice_is(word, words[i])) {
      *out = (enum answer_kind)i;
      return 0;
    }
  }
  return ERR_SYNTAX;
}

int answer_parse(struct slice bytes, struct answer *out)
{
  struct slice head = slice_of(bytes.p, bytes.n < LINE_MAX ? bytes.n : LINE_MAX);
  struct cursor c = cursor_from(bytes);
  struct cursor line;
  uint64_t size = 0;

  *out = (struct answer){0};
  for (size_t i = 0;; i++) {
    if (i == head.n) {
      return head.n == LINE_MAX ? ERR_SYNTAX : ERR_TRUNCATED;
    }
    if (head.p[i] == '\n') {
      break;
    }
  }
  line = cursor_from(cursor_line(&c));
  TRY(find_kind(cursor_word(&line), &out->kind));
  TRY(cursor_parse_decimal(cursor_rest(&line), LIMIT_ADMIN_ANSWER_BYTES, &size));
  out->text = cursor_take(&c, (size_t)size);
  out->size = bytes.n - cursor_left(&c);
  return c.err;
}
