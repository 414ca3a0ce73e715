#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_equal(void **state)
{
  (void)state;
  assert_true(slice_equal(slice_str("abc"), slice_of("abcd", 3)));
  assert_false(slice_equal(slice_str("abc"), slice_str("abd")));
  assert_false(slice_equal(slice_str("abc"), slice_str("ab")));
  assert_true(slice_equal(slice_of(NULL, 0), slice_str("")));
}

static void test_is(void **state)
{
  (void)state;
  assert_true(slice_is(slice_str("abc"), "abc"));
  assert_false(slice_is(slice_str("abc"), "abcd"));
  assert_false(slice_is(slice_of("abc", 4), "abc")); /* with its NUL */
  assert_true(slice_is(slice_of(NULL, 0), ""));
}

static void test_has_prefix(void **state)
{
  (void)state;
  assert_true(slice_has_prefix(slice_str("abc"), "ab"));
  assert_true(slice_has_prefix(slice_str("abc"), "abc"));
  assert_true(slice_has_prefix(slice_str("abc"), ""));
  assert_false(slice_has_prefix(slice_str("abc"), "abcd"));
  assert_false(slice_has_prefix(slice_str("abc"), "b"));
}

static void test_skip(void **state)
{
  (void)state;
  assert_true(slice_is(slice_skip(slice_str("abc"), 0), "abc"));
  assert_true(slice_is(slice_skip(slice_str("abc"), 2), "c"));
  assert_int_equal(slice_skip(slice_str("abc"), 3).n, 0);
  assert_int_equal(slice_skip(slice_str("abc"), 4).n, 0);
  assert_int_equal(slice_skip(slice_of(NULL, 0), 1).n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal),
      cmocka_unit_test(test_is),
      cmocka_unit_test(test_has_prefix),
      cmocka_unit_test(test_skip),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
