#include "signer/harden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything here changes the process for good, so a child does it: true if
 * the check held there. */
static bool holds_in_child(bool (*check)(void))
{
  pid_t child = fork();
  int status = 0;

  assert_true(child >= 0);
  if (child == 0) {
    _exit(check() ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_open(int fd)
{
  return fcntl(fd, F_GETFD) >= 0;
}

/* Opens descriptors 3, 4, 9 and 10. */
static void open_strays(void)
{
  dup2(0, 3);
  dup2(0, 4);
  dup2(0, 9);
  dup2(0, 10);
}

static bool keeps_one(void)
{
  open_strays();
  harden_process(9, -1);
  return is_open(0) && is_open(1) && is_open(2) && !is_open(3) && !is_open(4) && is_open(9) &&
         !is_open(10);
}

static bool keeps_the_first(void)
{
  open_strays();
  harden_process(-1, 3);
  return is_open(2) && is_open(3) && !is_open(4) && !is_open(10);
}

static bool keeps_two(void)
{
  open_strays();
  harden_process(9, 4);
  return is_open(2) && !is_open(3) && is_open(4) && is_open(9) && !is_open(10);
}

static bool keeps_neighbours(void)
{
  open_strays();
  harden_process(9, 10);
  return is_open(2) && !is_open(3) && !is_open(4) && is_open(9) && is_open(10) && !is_open(11);
}

static bool keeps_none(void)
{
  open_strays();
  harden_process(-1, -1);
  return is_open(2) && !is_open(3) && !is_open(10);
}

static bool keeps_standard_input(void)
{
  open_strays();
  harden_process(0, 0);
  return is_open(0) && is_open(2) && !is_open(3) && !is_open(10);
}

static void strays_are_closed(void **state)
{
  (void)state;
  assert_true(holds_in_child(keeps_one));
  assert_true(holds_in_child(keeps_the_first));
  assert_true(holds_in_child(keeps_two));
  assert_true(holds_in_child(keeps_neighbours));
  assert_true(holds_in_child(keeps_none));
  assert_true(holds_in_child(keeps_standard_input));
}

static bool is_hardened(void)
{
  struct rlimit core;

  harden_process(-1, -1);
  return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
         prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static void no_dumps_and_no_privileges(void **state)
{
  (void)state;
  assert_true(holds_in_child(is_hardened));
}

static bool survives_signals(void)
{
  harden_signals();
  return raise(SIGINT) == 0 && raise(SIGTERM) == 0 && raise(SIGHUP) == 0 && raise(SIGQUIT) == 0;
}

static void group_signals_are_left_to_the_parent(void **state)
{
  (void)state;
  assert_true(holds_in_child(survives_signals));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strays_are_closed),
      cmocka_unit_test(no_dumps_and_no_privileges),
      cmocka_unit_test(group_signals_are_left_to_the_parent),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
