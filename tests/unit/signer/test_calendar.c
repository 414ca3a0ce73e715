#include "signer/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define HOUR 3600

static void dates_are_strict(void **state)
{
  static const char *const bad[] = {"",
                                    "2026",
                                    "2026-11-2",
                                    "2026-11-233",
                                    "2026-13-01",
                                    "2026-02-30",
                                    "2026-11-23 15:44",
                                    "2026-11-23T25:00",
                                    "2026-11-23T15:4",
                                    "23.11.2026",
                                    "2026-11-23T15:44Z",
                                    "-026-11-23"};
  struct wall t;

  (void)state;
  assert_int_equal(calendar_parse(slice_str("2026-11-22"), &t), 0);
  assert_int_equal(t.s, 1795305600);
  assert_int_equal(calendar_parse(slice_str("2026-11-22T15:44"), &t), 0);
  assert_int_equal(t.s, 1795362240);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_true(calendar_parse(slice_str(bad[i]), &t) < 0);
  }
}

/* On the live network: from 00:00 before the period to 24:00 after it, and the
 * certificate as tor would make it then. */
static void a_day_is_as_on_the_live_network(void **state)
{
  struct calendar_window w = calendar_window_of(&FIXTURE_PERIOD);
  int64_t start = calendar_start(&FIXTURE_PERIOD).s;

  (void)state;
  assert_int_equal(start % 86400, 12 * HOUR);
  assert_true(start <= FIXTURE_NOW.s && FIXTURE_NOW.s < start + 86400);
  assert_int_equal(w.begin.s, start - 12 * HOUR);
  assert_int_equal(w.end.s, start + 36 * HOUR);
  assert_int_equal(calendar_expiration(&FIXTURE_PERIOD), w.begin.s / HOUR + 54);
}

/* Whatever the length: the window has the period, and the certificate outlives
 * it by more than a publisher asks for. */
static void certificates_outlive_their_windows(void **state)
{
  static const uint64_t minutes[] = {1, 4, 8, 30, 720, 1440, 2880, 14400};

  (void)state;
  for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
    struct wire_period p = {(uint64_t)FIXTURE_NOW.s / 60 / minutes[i], minutes[i]};
    struct calendar_window w = calendar_window_of(&p);
    int64_t length = (int64_t)minutes[i] * 60;

    assert_true(w.begin.s <= calendar_start(&p).s - length / 2);
    assert_true(w.end.s >= calendar_start(&p).s + length + length / 2);
    assert_true((int64_t)calendar_expiration(&p) * HOUR > w.end.s + 4 * HOUR);
  }
}

static void a_range_has_what_is_published_in_it(void **state)
{
  struct wall from = {1795305600}; /* 2026-11-22 00:00 */
  struct calendar_range r = calendar_cover(from, wall_plus(from, 1), 1440);

  (void)state;
  /* A new shared random value: the current and the next period, and the window
   * of the one before is over. */
  assert_int_equal(r.first, 20778);
  assert_int_equal(r.last, 20779);
  r = calendar_cover(wall_plus(from, -1), from, 1440);
  assert_int_equal(r.first, 20777);
  assert_int_equal(r.last, 20778);
  r = calendar_cover(from, wall_plus(from, 30 * 86400), 1440);
  assert_int_equal(r.last - r.first + 1, 31);
  for (uint64_t n = r.first - 1; n <= r.last + 1; n++) {
    struct wire_period p = {n, 1440};
    struct calendar_window w = calendar_window_of(&p);
    bool is_in = w.begin.s < from.s + 30 * 86400 && w.end.s > from.s;

    assert_int_equal(is_in, n >= r.first && n <= r.last);
  }
  r = calendar_cover((struct wall){0}, (struct wall){1}, 1440);
  assert_int_equal(r.first, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates_are_strict),
      cmocka_unit_test(a_day_is_as_on_the_live_network),
      cmocka_unit_test(certificates_outlive_their_windows),
      cmocka_unit_test(a_range_has_what_is_published_in_it),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
