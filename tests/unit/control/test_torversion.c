#include "control/torversion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool is_before(const char *version, const char *other)
{
  return torversion_is_before(slice_str(version), other);
}

static void order(void **state)
{
  (void)state;
  assert_true(is_before("0.3.5.18", "0.4.1"));
  assert_true(is_before("0.4.0.9", "0.4.1"));
  assert_false(is_before("0.4.1.1-alpha", "0.4.1"));
  assert_false(is_before("0.4.9.11", "0.4.1"));
  assert_false(is_before("0.4.10", "0.4.9"));
  assert_false(is_before("1.0.0", "0.4.1"));
  assert_true(is_before("0.4.1", "1.0.0"));
}

/* What cannot be read is not called old. */
static void unreadable(void **state)
{
  static const char *const texts[] = {"", "0", "0.", "0.3", "0.3.", "x.3.1", "0.99999999999.1"};

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    assert_false(is_before(texts[i], "0.4.1"));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(order),
      cmocka_unit_test(unreadable),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
