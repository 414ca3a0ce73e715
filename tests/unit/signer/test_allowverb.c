#include "signer/allowverb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "running.h"

#define ADDRESS "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion"

/* Only a file that is there: a signer has made it. */
static void approvals_are_appended(void **state)
{
  struct running *s = *state;
  char path[FIXTURE_PATH];
  const char *words[] = {"allow",    "--approvals", path,    "--keys", "7",
                         "--period", "20779/1440",  ADDRESS, NULL};
  const char *bad[] = {"allow", "--approvals", path, "--period", "20779/1440", "x" ADDRESS, NULL};
  CLEANUP(buf_deinit) struct buf content = {0};
  FILE *f;

  snprintf(path, sizeof path, "%.4000s/nothing", s->folder);
  assert_int_equal(running_run(s, words), 1);
  assert_true(fixture_has(&s->said, "No such file or directory (a signer makes it"));
  fixture_write(s->folder, "approvals", slice_str("cut"), 0600, path);
  assert_int_equal(running_run(s, words), 0);
  assert_true(fixture_has(&s->said, " " ADDRESS " period 20779/1440 keys 7\n"));
  words[3] = "--keys=1000";
  words[4] = "--period=20780/1440";
  words[5] = ADDRESS;
  words[6] = NULL;
  assert_int_equal(running_run(s, words), 0);
  f = fopen(path, "rb");
  assert_non_null(f);
  buf_used(&content, fread(buf_reserve(&content, 4096), 1, 4096, f));
  fclose(f);
  assert_memory_equal(buf_str(&content), "cut\n20", 6);
  assert_true(fixture_has(&content, " keys 7\n20"));
  assert_true(fixture_has(&content, " period 20780/1440 keys 1000\n"));
  assert_int_equal(running_run(s, bad), 2);
  assert_true(fixture_has(&s->said, "is no address of a frontend"));
  bad[4] = "20779";
  assert_int_equal(running_run(s, bad), 2);
  assert_true(fixture_has(&s->said, "is not NUMBER/MINUTES"));
  bad[5] = NULL;
  assert_int_equal(running_run(s, bad), 2);
  assert_true(fixture_has(&s->said, "allow: needs --approvals FILE"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(approvals_are_appended, running_setup, running_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
