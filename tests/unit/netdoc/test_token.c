#include "netdoc/token.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define assert_slice(s, text) assert_true(slice_is(s, text))

static void reads_items_and_objects(void **state)
{
  struct cursor c = cursor_from(slice_str("first one two\n"
                                          "-----BEGIN SOME THING-----\n"
                                          "AAAA\n"
                                          "BB==\n"
                                          "-----END SOME THING-----\n"
                                          "second\n"
                                          "3-rd \tx  y \n"));
  struct token t;

  (void)state;
  assert_true(token_next(&c, &t));
  assert_slice(t.keyword, "first");
  assert_slice(t.args, "one two");
  assert_true(t.has_object);
  assert_slice(t.label, "SOME THING");
  assert_slice(t.object, "AAAA\nBB==\n");
  assert_true(token_next(&c, &t));
  assert_slice(t.keyword, "second");
  assert_slice(t.args, "");
  assert_false(t.has_object);
  assert_true(token_next(&c, &t));
  assert_slice(t.keyword, "3-rd");
  assert_slice(t.args, "\tx  y ");
  assert_false(token_next(&c, &t));
  assert_int_equal(cursor_finish(&c), 0);
}

static void splits_arguments(void **state)
{
  struct slice args = slice_str("\tx  y ");
  struct slice arg;

  (void)state;
  assert_true(token_arg(&args, &arg));
  assert_slice(arg, "x");
  assert_true(token_arg(&args, &arg));
  assert_slice(arg, "y");
  assert_false(token_arg(&args, &arg));
  assert_int_equal(arg.n, 0);
  args = slice_str("");
  assert_false(token_arg(&args, &arg));
}

/* The error that reading the whole text ends with. */
static int error_of(struct slice text)
{
  struct cursor c = cursor_from(text);
  struct token t;

  while (token_next(&c, &t)) {
  }
  return cursor_finish(&c);
}

static void the_last_line_may_lack_its_newline(void **state)
{
  (void)state;
  assert_int_equal(error_of(slice_str("")), 0);
  assert_int_equal(error_of(slice_str("a b")), 0);
  assert_int_equal(error_of(slice_str("a\n-----BEGIN X-----\n-----END X-----")), 0);
}

static void refuses_what_is_no_item(void **state)
{
  static const char *const bad[] = {
      "\n",
      "a\n\nb\n",
      " a\n",
      "@annotation\n",
      "a.b c\n",
      "-a\n",
      "a\r\n",
      "a\n-b\n",
      "a\n-----BEGIN -----\n-----END -----\n",
      "a\n-----BEGIN X----\nAA\n-----END X-----\n",
      "a\n-----BEGIN X-----\nAA\n-----END Y-----\n",
      "a\n-----BEGIN X-----\nAA\n-----BEGIN X-----\n",
      "a\n-----BEGIN X-----\nAA\n-----END X----\n",
      "a\n-----END X-----\n",
      "-----BEGIN X-----\nAA\n-----END X-----\n",
  };

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(error_of(slice_str(bad[i])), ERR_SYNTAX);
  }
  assert_int_equal(error_of(slice_of("a b\0c\n", 6)), ERR_SYNTAX);
  assert_int_equal(error_of(slice_of("a\n-----BEGIN X-----\nA\0\n-----END X-----\n", 39)),
                   ERR_SYNTAX);
}

static void an_object_needs_its_end(void **state)
{
  static const char text[] = "a\n-----BEGIN X-----\nAAAA\nAA==\n-----END X-----";
  size_t end_line = strlen("a\n-----BEGIN X-----\nAAAA\nAA==\n");

  (void)state;
  for (size_t n = strlen("a\n-----BEGIN X-----\n"); n <= end_line; n++) {
    assert_int_equal(error_of(slice_of(text, n)), ERR_TRUNCATED);
  }
  for (size_t n = end_line + 1; n < sizeof text - 1; n++) {
    assert_int_equal(error_of(slice_of(text, n)), ERR_SYNTAX);
  }
}

