#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A small generator that is good enough to count with (splitmix64). */
static void fill_mixed(void *ctx, uint8_t *out, size_t n)
{
  uint64_t *state = ctx;

  for (size_t i = 0; i < n; i++) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    out[i] = (uint8_t)(z ^ z >> 31);
  }
}

/* First the largest value, which no bound divides, then zeros. */
static void fill_high_once(void *ctx, uint8_t *out, size_t n)
{
  int *calls = ctx;

  memset(out, *calls == 0 ? 0xff : 0, n);
  *calls += 1;
}

static void test_bytes(void **state)
{
  uint64_t seed = 1;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  uint8_t a[32], b[32];

  (void)state;
  rng_bytes(&r, a, sizeof a);
  rng_bytes(&r, b, sizeof b);
  assert_memory_not_equal(a, b, sizeof a);
}

static void test_below_is_uniform(void **state)
{
  uint64_t seed = 2;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  unsigned counts[7] = {0};

  (void)state;
  for (size_t i = 0; i < 70000; i++) {
    uint64_t v = rng_below(&r, 7);

    assert_true(v < 7);
    counts[v]++;
  }
  for (size_t i = 0; i < 7; i++) {
    assert_in_range(counts[i], 9500, 10500);
  }
}

static void test_below_one(void **state)
{
  uint64_t seed = 3;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};

  (void)state;
  for (size_t i = 0; i < 100; i++) {
    assert_int_equal(rng_below(&r, 1), 0);
  }
}

/* A value from the incomplete last range is drawn again: no bias. */
static void test_below_rejects(void **state)
{
  int calls = 0;
  struct rng r = {.fill = fill_high_once, .ctx = &calls};

  (void)state;
  assert_int_equal(rng_below(&r, 10), 0);
  assert_int_equal(calls, 2);
}

static void test_between(void **state)
{
  uint64_t seed = 4;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  unsigned counts[5] = {0};

  (void)state;
  for (size_t i = 0; i < 5000; i++) {
    int64_t v = rng_between(&r, -2, 2);

    assert_true(v >= -2 && v <= 2);
    counts[v + 2]++;
  }
  for (size_t i = 0; i < 5; i++) {
    assert_in_range(counts[i], 850, 1150);
  }
  assert_int_equal(rng_between(&r, 7, 7), 7);
}

static void test_shuffle_keeps_the_items(void **state)
{
  uint64_t seed = 5;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  uint32_t items[50];
  bool seen[50] = {0};

  (void)state;
  for (uint32_t i = 0; i < 50; i++) {
    items[i] = i;
  }
  rng_shuffle(&r, items, 50, sizeof items[0]);
  for (size_t i = 0; i < 50; i++) {
    assert_in_range(items[i], 0, 49);
    assert_false(seen[items[i]]);
    seen[items[i]] = true;
  }
}

/* Each of the 6 orders of 3 items comes up about as often. */
static void test_shuffle_is_uniform(void **state)
{
  uint64_t seed = 6;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  unsigned counts[27] = {0};
  unsigned orders = 0;

  (void)state;
  for (size_t i = 0; i < 12000; i++) {
    uint8_t items[3] = {0, 1, 2};

    rng_shuffle(&r, items, 3, 1);
    counts[items[0] * 9 + items[1] * 3 + items[2]]++;
  }
  for (size_t i = 0; i < 27; i++) {
    if (counts[i] > 0) {
      assert_in_range(counts[i], 1800, 2200);
      orders++;
    }
  }
  assert_int_equal(orders, 6);
}

static void test_shuffle_few(void **state)
{
  uint64_t seed = 7;
  struct rng r = {.fill = fill_mixed, .ctx = &seed};
  uint16_t one = 7;

  (void)state;
  rng_shuffle(&r, NULL, 0, 4);
  rng_shuffle(&r, &one, 1, sizeof one);
  assert_int_equal(one, 7);
  assert_int_equal(seed, 7); /* no randomness used up */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_below_is_uniform),
      cmocka_unit_test(test_below_one),
      cmocka_unit_test(test_below_rejects),
      cmocka_unit_test(test_between),
      cmocka_unit_test(test_shuffle_keeps_the_items),
      cmocka_unit_test(test_shuffle_is_uniform),
      cmocka_unit_test(test_shuffle_few),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
