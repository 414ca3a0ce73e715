#include "balance/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N 300

/* Addresses that differ only in their last bytes, in no order. */
static struct address nth(uint32_t i)
{
  struct address a = {{7}};

  i = i * 7919 % 65536;
  a.public_key[30] = (uint8_t)(i >> 8);
  a.public_key[31] = (uint8_t)i;
  return a;
}

static void fill(struct index *x, uint32_t n)
{
  index_init(x, n);
  for (uint32_t i = 0; i < n; i++) {
    x->entries[i] = (struct index_entry){nth(i), i};
  }
  index_sort(x);
}

static void finds_every_address(void **state)
{
  struct index x CLEANUP(index_deinit);
  uint32_t place;

  (void)state;
  fill(&x, N);
  for (uint32_t i = 0; i < N; i++) {
    struct address a = nth(i);

    assert_true(index_find(&x, &a, &place));
    assert_int_equal(place, i);
  }
}

static void finds_no_other(void **state)
{
  struct index x CLEANUP(index_deinit);
  struct address zero = {{0}};
  uint32_t place = 77;

  (void)state;
  fill(&x, N);
  for (uint32_t i = N; i < 2 * N; i++) {
    struct address a = nth(i);

    assert_false(index_find(&x, &a, &place));
  }
  assert_false(index_find(&x, &zero, &place));
  assert_int_equal(place, 77);
}

static void an_empty_one_has_nothing(void **state)
{
  struct index x CLEANUP(index_deinit);
  struct address a = nth(0);
  uint32_t place;

  (void)state;
  fill(&x, 0);
  assert_false(index_find(&x, &a, &place));
  assert_null(index_at(&x, &a));
}

static void the_place_can_be_changed(void **state)
{
  struct index x CLEANUP(index_deinit);
  struct address a = nth(5);
  uint32_t place;

  (void)state;
  fill(&x, 10);
  *index_at(&x, &a) = 99;
  assert_true(index_find(&x, &a, &place));
  assert_int_equal(place, 99);
}

static void duplicates_can_be_left_out(void **state)
{
  struct index x CLEANUP(index_deinit);
  uint32_t place;

  (void)state;
  index_init(&x, 30);
  for (uint32_t i = 0; i < 30; i++) {
    x.entries[i] = (struct index_entry){nth(i % 10), i};
  }
  index_sort(&x);
  index_unique(&x);
  assert_int_equal(x.n, 10);
  for (uint32_t i = 0; i < 10; i++) {
    struct address a = nth(i);

    assert_true(index_find(&x, &a, &place));
    assert_int_equal(place % 10, i);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_every_address),        cmocka_unit_test(finds_no_other),
      cmocka_unit_test(an_empty_one_has_nothing),   cmocka_unit_test(the_place_can_be_changed),
      cmocka_unit_test(duplicates_can_be_left_out),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
