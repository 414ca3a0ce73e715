#include "netdoc/token.h"

#include "base/limits.h"

#include <string.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

static bool is_keyword_char(uint8_t c)
{
  return (c >= 'a' && c <= 'z') || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(uint8_t c)
{
  return c == ' ' || c == '\t';
}

static struct slice take_line(struct cursor *c)
{
  struct slice line = cursor_line(c);

  if (line.n > LIMIT_NETDOC_LINE_BYTES) {
    cursor_fail(c, ERR_TOO_LONG);
  } else if (line.n > 0 && memchr(line.p, 0, line.n) != NULL) {
    cursor_fail(c, ERR_SYNTAX);
  }
  return line;
}

/* Splits a keyword line; an empty keyword is an error of the caller's. */
static void split_line(struct slice line, struct token *out)
{
  size_t n = 0;

  while (n < line.n && is_keyword_char(line.p[n])) {
    n++;
  }
  out->keyword = slice_of(line.p, n);
  out->args = slice_skip(line, n);
  if (out->args.n > 0 && !is_blank(out->args.p[0])) {
    out->keyword.n = 0; /* a byte that no keyword has */
  }
  out->args = slice_skip(out->args, 1);
}

/* The label of a line that begins with the mark and ends with five dashes;
 * an empty slice if it is no such line. */
static struct slice mark_label(struct slice line, const char *mark)
{
  size_t n_mark = strlen(mark);
  size_t n_dashes = sizeof dashes - 1;

  if (line.n <= n_mark + n_dashes || !slice_has_prefix(line, mark) ||
      !slice_is(slice_skip(line, line.n - n_dashes), dashes)) {
    return slice_of(line.p, 0);
  }
  return slice_of(line.p + n_mark, line.n - n_mark - n_dashes);
}

/* Reads the object that begins at the cursor. */
static void read_object(struct cursor *c, struct token *out)
{
  const uint8_t *start;

  out->has_object = true;
  out->label = mark_label(take_line(c), begin_mark);
  if (out->label.n == 0) {
    cursor_fail(c, ERR_SYNTAX);
    return;
  }
  start = c->at;
  for (;;) {
    const uint8_t *end = c->at;
    struct slice line = take_line(c);

    if (c->err < 0) {
      return;
    }
    if ((size_t)(end - start) > LIMIT_NETDOC_OBJECT_BYTES) {
      cursor_fail(c, ERR_TOO_LONG);
      return;
    }
    if (line.n > 0 && line.p[0] == '-') {
      out->object = slice_of(start, (size_t)(end - start));
      if (!slice_equal(mark_label(line, end_mark), out->label)) {
        cursor_fail(c, ERR_SYNTAX);
      }
      return;
    }
  }
}

bool token_next(struct cursor *c, struct token *out)
{
  *out = (struct token){0};
  if (cursor_left(c) == 0) {
    return false;
  }
  split_line(take_line(c), out);
  if (out->keyword.n == 0 || out->keyword.p[0] == '-') {
    cursor_fail(c, ERR_SYNTAX);
    return false;
  }
  if (cursor_left(c) > 0 && c->at[0] == '-') {
    read_object(c, out);
  }
  return c->err == 0;
}

bool token_arg(struct slice *args, struct slice *out)
{
  size_t skip = 0;
  size_t n = 0;

  while (skip < args->n && is_blank(args->p[skip])) {
    skip++;
  }
  *args = slice_skip(*args, skip);
  while (n < args->n && !is_blank(args->p[n])) {
    n++;
  }
  *out = slice_of(args->p, n);
  *args = slice_skip(*args, n);
  return n > 0;
}

static size_t count_args(struct slice args)
{
  struct slice arg;
  size_t n = 0;

  while (token_arg(&args, &arg)) {
    n++;
  }
  return n;
}

static bool rule_is_for(const struct token_rule *rule, const struct token *t)
{
  struct slice args = t->args;
  struct slice first;

  if (!slice_is(t->keyword, rule->keyword)) {
    return false;
  }
  if (rule->variant == NULL) {
    return true;
  }
  token_arg(&args, &first);
  return slice_is(first, rule->variant);
}

/* Checks an item by its rule and keeps it. */
static int apply_rule(const struct token_rule *rule, const struct token *t, struct token *found)
{
  if (found->keyword.n > 0) {
    return rule->count == TOKEN_ANY ? 0 : ERR_DUPLICATE;
  }
  if (t->has_object != (rule->label != NULL) || count_args(t->args) < rule->min_args) {
    return ERR_SYNTAX;
  }
  if (rule->label != NULL && !slice_is(t->label, rule->label)) {
    return ERR_SYNTAX;
  }
  *found = *t;
  return 0;
}

int token_collect(struct slice text, const struct token_rule *rules, size_t n, struct token *found)
{
  struct cursor c = cursor_from(text);
  struct token t;

  memset(found, 0, n * sizeof *found);
  while (token_next(&c, &t)) {
    for (size_t i = 0; i < n; i++) {
      if (rule_is_for(&rules[i], &t)) {
        TRY(apply_rule(&rules[i], &t, &found[i]));
        break;
      }
    }
  }
  TRY(cursor_finish(&c));
  for (size_t i = 0; i < n; i++) {
    if (rules[i].count == TOKEN_ONCE && found[i].keyword.n == 0) {
      return ERR_MISSING;
    }
  }
  return 0;
}
