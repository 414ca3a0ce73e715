#include "daemon/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

/* Whether the call is let through, on any condition. */
static bool has(const char *name)
{
  size_t n;
  const struct filter_call *calls = calls_publisher(&n);

  for (size_t i = 0; i < n; i++) {
    if (strcmp(calls[i].name, name) == 0) {
      return calls[i].when != FILTER_REFUSED && calls[i].when != FILTER_ABSENT;
    }
  }
  return false;
}

static void nothing_that_reaches_out(void **state)
{
  static const char *const never[] = {
      "socket",        "connect",  "bind",   "listen", "socketpair",       "clone3",
      "fork",          "vfork",    "execve", "kill",   "tgkill",           "execveat",
      "ptrace",        "unlink",   "rename", "link",   "linkat",           "symlink",
      "sendmsg",       "sendmmsg", "chmod",  "chown",  "process_vm_readv", "prctl",
      "io_uring_setup"};

  (void)state;
  assert_true(has("epoll_wait"));
  assert_true(has("recvmsg"));
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
    assert_false(has(never[i]));
  }
}

static void each_stands_once(void **state)
{
  size_t n;
  const struct filter_call *calls = calls_publisher(&n);

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
      cmocka_unit_test(nothing_that_reaches_out),
      cmocka_unit_test(each_stands_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
