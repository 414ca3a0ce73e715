#include "balance/dues.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void in_proportion(void **state)
{
  struct due d[3] = {
      {.weight = 1, .high = 99}, {.weight = 2, .high = 99}, {.weight = 4, .high = 99}};

  (void)state;
  dues_share_out(d, 3, 14);
  assert_int_equal(d[0].whole, 2);
  assert_int_equal(d[1].whole, 4);
  assert_int_equal(d[2].whole, 8);
  assert_int_equal(d[0].part, 0);
}

static void parts_are_what_rounding_leaves(void **state)
{
  struct due d[2] = {{.weight = 1, .high = 9}, {.weight = 3, .high = 9}};

  (void)state;
  dues_share_out(d, 2, 6);
  assert_int_equal(d[0].whole, 1);
  assert_int_equal(d[0].part, DUES_SEAT / 2);
  assert_int_equal(d[1].whole, 4);
  assert_int_equal(d[1].part, DUES_SEAT / 2);
}

/* One that can have no more leaves its rest to the others by their weights. */
static void bounds_hold(void **state)
{
  struct due high[3] = {
      {.weight = 1, .high = 9}, {.weight = 2, .high = 9}, {.weight = 9, .high = 3}};
  struct due low[3] = {{.weight = 1, .low = 2, .high = 9},
                       {.weight = 20, .low = 2, .high = 9},
                       {.weight = 20, .low = 2, .high = 9}};

  (void)state;
  dues_share_out(high, 3, 9);
  assert_int_equal(high[0].whole, 2);
  assert_int_equal(high[1].whole, 4);
  assert_int_equal(high[2].whole, 3);
  dues_share_out(low, 3, 8);
  assert_int_equal(low[0].whole, 2);
  assert_int_equal(low[1].whole, 3);
  assert_int_equal(low[2].whole, 3);
}

/* Only one of both directions can be held first: the one that is off by more. */
static void both_bounds_at_once(void **state)
{
  struct due d[3] = {{.weight = 1, .low = 3, .high = 9},
                     {.weight = 30, .low = 0, .high = 4},
                     {.weight = 10, .low = 0, .high = 9}};

  (void)state;
  dues_share_out(d, 3, 10);
  assert_int_equal(d[0].whole, 3);
  assert_int_equal(d[1].whole, 4);
  assert_int_equal(d[2].whole, 3);
}

static void nothing_to_share(void **state)
{
  struct due d[2] = {{.weight = 256, .high = 4}, {.weight = 1, .high = 4}};

  (void)state;
  dues_share_out(d, 2, 0);
  assert_int_equal(d[0].whole + d[1].whole, 0);
  dues_share_out(d, 2, 8);
  assert_int_equal(d[0].whole, 4);
  assert_int_equal(d[1].whole, 4);
}

/* Nothing is lost, however weights and bounds fall. */
static void sums_are_exact(void **state)
{
  uint32_t seed = 1;

  (void)state;
  for (int k = 0; k < 2000; k++) {
    struct due d[40] = {{.weight = 0}};
    unsigned low = 0, high = 0, total, whole = 0, parts = 0;

    for (size_t i = 0; i < 40; i++) {
      seed = seed * 1664525U + 1013904223U;
      d[i] = (struct due){1 + (seed >> 24), seed >> 8 & 3, 3 + (seed >> 12 & 7), 0, 0};
      low += d[i].low;
      high += d[i].high;
    }
    total = low + (seed >> 5) % (high - low + 1);
    dues_share_out(d, 40, total);
    for (size_t i = 0; i < 40; i++) {
      whole += d[i].whole;
      parts += d[i].part > 0;
      assert_in_range(d[i].whole, d[i].low, d[i].high);
      assert_true(d[i].part == 0 || d[i].whole < d[i].high);
    }
    assert_true(whole <= total && total <= whole + parts);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(in_proportion),    cmocka_unit_test(parts_are_what_rounding_leaves),
      cmocka_unit_test(bounds_hold),      cmocka_unit_test(both_bounds_at_once),
      cmocka_unit_test(nothing_to_share), cmocka_unit_test(sums_are_exact),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
