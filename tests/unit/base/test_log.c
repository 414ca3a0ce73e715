#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *line_of(struct buf *out, struct slice text)
{
  struct wall t;

  assert_int_equal(wall_parse(slice_str("2026-11-22 15:44:40"), &t), 0);
  buf_clear(out);
  log_line_build(t, 569, LOG_LEVEL_WARNING, text, out);
  return buf_str(out);
}

static void test_line(void **state)
{
  struct buf out = {0};

  (void)state;
  assert_string_equal(line_of(&out, slice_str("a text")),
                      "2026-11-22 15:44:40,569 [WARNING]: a text\n");
  assert_string_equal(line_of(&out, slice_of(NULL, 0)), "2026-11-22 15:44:40,569 [WARNING]: \n");
  buf_deinit(&out);
}

static void test_milliseconds_have_three_digits(void **state)
{
  struct buf out = {0};

  (void)state;
  log_line_build((struct wall){0}, 5, LOG_LEVEL_INFO, slice_str("x"), &out);
  assert_string_equal(buf_str(&out), "1970-01-01 00:00:00,005 [INFO]: x\n");
  buf_deinit(&out);
}

static void test_hostile_bytes_are_escaped(void **state)
{
  struct buf out = {0};

  (void)state;
  assert_string_equal(line_of(&out, slice_of("a\nb\r\x1b[31m\0\x7f\xc3\xa4~", 14)),
                      "2026-11-22 15:44:40,569 [WARNING]: "
                      "a\\x0ab\\x0d\\x1b[31m\\x00\\x7f\\xc3\\xa4~\n");
  buf_deinit(&out);
}

static void test_no_byte_ends_the_line(void **state)
{
  struct buf out = {0};

  (void)state;
  for (unsigned v = 0; v < 256; v++) {
    uint8_t byte = (uint8_t)v;
    const char *line = line_of(&out, slice_of(&byte, 1));

    assert_int_equal(strlen(line), out.n);
    for (size_t i = 0; i + 1 < out.n; i++) {
      assert_in_range((uint8_t)line[i], 0x20, 0x7e);
    }
    assert_int_equal(line[out.n - 1], '\n');
  }
  buf_deinit(&out);
}

static void test_levels(void **state)
{
  static const char *const words[] = {"debug", "info", "warning", "error", "critical"};

  (void)state;
  for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
    enum log_level level;

    assert_int_equal(log_level_parse(slice_str(words[i]), &level), 0);
    assert_int_equal(level, i);
    assert_int_equal(log_level_parse(slice_str(log_level_name(level)), &level), 0);
    assert_int_equal(level, i);
  }
}

/* Words that the Python program takes as well. */
static void test_other_words(void **state)
{
  enum log_level level;

  (void)state;
  assert_int_equal(log_level_parse(slice_str("warn"), &level), 0);
  assert_int_equal(level, LOG_LEVEL_WARNING);
  assert_int_equal(log_level_parse(slice_str("Fatal"), &level), 0);
  assert_int_equal(level, LOG_LEVEL_CRITICAL);
}

static void test_bad_levels(void **state)
{
  static const char *const bad[] = {"", "inf", "infos", "warni", "1", " info"};
  enum log_level level;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(log_level_parse(slice_str(bad[i]), &level), ERR_SYNTAX);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_line),
      cmocka_unit_test(test_milliseconds_have_three_digits),
      cmocka_unit_test(test_hostile_bytes_are_escaped),
      cmocka_unit_test(test_no_byte_ends_the_line),
      cmocka_unit_test(test_levels),
      cmocka_unit_test(test_other_words),
      cmocka_unit_test(test_bad_levels),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