static void holds_its_limits(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_fill(&b, 'a', LIMIT_NETDOC_LINE_BYTES);
  buf_add_u8(&b, '\n');
  assert_int_equal(error_of(buf_slice(&b)), 0);
  buf_clear(&b);
  buf_add_fill(&b, 'a', LIMIT_NETDOC_LINE_BYTES + 1);
  assert_int_equal(error_of(buf_slice(&b)), ERR_TOO_LONG);
  buf_clear(&b);
  buf_add_str(&b, "a\n-----BEGIN X-----\n");
  for (size_t i = 0; i < LIMIT_NETDOC_OBJECT_BYTES; i += 64) {
    buf_add_fill(&b, 'A', 63);
    buf_add_u8(&b, '\n');
  }
  buf_add_str(&b, "-----END X-----\n");
  assert_int_equal(error_of(buf_slice(&b)), 0);
  b.n -= strlen("-----END X-----\n");
  buf_add_str(&b, "A\n-----END X-----\n");
  assert_int_equal(error_of(buf_slice(&b)), ERR_TOO_LONG);
}

enum {
  ONCE,
  MAYBE,
  ANY,
  OBJECT,
  N_RULES,
};

static const struct token_rule rules[N_RULES] = {
    [ONCE] = {.keyword = "once", .min_args = 1},
    [MAYBE] = {.keyword = "maybe", .count = TOKEN_AT_MOST_ONCE},
    [ANY] = {.keyword = "any", .variant = "kind", .min_args = 2, .count = TOKEN_ANY},
    [OBJECT] = {.keyword = "object", .label = "X", .count = TOKEN_AT_MOST_ONCE},
};

static int collect(const char *text, struct token found[N_RULES])
{
  return token_collect(slice_str(text), rules, N_RULES, found);
}

static void collects_by_rules(void **state)
{
  struct token found[N_RULES];

  (void)state;
  assert_int_equal(collect("any other\nonce a\nunknown\n-----BEGIN U-----\n-----END U-----\n"
                           "any kind 1\nany kind 2\nobject\n-----BEGIN X-----\n-----END X-----\n",
                           found),
                   0);
  assert_slice(found[ONCE].args, "a");
  assert_int_equal(found[MAYBE].keyword.n, 0);
  assert_slice(found[ANY].args, "kind 1");
  assert_true(found[OBJECT].has_object);
}

static void refuses_what_breaks_a_rule(void **state)
{
  struct token found[N_RULES];

  (void)state;
  assert_int_equal(collect("", found), ERR_MISSING);
  assert_int_equal(collect("maybe\n", found), ERR_MISSING);
  assert_int_equal(collect("once a\nonce a\n", found), ERR_DUPLICATE);
  assert_int_equal(collect("once a\nmaybe\nmaybe\n", found), ERR_DUPLICATE);
  assert_int_equal(collect("once\n", found), ERR_SYNTAX);
  assert_int_equal(collect("once a\nany kind\n", found), ERR_SYNTAX);
  assert_int_equal(collect("once a\nobject\n", found), ERR_SYNTAX);
  assert_int_equal(collect("once a\nobject\n-----BEGIN Y-----\n-----END Y-----\n", found),
                   ERR_SYNTAX);
  assert_int_equal(collect("once a\n-----BEGIN X-----\n-----END X-----\n", found), ERR_SYNTAX);
  assert_int_equal(collect("once a\n\n", found), ERR_SYNTAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_items_and_objects),
      cmocka_unit_test(splits_arguments),
      cmocka_unit_test(the_last_line_may_lack_its_newline),
      cmocka_unit_test(refuses_what_is_no_item),
      cmocka_unit_test(an_object_needs_its_end),
      cmocka_unit_test(holds_its_limits),
      cmocka_unit_test(collects_by_rules),
      cmocka_unit_test(refuses_what_breaks_a_rule),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
