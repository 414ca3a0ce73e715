/* What the program does besides serving, from its command line. */
#include "signer/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "running.h"

static void knows_its_verbs(void **state)
{
  (void)state;
  assert_true(verb_is("bundle") && verb_is("install") && verb_is("recipient"));
  assert_true(verb_is("allow") && verb_is("backup") && verb_is("generate") && verb_is("import"));
  assert_true(verb_is("inspect") && verb_is("restore") && verb_is("verify"));
  assert_false(verb_is("bundles") || verb_is("") || verb_is("/etc/key"));
}

/* An option that means nothing to a verb is not passed over. */
static void stray_options_are_refused(void **state)
{
  struct running *s = *state;

  assert_int_equal(RUN(s, "verify", "--key", s->key, "--days", "3"), 2);
  assert_true(fixture_has(&s->said, "--days is no option of 'onionbalance-signer verify'"));
  assert_int_equal(RUN(s, "inspect", "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "--key is no option of 'onionbalance-signer inspect'"));
  assert_int_equal(RUN(s, "generate", "--no-sandbox"), 2);
  assert_int_equal(RUN(s, "restore", "--journal", "x"), 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(knows_its_verbs),
      cmocka_unit_test_setup_teardown(stray_options_are_refused, running_setup, running_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
