#include "balance/timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What must hold for either kind of network. */
static void check(const struct timing *t)
{
  assert_true(t->fetch_interval > t->fetch_retry_first);
  assert_true(t->upload_retry_first < t->upload_retry_max);
  assert_true(t->republish_min < t->republish_max);
  assert_true(t->load_retry < t->load_fallback);
  assert_true(t->max_fetches >= 1 && t->max_uploads >= 1);
  /* HSDirs forget after 180 minutes, and so does what is never republished. */
  assert_true(t->stale_after > 180 * 60 * 1000);
  assert_true(t->republish_max < 180 * 60 * 1000);
}

static void values_fit_together(void **state)
{
  struct timing live = timing_for(false);
  struct timing testing = timing_for(true);

  (void)state;
  check(&live);
  check(&testing);
  /* tor's own timer, so that we cannot be told from it. */
  assert_int_equal(live.republish_min, 60 * 60 * 1000);
  assert_int_equal(live.republish_max, 120 * 60 * 1000);
}

static void testing_is_never_slower(void **state)
{
  struct timing live = timing_for(false);
  struct timing testing = timing_for(true);

  (void)state;
  assert_true(testing.fetch_interval < live.fetch_interval);
  assert_true(testing.fetch_timeout < live.fetch_timeout);
  assert_true(testing.settle <= live.settle);
  assert_true(testing.stagger <= live.stagger);
  assert_true(testing.upload_timeout < live.upload_timeout);
  assert_true(testing.load_fallback < live.load_fallback);
  assert_true(testing.microdesc_wait < live.microdesc_wait);
}

static void backoff_doubles_up_to_its_end(void **state)
{
  (void)state;
  assert_int_equal(timing_backoff(5, 0, 100), 5);
  assert_int_equal(timing_backoff(5, 1, 100), 10);
  assert_int_equal(timing_backoff(5, 4, 100), 80);
  assert_int_equal(timing_backoff(5, 5, 100), 100);
  assert_int_equal(timing_backoff(5, 6, 100), 100);
  assert_int_equal(timing_backoff(5, 4000000000U, 100), 100);
  assert_int_equal(timing_backoff(5, 4000000000U, INT64_MAX / 4), INT64_MAX / 4);
  assert_int_equal(timing_backoff(500, 0, 100), 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_fit_together),
      cmocka_unit_test(testing_is_never_slower),
      cmocka_unit_test(backoff_doubles_up_to_its_end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
