#include "signer/bundleverb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "running.h"

#include <glob.h>

/* The recipient of the folder. */
static void make_recipient(struct running *s, char out[80])
{
  assert_int_equal(RUN(s, "recipient", s->folder), 0);
  assert_int_equal(s->said.n, 63);
  memcpy(out, s->said.p, 62);
  out[62] = '\0';
}

static void a_recipient_is_made_once(void **state)
{
  struct running *s = *state;
  char path[FIXTURE_PATH + 16], first[80], second[80];
  struct stat st;

  make_recipient(s, first);
  make_recipient(s, second);
  assert_string_equal(first, second);
  snprintf(path, sizeof path, "%s/recipient.key", s->folder);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(RUN(s, "recipient"), 2);
  assert_int_equal(RUN(s, "recipient", "/nonexistent"), 1);
  assert_true(fixture_has(&s->said, "cannot write /nonexistent/recipient.key: No such file"));
}

static void bundles_are_made_and_installed(void **state)
{
  struct running *s = *state;
  char recipient[80], pattern[FIXTURE_PATH + 32], offline[FIXTURE_PATH + 16];
  glob_t found;

  make_recipient(s, recipient);
  snprintf(offline, sizeof offline, "%s/offline", s->folder);
  assert_int_equal(mkdir(offline, 0700), 0);
  assert_int_equal(
      RUN(s, "bundle", "--to", recipient, "--days", "30", "--key", s->key, "-o", offline), 0);
  assert_true(fixture_has(&s->said, ".bundle: 3")); /* 31 or 32 time periods */
  assert_int_equal(
      RUN(s, "bundle", "--to", recipient, "--days", "30", "--key", s->key, "-o", offline), 1);
  assert_true(fixture_has(&s->said, "File exists"));
  snprintf(pattern, sizeof pattern, "%s/*.bundle", offline);
  assert_int_equal(glob(pattern, 0, NULL, &found), 0);
  assert_int_equal(found.gl_pathc, 1);
  assert_int_equal(RUN(s, "install", "--into", s->folder, found.gl_pathv[0]), 0);
  assert_int_equal(RUN(s, "install", "--into", s->folder, found.gl_pathv[0]), 0); /* once more */
  assert_true(fixture_has(&s->said, ".bundle: for "));
  assert_int_equal(RUN(s, "install", "--into", offline, found.gl_pathv[0]), 1);
  assert_true(fixture_has(&s->said, "there is no "));
  assert_int_equal(RUN(s, "install", "--into", s->folder, s->key), 1);
  assert_true(fixture_has(&s->said, "is not a bundle of onionbalance-signer"));
  globfree(&found);
}

static void wrong_use_says_what_is_wrong(void **state)
{
  struct running *s = *state;
  char to[80];

  make_recipient(s, to);
  assert_int_equal(RUN(s, "bundle", "--to", to, "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "for how long? --days N"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "--to RECIPIENT"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", "obr1x", "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "is it mistyped?"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", to), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "0", "--to", to, "--key", s->key), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "3661", "--to", to, "--key", s->key), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--from", "x", "--to", to, "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "'x' is not a date"));
  assert_int_equal(
      RUN(s, "bundle", "--days", "3", "--from", "2020-01-01", "--to", to, "--key", s->key), 1);
  assert_true(fixture_has(&s->said, "from 2020-01-01 on are over"));
  assert_int_equal(
      RUN(s, "bundle", "--days", "3", "--from", "2999-01-01", "--to", to, "--key", s->key), 1);
  assert_int_equal(
      RUN(s, "bundle", "--days", "3000", "--period-minutes", "5", "--to", to, "--key", s->key), 1);
  assert_true(fixture_has(&s->said, "take fewer days"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", to, "--key", "/nonexistent"), 1);
  assert_true(fixture_has(&s->said, "cannot read /nonexistent"));
  assert_int_equal(RUN(s, "install", s->key), 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_recipient_is_made_once, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(bundles_are_made_and_installed, running_setup,
                                      running_teardown),
      cmocka_unit_test_setup_teardown(wrong_use_says_what_is_wrong, running_setup,
                                      running_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
