#include "io/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "io/hatch.h"
#include "io/porter.h"

/* A number that no system gives to anybody. */
#define NOBODY 3999999999U

static void check_names(void)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  names_user(0, &out);
  buf_add_str(&out, " ");
  names_group(0, &out);
  buf_add_str(&out, " ");
  names_user(NOBODY, &out);
  buf_add_str(&out, " ");
  names_group(NOBODY, &out);
  assert_string_equal(buf_str(&out), "root root 3999999999 3999999999");
}

static void names_and_numbers(void **state)
{
  char name[NAMES_SIZE];

  (void)state;
  check_names();
  names_find(false, NOBODY, name);
  assert_string_equal(name, "");
}

static void serve(void *ctx, int fd)
{
  porter_serve(fd, ctx);
}

static void through_the_hatch(void **state)
{
  static struct porter_policy none;

  (void)state;
  assert_int_equal(hatch_open(serve, &none), 0);
  check_names();
  hatch_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_numbers),
      cmocka_unit_test(through_the_hatch),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
