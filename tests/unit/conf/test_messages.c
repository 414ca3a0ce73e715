#include "conf/messages.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *format(const struct messages *m, size_t i, struct buf *out)
{
  buf_clear(out);
  messages_format(m, i, out);
  return buf_str(out);
}

static void test_format(void **state)
{
  struct messages m;
  struct buf out = {0};

  (void)state;
  messages_init(&m, "/etc/config.yaml");
  messages_error(&m, (struct place){3, 5}, "bad %s", "thing");
  messages_warn(&m, (struct place){0}, "odd");
  assert_string_equal(format(&m, 0, &out), "/etc/config.yaml:3:5: bad thing");
  assert_string_equal(format(&m, 1, &out), "/etc/config.yaml: odd");
  assert_int_equal(m.items[0].level, LOG_LEVEL_ERROR);
  assert_int_equal(m.items[1].level, LOG_LEVEL_WARNING);
  assert_int_equal(m.n_errors, 1);
  buf_deinit(&out);
  messages_deinit(&m);
}

static void test_sort(void **state)
{
  struct messages m;

  (void)state;
  messages_init(&m, "f");
  messages_error(&m, (struct place){3, 1}, "d");
  messages_error(&m, (struct place){1, 9}, "b");
  messages_error(&m, (struct place){1, 9}, "c");
  messages_error(&m, (struct place){0, 0}, "a");
  messages_sort(&m);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(m.items[i].text[0], 'a' + (int)i);
  }
  messages_deinit(&m);
}

static void test_limit(void **state)
{
  struct messages m;

  (void)state;
  messages_init(&m, "f");
  for (size_t i = 0; i < LIMIT_CONFIG_MESSAGES + 5; i++) {
    messages_error(&m, (struct place){1, 1}, "again");
  }
  assert_int_equal(m.n, LIMIT_CONFIG_MESSAGES);
  assert_int_equal(m.n_errors, LIMIT_CONFIG_MESSAGES + 5);
  assert_int_equal(m.n_left_out, 5);
  messages_deinit(&m);
}

static void test_quote(void **state)
{
  struct buf out = {0};

  (void)state;
  messages_quote(slice_of("a\n\0\x7f\xff", 5), &out);
  assert_string_equal(buf_str(&out), "\"a\\x0a\\x00\\x7f\\xff\"");
  buf_clear(&out);
  messages_quote(slice_of(NULL, 0), &out);
  assert_string_equal(buf_str(&out), "\"\"");
  buf_deinit(&out);
}

static void test_quote_cuts(void **state)
{
  char value[LIMIT_QUOTE_BYTES + 1];
  struct buf out = {0};

  (void)state;
  memset(value, 'x', sizeof value);
  messages_quote(slice_of(value, LIMIT_QUOTE_BYTES), &out);
  assert_int_equal(out.n, LIMIT_QUOTE_BYTES + 2);
  buf_clear(&out);
  messages_quote(slice_of(value, sizeof value), &out);
  assert_int_equal(out.n, LIMIT_QUOTE_BYTES + 5);
  assert_string_equal(buf_str(&out) + LIMIT_QUOTE_BYTES, "x\"...");
  buf_deinit(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_format),     cmocka_unit_test(test_sort),
      cmocka_unit_test(test_limit),      cmocka_unit_test(test_quote),
      cmocka_unit_test(test_quote_cuts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
