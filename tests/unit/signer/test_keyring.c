#include "signer/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

/* Onionbalance could not serve both formats in one configuration. */
static void formats_may_be_mixed(void **state)
{
  struct keyring *k = keyring_new(3);
  char path[FIXTURE_PATH];
  uint8_t public_key[32];

  (void)state;
  assert_int_equal(keyring_count(k), 3);
  keyring_load(k, 0, fixture_key("ed25519.pem", path), NULL);
  keyring_load(k, 1, fixture_key("encrypted.pem", path), NULL);
  keyring_load(k, 2, fixture_key("hs_ed25519_secret_key", path), NULL);
  assert_int_equal(keyring_get(k, 0)->status, WIRE_STATUS_GOOD);
  assert_hex(keyring_get(k, 0)->public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_int_equal(keyring_get(k, 1)->status, WIRE_STATUS_ENCRYPTED);
  assert_true(keyring_get(k, 1)->text.n > 0);
  assert_int_equal(keyring_get(k, 2)->status, WIRE_STATUS_GOOD);
  assert_hex(keyring_get(k, 2)->public_key, 32, FIXTURE_TOR_PUBLIC);
  assert_int_equal(ed25519_public_of(keyring_expanded(k, 2), public_key), 0);
  assert_memory_equal(public_key, keyring_get(k, 2)->public_key, 32);
  keyring_free(k);
  keyring_free(NULL);
}

static void owners_share_it_and_keys_have_names(void **state)
{
  struct keyring *k = keyring_new(1);
  struct keyring *same = keyring_share(k);

  (void)state;
  assert_ptr_equal(k, same);
  assert_null(keyring_get(k, 0)->name);
  keyring_load(k, 0, "/nonexistent", NULL);
  keyring_free(k);
  assert_string_equal(keyring_get(same, 0)->name, "/nonexistent");
  keyring_free(same);
  k = keyring_new(0);
  assert_int_equal(keyring_count(k), 0);
  keyring_free(k);
}

static void begins_without_keys(void **state)
{
  struct keyring *k = keyring_new(2);

  (void)state;
  assert_int_equal(keyring_get(k, 0)->status, WIRE_STATUS_UNREADABLE);
  assert_int_equal(keyring_get(k, 1)->status, WIRE_STATUS_UNREADABLE);
  keyring_free(k);
}

static void a_file_may_be_read_again(void **state)
{
  struct keyring *k = keyring_new(1);
  char path[FIXTURE_PATH];

  (void)state;
  keyring_load(k, 0, "/nonexistent", NULL);
  assert_int_equal(keyring_get(k, 0)->status, WIRE_STATUS_UNREADABLE);
  assert_true(keyring_get(k, 0)->text.n > 0);
  keyring_load(k, 0, fixture_key("ed25519.pem", path), NULL);
  assert_int_equal(keyring_get(k, 0)->status, WIRE_STATUS_GOOD);
  keyring_free(k);
}

static void put_refuses_weak_keys(void **state)
{
  struct keyring *k = keyring_new(1);
  uint8_t seed[ED25519_SEED_SIZE] = {1};
  uint8_t expanded[ED25519_EXPANDED_SIZE];

  (void)state;
  ed25519_expand(seed, expanded);
  assert_int_equal(keyring_put(k, 0, expanded), 0);
  assert_memory_equal(keyring_expanded(k, 0), expanded, sizeof expanded);
  keyring_free(k);
  k = keyring_new(1);
  memset(expanded + 32, 0, 32);
  assert_int_equal(keyring_put(k, 0, expanded), ERR_KEY);
  assert_int_equal(keyring_get(k, 0)->status, WIRE_STATUS_UNREADABLE);
  keyring_free(k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formats_may_be_mixed),
      cmocka_unit_test(owners_share_it_and_keys_have_names),
      cmocka_unit_test(begins_without_keys),
      cmocka_unit_test(a_file_may_be_read_again),
      cmocka_unit_test(put_refuses_weak_keys),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
