#include "crypto/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

static void begins_with_zeros(void **state)
{
  struct secret *s = secret_new(100);

  (void)state;
  assert_int_equal(secret_size(s), 100);
  assert_ptr_equal(secret_bytes(s), secret_peek(s));
  for (size_t i = 0; i < 100; i++) {
    assert_int_equal(secret_peek(s)[i], 0);
  }
  memset(secret_bytes(s), 0xab, 100);
  assert_int_equal(secret_peek(s)[99], 0xab);
  secret_free(s);
  secret_free(NULL);
}

/* Runs a child that writes one byte behind a secret of n bytes; true if that
 * killed it. */
static bool overrun_kills(size_t n)
{
  pid_t child = fork();
  int status = 0;

  assert_true(child >= 0);
  if (child == 0) {
    struct rlimit no_core = {0, 0};
    struct secret *s = secret_new(n);

    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGSEGV, SIG_DFL); /* not the report of a sanitizer */
    ((volatile uint8_t *)secret_bytes(s))[n] = 1;
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

static void pages_behind_it_are_guarded(void **state)
{
  (void)state;
  assert_true(overrun_kills(1));
  assert_true(overrun_kills(64));
  assert_true(overrun_kills(4096));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_with_zeros),
      cmocka_unit_test(pages_behind_it_are_guarded),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
