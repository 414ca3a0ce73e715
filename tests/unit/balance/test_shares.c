#include "balance/shares.h"

#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int setup(void **state)
{
  (void)state;
  crowd_seed(1);
  return 0;
}

static void shares_are_exact_fractions(void **state)
{
  struct spread s;
  uint64_t sum = 0;

  (void)state;
  crowd_make(7, 3, 0);
  crowd_choose(NULL, false, &s);
  for (size_t i = 0; i < 7; i++) {
    struct shares_part part = shares_measure(&s, &crowd.sources[i]);

    assert_true(part.of * 7 == part.in);
    sum += part.of;
    assert_true(i < 6 || sum == part.in);
  }
  spread_deinit(&s);
}

static void nobody_asked_nobody_has_a_share(void **state)
{
  struct spread s;

  (void)state;
  crowd_make(7, 3, 0);
  memset(crowd.slots, 0, sizeof crowd.slots);
  crowd_choose(NULL, false, &s);
  assert_true(shares_measure(&s, &crowd.sources[0]).in == 0);
  assert_true(shares_measure(&s, &crowd.sources[0]).of == 0);
  spread_deinit(&s);
}

static void obstacles_by_example(void **state)
{
  static const struct {
    size_t n, points;
    unsigned first, others; /* weights */
    enum shares_obstacle obstacle;
    unsigned needs;
  } cases[] = {
      {1, 3, 1, 1, SHARES_FREE, 3},     {4, 3, 1, 1, SHARES_FREE, 3},
      {3, 3, 4, 1, SHARES_POINTS, 4},   {3, 4, 4, 1, SHARES_FREE, 4},
      {2, 3, 10, 1, SHARES_POINTS, 10}, {2, 3, 200, 1, SHARES_POINTS, 20},
      {3, 20, 1, 50, SHARES_FLOOR, 20}, {21, 3, 1, 1, SHARES_FREE, 3},
      {21, 3, 2, 1, SHARES_CROWD, 3},   {40, 20, 2, 1, SHARES_FREE, 20},
  };

  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    unsigned needs;

    crowd_make(cases[c].n, cases[c].points, 0);
    for (size_t i = 0; i < cases[c].n; i++) {
      crowd.sources[i].weight = i == 0 ? cases[c].first : cases[c].others;
    }
    assert_int_equal(shares_judge(crowd.sources, crowd.n, 0, &needs), cases[c].obstacle);
    assert_int_equal(needs, cases[c].needs);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(shares_are_exact_fractions, setup),
      cmocka_unit_test_setup(nobody_asked_nobody_has_a_share, setup),
      cmocka_unit_test_setup(obstacles_by_example, setup),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
