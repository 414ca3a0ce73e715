#include "base/err.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_has_its_text(void **state)
{
  (void)state;
  for (int a = ERR_NONE; a >= ERR_NOT_NOW; a--) {
    assert_string_not_equal(err_text(a), "unknown error");
    for (int b = ERR_NONE; b > a; b--) {
      assert_string_not_equal(err_text(a), err_text(b));
    }
  }
}

static void test_unknown(void **state)
{
  (void)state;
  assert_string_equal(err_text(ERR_NOT_NOW - 1), "unknown error");
  assert_string_equal(err_text(1), "unknown error");
  assert_string_equal(err_text(INT_MIN), "unknown error");
  assert_string_equal(err_text(INT_MAX), "unknown error");
}

static int returns(int err)
{
  TRY(err);
  return 7;
}

static void test_try(void **state)
{
  (void)state;
  assert_int_equal(returns(ERR_MAC), ERR_MAC);
  assert_int_equal(returns(0), 7);
  assert_int_equal(returns(1), 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_has_its_text),
      cmocka_unit_test(test_unknown),
      cmocka_unit_test(test_try),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
