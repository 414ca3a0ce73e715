/* Items of Tor documents, and a collection by rules. */
#include "netdoc/token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct token_rule rules[] = {
    {.keyword = "a", .min_args = 1},
    {.keyword = "b", .variant = "kind", .min_args = 2, .count = TOKEN_ANY},
    {.keyword = "c", .label = "X", .count = TOKEN_AT_MOST_ONCE},
};

#define N_RULES (sizeof rules / sizeof rules[0])

/* Aborts unless the slice lies inside of the text. */
static void must_be_inside(struct slice s, struct slice text)
{
  if (s.n > 0 && (s.p < text.p || s.p + s.n > text.p + text.n)) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct slice text = slice_of(data, size);
  struct cursor c = cursor_from(text);
  struct token found[N_RULES];
  struct token t;

  while (token_next(&c, &t)) {
    struct slice arg;

    must_be_inside(t.keyword, text);
    must_be_inside(t.label, text);
    must_be_inside(t.object, text);
    while (token_arg(&t.args, &arg)) {
      must_be_inside(arg, text);
    }
  }
  if (token_collect(text, rules, N_RULES, found) == 0 && cursor_finish(&c) < 0) {
    abort();
  }
  return 0;
}
