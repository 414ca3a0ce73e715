#include "base/wall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Computed with date -u -d TEXT +%s. */
static const struct {
  const char *text;
  int64_t s;
} known[] = {
    {"1970-01-01 00:00:00", 0},
    {"1970-01-01 00:00:01", 1},
    {"1970-12-31 23:59:59", 31535999},
    {"1972-02-29 00:00:00", 68169600},
    {"1999-12-31 23:59:59", 946684799},
    {"2000-02-29 12:00:00", 951825600},
    {"2000-03-01 00:00:00", 951868800},
    {"2016-04-13 11:00:00", 1460545200},
    {"2026-11-22 15:44:40", 1795362280},
    {"2038-01-19 03:14:08", 2147483648},
    {"2100-02-28 23:59:59", 4107542399},
    {"2100-03-01 00:00:00", 4107542400},
    {"9999-12-31 23:59:59", 253402300799},
};

static void test_known(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    char text[WALL_TEXT_SIZE];
    struct wall t;

    assert_int_equal(wall_parse(slice_str(known[i].text), &t), 0);
    assert_int_equal(t.s, known[i].s);
    wall_format(t, text);
    assert_string_equal(text, known[i].text);
  }
}

/* Every day to 2400 agrees with the C library. */
static void test_each_day(void **state)
{
  (void)state;
  for (int64_t day = 0; day < 157055; day++) {
    time_t s = (time_t)(day * 86400 + day % 86400);
    char want[WALL_TEXT_SIZE];
    char text[WALL_TEXT_SIZE];
    struct tm tm;
    struct wall back;

    gmtime_r(&s, &tm);
    strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
    wall_format((struct wall){s}, text);
    assert_string_equal(text, want);
    assert_int_equal(wall_parse(slice_str(text), &back), 0);
    assert_int_equal(back.s, s);
  }
}

static void test_out_of_range(void **state)
{
  static const char *const bad[] = {
      "1969-12-31 23:59:59", "2026-00-01 00:00:00", "2026-13-01 00:00:00", "2026-01-00 00:00:00",
      "2026-01-32 00:00:00", "2026-04-31 00:00:00", "2026-02-29 00:00:00", "2100-02-29 00:00:00",
      "2024-02-30 00:00:00", "2026-01-01 24:00:00", "2026-01-01 00:60:00", "2026-01-01 00:00:60",
  };
  struct wall t;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(wall_parse(slice_str(bad[i]), &t), ERR_RANGE);
  }
}

static void test_malformed(void **state)
{
  static const char *const bad[] = {
      "2026/11/22 15:44:40",  "2026-11-22T15:44:40", "2026-11-22 15:44:40 ",
      " 2026-11-22 15:44:40", "2026-11-22 15.44.40", "2026-11-22 15:44:4x",
      "-026-11-22 15:44:40",  "26-11-22 15:44:40",   "2026-1-22 15:44:40",
  };
  struct wall t;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(wall_parse(slice_str(bad[i]), &t), ERR_SYNTAX);
  }
}

static void test_truncated(void **state)
{
  static const char good[] = "2026-11-22 15:44:40";
  struct wall t;

  (void)state;
  for (size_t n = 0; n < strlen(good); n++) {
    assert_true(wall_parse(slice_of(good, n), &t) < 0);
  }
  assert_int_equal(wall_parse(slice_str(good), &t), 0);
}

static void test_clamped(void **state)
{
  char text[WALL_TEXT_SIZE];

  (void)state;
  wall_format((struct wall){-1}, text);
  assert_string_equal(text, "1970-01-01 00:00:00");
  wall_format((struct wall){INT64_MIN}, text);
  assert_string_equal(text, "1970-01-01 00:00:00");
  wall_format((struct wall){253402300800}, text);
  assert_string_equal(text, "9999-12-31 23:59:59");
  wall_format((struct wall){INT64_MAX}, text);
  assert_string_equal(text, "9999-12-31 23:59:59");
}

static void test_order(void **state)
{
  struct wall a = {100};

  (void)state;
  assert_true(wall_is_before(a, wall_plus(a, 1)));
  assert_false(wall_is_before(a, a));
  assert_false(wall_is_before(a, wall_plus(a, -1)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known),        cmocka_unit_test(test_each_day),
      cmocka_unit_test(test_out_of_range), cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_truncated),    cmocka_unit_test(test_clamped),
      cmocka_unit_test(test_order),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
