#include "signer/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>

#include "fixture.h"

#define ADDRESS "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad"

struct scene {
  struct suite *suite;
  uint8_t expanded[ED25519_EXPANDED_SIZE], public_key[ED25519_PUBLIC_SIZE];
};

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  struct buf file = {0};

  assert_true(sodium_init() >= 0);
  s->suite = suite_new();
  fixture_load("hs_ed25519_secret_key", &file);
  assert_int_equal(file.n, 32 + sizeof s->expanded);
  memcpy(s->expanded, file.p + 32, sizeof s->expanded);
  assert_int_equal(hex_parse(slice_str(FIXTURE_TOR_PUBLIC), s->public_key, 32), 0);
  buf_deinit(&file);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  suite_free(s->suite);
  free(s);
  return 0;
}

static int check(const struct scene *s)
{
  return proof_check(s->suite, s->expanded, s->public_key, &FIXTURE_PERIOD);
}

static void a_key_of_tor_works(void **state)
{
  assert_int_equal(check(*state), 0);
}

static void another_public_key_is_noticed(void **state)
{
  struct scene *s = *state;

  assert_int_equal(hex_parse(slice_str(FIXTURE_PEM_PUBLIC), s->public_key, 32), 0);
  assert_int_equal(check(s), ERR_MISMATCH);
}

static void a_changed_scalar_is_noticed(void **state)
{
  struct scene *s = *state;

  s->expanded[7] ^= 1;
  assert_int_equal(check(s), ERR_MISMATCH);
}

/* A seed with its public key, and nonces that others know. */
static void unsafe_keys_are_refused(void **state)
{
  struct scene *s = *state;

  memset(s->expanded + 32, 0, 32);
  assert_int_equal(check(s), ERR_KEY);
  memcpy(s->expanded + 32, s->public_key, 32);
  assert_int_equal(check(s), ERR_KEY);
}

static void addresses_are_compared(void **state)
{
  static const char *const good[] = {
      ADDRESS, ADDRESS ".onion", "CDWFVIPERV6UTN6LMXGJR67E5EOT7PF6AIKLUCFW6QSQMXCEBGL22IAD.Onion"};
  static const char *const bad[] = {"",
                                    ".onion",
                                    ADDRESS ".",
                                    ADDRESS ".onion.",
                                    "ddwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad",
                                    "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22ia"};
  struct scene *s = *state;

  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_true(proof_is_address(s->suite, s->public_key, slice_str(good[i])));
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_false(proof_is_address(s->suite, s->public_key, slice_str(bad[i])));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_key_of_tor_works, setup, teardown),
      cmocka_unit_test_setup_teardown(another_public_key_is_noticed, setup, teardown),
      cmocka_unit_test_setup_teardown(a_changed_scalar_is_noticed, setup, teardown),
      cmocka_unit_test_setup_teardown(unsafe_keys_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(addresses_are_compared, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
