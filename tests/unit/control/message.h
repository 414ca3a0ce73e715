/* One message from a text, for the tests of what reads messages. */
#ifndef TESTS_CONTROL_MESSAGE_H
#define TESTS_CONTROL_MESSAGE_H

#include "control/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Feeds a whole message; the reply is borrowed from p. */
static inline const struct reply *message(struct reply_parser *p, const char *text)
{
  struct slice in = slice_str(text);
  const struct reply *r = NULL;

  assert_int_equal(reply_parser_feed(p, &in, &r), 0);
  assert_non_null(r);
  assert_int_equal(in.n, 0);
  return r;
}

static inline void assert_slice(struct slice s, const char *text)
{
  assert_int_equal(s.n, strlen(text));
  assert_memory_equal(s.n > 0 ? (const char *)s.p : "", text, s.n);
}

#endif
