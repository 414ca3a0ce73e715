#include "signer/keyload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#include <sodium.h>

static void reads_all_keys_and_keeps_their_places(void **state)
{
  char pem[FIXTURE_PATH], tor[FIXTURE_PATH];
  struct arguments_key given[] = {
      {.path = (char *)(uintptr_t)fixture_key("ed25519.pem", pem)},
      {.path = (char *)(uintptr_t) "/nonexistent"},
      {.path = (char *)(uintptr_t)fixture_key("hs_ed25519_secret_key", tor)}};
  struct arguments a = {.fd = -1, .passphrase_fd = -1, .keys = given, .n_keys = 3};
  struct keyring *keys = keyload_all(&a, true);

  (void)state;
  assert_int_equal(keyring_count(keys), 3);
  assert_hex(keyring_get(keys, 0)->public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_int_equal(keyring_get(keys, 1)->status, WIRE_STATUS_UNREADABLE);
  assert_hex(keyring_get(keys, 2)->public_key, 32, FIXTURE_TOR_PUBLIC);
  keyring_free(keys);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_all_keys_and_keeps_their_places),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
