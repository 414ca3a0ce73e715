/* Changes of a text, for tests that spoil one thing of a good one. Include
 * cmocka before. */
#ifndef TESTS_HS_TEXT_H
#define TESTS_HS_TEXT_H

#include "base/buf.h"

#include <string.h>

/* Replaces the first place where a stands by b; it must be there. */
static inline void text_replace(struct buf *text, const char *a, const char *b)
{
  size_t n = strlen(a);
  uint8_t *at = memmem(text->p, text->n, a, n);
  struct buf out = {0};

  assert_non_null(at);
  buf_add(&out, text->p, (size_t)(at - text->p));
  buf_add_str(&out, b);
  buf_add(&out, at + n, text->n - (size_t)(at - text->p) - n);
  buf_deinit(text);
  *text = out;
}

/* Removes everything from the first place where a stands up to, but not
 * including, the first where b does. */
static inline void text_cut(struct buf *text, const char *a, const char *b)
{
  uint8_t *from = memmem(text->p, text->n, a, strlen(a));
  uint8_t *to = memmem(text->p, text->n, b, strlen(b));

  assert_non_null(from);
  assert_non_null(to);
  assert_true(from < to);
  memmove(from, to, text->n - (size_t)(to - text->p));
  text->n -= (size_t)(to - from);
}

/* Removes everything from the first place where a stands. */
static inline void text_end_before(struct buf *text, const char *a)
{
  uint8_t *at = memmem(text->p, text->n, a, strlen(a));

  assert_non_null(at);
  text->n = (size_t)(at - text->p);
}

#endif
