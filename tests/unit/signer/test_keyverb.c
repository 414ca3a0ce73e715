#include "signer/keyverb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "running.h"

static void a_key_is_verified(void **state)
{
  static const char onion[] = "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion";
  struct running *s = *state;
  char tor[FIXTURE_PATH], sealed[FIXTURE_PATH], passphrase[FIXTURE_PATH];

  fixture_key("hs_ed25519_secret_key", tor);
  assert_int_equal(RUN(s, "verify", "--key", tor, "--address", onion), 0);
  assert_true(fixture_has(&s->said, onion));
  assert_true(fixture_has(&s->said, "it works"));
  assert_int_equal(RUN(s, "verify", "--key", tor, "--key", s->key), 0);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--address", onion), 1);
  assert_true(fixture_has(&s->said, ", and not of 'cdwf"));
  assert_false(fixture_has(&s->said, "it works"));
  fixture_key("sealed_pkey.pem", sealed);
  fixture_write(s->folder, "passphrase", slice_str(FIXTURE_PASSPHRASE), 0600, passphrase);
  assert_int_equal(RUN(s, "verify", "--key", sealed, "--passphrase-file", passphrase), 0);
  fixture_write(s->folder, "passphrase", slice_str("wrong"), 0600, passphrase);
  assert_int_equal(RUN(s, "verify", "--key", sealed, "--passphrase-file", passphrase), 1);
  assert_true(fixture_has(&s->said, "does not fit"));
}

static void verifying_wrongly_says_what_is_wrong(void **state)
{
  struct running *s = *state;
  char path[FIXTURE_PATH];

  assert_int_equal(RUN(s, "verify"), 2);
  assert_true(fixture_has(&s->said, "no keys; --key FILE"));
  assert_int_equal(RUN(s, "verify", "--key", s->key, s->key), 2);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--key", s->key, "--address", "x"), 2);
  assert_int_equal(RUN(s, "--key", s->key, "--address", "x"), 2);
  assert_true(fixture_has(&s->said, "is an option of 'onionbalance-signer verify'"));
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--address", ""), 1);
  assert_int_equal(RUN(s, "verify", "--key", "/nonexistent"), 1);
  fixture_write(s->folder, "bad", slice_str("x"), 0600, path);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--key", path), 1);
  assert_false(fixture_has(&s->said, "it works"));
}

static void key_files_are_inspected(void **state)
{
  struct running *s = *state;
  struct buf secret = {0};
  char tor[FIXTURE_PATH], sealed[FIXTURE_PATH], other[FIXTURE_PATH], open[FIXTURE_PATH];

  fixture_key("hs_ed25519_secret_key", tor);
  assert_int_equal(RUN(s, "inspect", tor), 0);
  assert_true(fixture_has(&s->said, "format:  Tor's hs_ed25519_secret_key, not encrypted\n"));
  assert_true(fixture_has(&s->said, "address: cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxceb"));
  fixture_load("ed25519.pem", &secret);
  fixture_write(s->folder, "open", buf_slice(&secret), 0640, open);
  assert_int_equal(RUN(s, "inspect", open), 0);
  assert_true(fixture_has(&s->said, "format:  PEM (PKCS#8), not encrypted\n  owner:   "));
  assert_true(fixture_has(&s->said, "\n  mode:    0640\n"));
  if (geteuid() == 0) {
    assert_int_equal(chown(open, 0, 4294967), 0); /* a group without a name */
    assert_int_equal(RUN(s, "inspect", open), 0);
    assert_true(fixture_has(&s->said, "\n  owner:   root:4294967\n"));
  }
  assert_true(fixture_has(&s->said, "onionbalance-signer: ")); /* the warning */
  fixture_key("sealed_pkey.pem", sealed);
  assert_int_equal(RUN(s, "inspect", sealed), 0);
  assert_true(fixture_has(&s->said, "format:  PEM (PKCS#8), encrypted\n"));
  assert_true(fixture_has(&s->said, "not to be known without the passphrase"));
  fixture_key("x25519.pem", other);
  assert_int_equal(RUN(s, "inspect", tor, other), 1);
  assert_true(fixture_has(&s->said, "another kind than Ed25519"));
  assert_int_equal(RUN(s, "inspect", "/nonexistent"), 1);
  assert_int_equal(RUN(s, "inspect"), 2);
  buf_deinit(&secret);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_key_is_verified, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(verifying_wrongly_says_what_is_wrong, running_setup,
                                      running_teardown),
      cmocka_unit_test_setup_teardown(key_files_are_inspected, running_setup, running_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
