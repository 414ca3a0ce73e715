#include "signer/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "inchild.h"
#include "version.h"

static void is_wanted_unless_refused(void **state)
{
  (void)state;
  unsetenv("ONIONBALANCE_SANDBOX");
  assert_int_equal(sandbox_is_wanted(), BUILD_HAS_SANDBOX);
  setenv("ONIONBALANCE_SANDBOX", "on", 1);
  assert_int_equal(sandbox_is_wanted(), BUILD_HAS_SANDBOX);
  sandbox_refuse();
  assert_false(sandbox_is_wanted());
  unsetenv("ONIONBALANCE_SANDBOX");
}

static int closes_both(void)
{
  static const struct filter_call calls[] = {{"write", FILTER_ALWAYS, FILTER_HERE},
                                             {"openat", FILTER_ALWAYS, FILTER_HERE},
                                             {"exit_group", FILTER_ALWAYS, FILTER_HERE},
                                             {"prlimit64", FILTER_ALWAYS, FILTER_HERE}};
  struct sandbox_needs needs = {.program = "test", .calls = calls, .n_calls = 4};
  CLEANUP(buf_deinit) struct buf how = {0};
  struct rlimit limit = {1, 1};
  bool has_landlock;

  buf_reserve(&how, 256);
  if (sandbox_close(&needs, &how) < 0 || strstr(buf_str(&how), "seccomp") == NULL) {
    return 1;
  }
  has_landlock = strstr(buf_str(&how), "no Landlock") == NULL;
  if (has_landlock && open("/dev/null", O_RDONLY) >= 0) {
    return 2;
  }
  _exit(getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur == 0 ? 0 : 3);
}

static void closes(void **state)
{
  (void)state;
  assert_int_equal(in_child(closes_both, -1), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_wanted_unless_refused),
      cmocka_unit_test(closes),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
