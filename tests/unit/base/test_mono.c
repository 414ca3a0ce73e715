#include "base/mono.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_due(void **state)
{
  struct mono now = {1000};

  (void)state;
  assert_true(mono_is_due(now, now));
  assert_true(mono_is_due((struct mono){999}, now));
  assert_false(mono_is_due(mono_plus(now, 1), now));
  assert_false(mono_is_due(MONO_NEVER, now));
}

static void test_earlier(void **state)
{
  (void)state;
  assert_int_equal(mono_earlier((struct mono){1}, (struct mono){2}).ms, 1);
  assert_int_equal(mono_earlier((struct mono){2}, (struct mono){1}).ms, 1);
  assert_int_equal(mono_earlier(MONO_NEVER, (struct mono){1}).ms, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_due),
      cmocka_unit_test(test_earlier),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
