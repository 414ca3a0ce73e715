#include "signer/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define HOUR 3600

static enum policy_verdict period(uint64_t number, uint64_t minutes)
{
  return policy_period(&(struct wire_period){number, minutes}, FIXTURE_NOW);
}

/* Previous, current and next period are what a service has; one more each way
 * is for a publisher whose consensus or clock is off. */
static void periods_around_now_are_granted(void **state)
{
  (void)state;
  for (uint64_t n = 20777; n <= 20781; n++) {
    assert_int_equal(period(n, 1440), POLICY_GRANTED);
  }
  assert_int_equal(period(20775, 1440), POLICY_PERIOD_PAST);
  assert_int_equal(period(0, 1440), POLICY_PERIOD_PAST);
  assert_int_equal(period(20783, 1440), POLICY_PERIOD_FUTURE);
  assert_int_equal(period(30000, 1440), POLICY_PERIOD_FUTURE);
}

/* hsdir_interval may be anything from 5 minutes to 10 days. */
static void other_lengths_too(void **state)
{
  static const uint64_t minutes[] = {1, 2, 4, 8, 30, 720, 1440, 14400};

  (void)state;
  for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
    for (int64_t offset = 0; offset <= 12 * HOUR; offset += HOUR) {
      uint64_t now = (uint64_t)(FIXTURE_NOW.s - offset) / 60 / minutes[i];

      assert_int_equal(period(now - 1, minutes[i]), POLICY_GRANTED);
      assert_int_equal(period(now, minutes[i]), POLICY_GRANTED);
      assert_int_equal(period(now + 1, minutes[i]), POLICY_GRANTED);
      assert_int_equal(period(now + 4000, minutes[i]), POLICY_PERIOD_FUTURE);
      assert_int_equal(period(now > 4000 ? now - 4000 : 0, minutes[i]), POLICY_PERIOD_PAST);
    }
  }
}

static void window_has_exact_edges(void **state)
{
  struct wire_period p = {20000, 1440};
  int64_t start = (int64_t)20000 * 1440 * 60;
  int64_t last = start + (24 + 12 + 48) * HOUR;

  (void)state;
  assert_int_equal(policy_period(&p, (struct wall){start - 48 * HOUR - 1}), POLICY_PERIOD_FUTURE);
  assert_int_equal(policy_period(&p, (struct wall){start - 48 * HOUR}), POLICY_GRANTED);
  assert_int_equal(policy_period(&p, (struct wall){last}), POLICY_GRANTED);
  assert_int_equal(policy_period(&p, (struct wall){last + 1}), POLICY_PERIOD_PAST);
}

static void lengths_are_bounded(void **state)
{
  (void)state;
  assert_int_equal(period(1, 0), POLICY_PERIOD_LENGTH);
  assert_int_equal(period(1, 14401), POLICY_PERIOD_LENGTH);
  assert_int_equal(period(1, UINT64_MAX), POLICY_PERIOD_LENGTH);
}

static void huge_numbers_do_not_overflow(void **state)
{
  (void)state;
  assert_int_equal(period(UINT64_MAX, 1440), POLICY_PERIOD_FUTURE);
  assert_int_equal(period(UINT64_MAX / 86400 + 20779, 1440), POLICY_PERIOD_FUTURE);
  assert_int_equal(period((uint64_t)1 << 40, 14400), POLICY_PERIOD_FUTURE);
}

static void expiry_is_in_the_near_future(void **state)
{
  uint32_t hour = (uint32_t)(FIXTURE_NOW.s / HOUR);
  struct wall full = {(int64_t)hour * HOUR};

  (void)state;
  assert_int_equal(policy_expiry(FIXTURE_EXPIRES, FIXTURE_NOW), POLICY_GRANTED);
  assert_int_equal(policy_expiry(hour, full), POLICY_EXPIRY_PAST);
  assert_int_equal(policy_expiry(hour + 1, full), POLICY_GRANTED);
  assert_int_equal(policy_expiry(hour + 60, full), POLICY_GRANTED);
  assert_int_equal(policy_expiry(hour + 61, full), POLICY_EXPIRY_FUTURE);
  assert_int_equal(policy_expiry(0, full), POLICY_EXPIRY_PAST);
  assert_int_equal(policy_expiry(UINT32_MAX, full), POLICY_EXPIRY_FUTURE);
}

static void each_verdict_has_a_text(void **state)
{
  (void)state;
  for (int v = POLICY_GRANTED; v <= POLICY_EXPIRY_FUTURE; v++) {
    for (int w = POLICY_GRANTED; w < v; w++) {
      assert_string_not_equal(policy_text((enum policy_verdict)v),
                              policy_text((enum policy_verdict)w));
    }
  }
  assert_non_null(policy_text((enum policy_verdict)99));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(periods_around_now_are_granted),
      cmocka_unit_test(other_lengths_too),
      cmocka_unit_test(window_has_exact_edges),
      cmocka_unit_test(lengths_are_bounded),
      cmocka_unit_test(huge_numbers_do_not_overflow),
      cmocka_unit_test(expiry_is_in_the_near_future),
      cmocka_unit_test(each_verdict_has_a_text),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
