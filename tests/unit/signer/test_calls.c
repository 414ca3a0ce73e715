#include "signer/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static bool has(bool is_listening, const char *name)
{
  size_t n;
  const struct filter_call *calls = calls_get(is_listening, &n);

  for (size_t i = 0; i < n; i++) {
    if (strcmp(calls[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

static void a_connection_opens_nothing(void **state)
{
  (void)state;
  assert_true(has(false, "read"));
  assert_true(has(false, "futex")); /* the last of the common ones */
  assert_false(has(false, "accept4"));
  assert_false(has(false, "openat"));
}

static void a_listener_makes_nothing(void **state)
{
  static const char *const never[] = {"socket", "connect", "bind",   "clone",  "clone3",
                                      "fork",   "execve",  "kill",   "ptrace", "rename",
                                      "sendto", "ioctl",   "sendmsg"};

  (void)state;
  assert_true(has(true, "accept4"));
  assert_true(has(true, "openat"));
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
    assert_false(has(true, never[i]));
  }
}

static void each_stands_once(void **state)
{
  size_t n;
  const struct filter_call *calls = calls_get(true, &n);

  (void)state;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++) {
      assert_string_not_equal(calls[i].name, calls[k].name);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_connection_opens_nothing),
      cmocka_unit_test(a_listener_makes_nothing),
      cmocka_unit_test(each_stands_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
