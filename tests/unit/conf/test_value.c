#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void durations(void **state)
{
  static const struct {
    const char *text;
    int64_t ms;
    int err;
  } cases[] = {
      {"0s", 0, 0},
      {"1ms", 1, 0},
      {"20s", 20000, 0},
      {"90m", 5400000, 0},
      {"1h", 3600000, 0},
      {"8784h", INT64_C(31622400000), 0},
      {"8785h", 0, ERR_RANGE},
      {"99999999999999999999s", 0, ERR_RANGE},
      {"31622400001ms", 0, ERR_RANGE},
      {"", 0, ERR_SYNTAX},
      {"s", 0, ERR_SYNTAX},
      {"20", 0, ERR_SYNTAX},
      {"20 s", 0, ERR_SYNTAX},
      {"-1s", 0, ERR_SYNTAX},
      {"1.5s", 0, ERR_SYNTAX},
      {"1d", 0, ERR_SYNTAX},
      {"1S", 0, ERR_SYNTAX},
      {"1ss", 0, ERR_SYNTAX},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t ms = 0;
    int err = value_duration(slice_str(cases[i].text), &ms);

    assert_int_equal(err, cases[i].err);
    if (err == 0) {
      assert_int_equal(ms, cases[i].ms);
    }
  }
}

static void durations_in_their_largest_unit(void **state)
{
  static const struct {
    int64_t ms;
    const char *text;
  } cases[] = {{5000, "5s"}, {3600000, "1h"}, {90000, "90s"}, {120000, "2m"}, {1500, "1500ms"}};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CLEANUP(buf_deinit) struct buf b = {0};

    value_duration_build(cases[i].ms, &b);
    assert_string_equal(buf_str(&b), cases[i].text);
  }
}

static void ranges(void **state)
{
  static const unsigned bounds[2] = {100, 599};
  static const struct {
    const char *text;
    unsigned low, high;
    int err;
  } cases[] = {
      {"200", 200, 200, 0},
      {"200-399", 200, 399, 0},
      {"100-599", 100, 599, 0},
      {"99", 0, 0, ERR_RANGE},
      {"600", 0, 0, ERR_RANGE},
      {"200-600", 0, 0, ERR_RANGE},
      {"399-200", 0, 0, ERR_RANGE},
      {"", 0, 0, ERR_SYNTAX},
      {"-", 0, 0, ERR_SYNTAX},
      {"200-", 0, 0, ERR_SYNTAX},
      {"200-300-400", 0, 0, ERR_SYNTAX},
      {"2xx", 0, 0, ERR_SYNTAX},
      {"99-200", 0, 0, ERR_RANGE},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    unsigned out[2] = {0};
    int err = value_range(slice_str(cases[i].text), bounds, out);

    assert_int_equal(err, cases[i].err);
    if (err == 0) {
      assert_int_equal(out[0], cases[i].low);
      assert_int_equal(out[1], cases[i].high);
    }
  }
}

static void flags(void **state)
{
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  static const char *const neither[] = {"", "True", "1", "0", "y", "truee"};
  bool is = false;

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(value_flag(slice_str(yes[i]), &is), 0);
    assert_true(is);
    assert_int_equal(value_flag(slice_str(no[i]), &is), 0);
    assert_false(is);
  }
  for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
    assert_int_equal(value_flag(slice_str(neither[i]), &is), ERR_SYNTAX);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(durations),
      cmocka_unit_test(durations_in_their_largest_unit),
      cmocka_unit_test(ranges),
      cmocka_unit_test(flags),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
