#include "signer/pbes2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include <string.h>

#include "base/limits.h"
#include "signer/keyfile.h"

static const uint8_t seed[ED25519_SEED_SIZE] = {1, 2, 3};
static const uint8_t salt[PBES2_SALT_SIZE] = {4, 5, 6};

/* Opens it as the signer does. */
static enum wire_status open_with(const struct secret *pem, struct slice password,
                                  uint8_t *public_out)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  struct keyfile_key read;
  enum wire_status status =
      keyfile_parse(slice_of(secret_peek(pem), secret_size(pem)), &password, &read, &why);

  memcpy(public_out, read.public_key, ED25519_PUBLIC_SIZE);
  return status;
}

static void seals(void **state)
{
  uint8_t key[ED25519_PUBLIC_SIZE];
  uint8_t expected[ED25519_PUBLIC_SIZE];
  uint8_t secret_key[64];
  struct secret *pem = NULL;

  (void)state;
  assert_int_equal(pbes2_seal(seed, slice_str("pw"), salt, &pem), 0);
  assert_true(slice_has_prefix(slice_of(secret_peek(pem), secret_size(pem)),
                               "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
  assert_int_equal(open_with(pem, slice_str("pw"), key), WIRE_STATUS_GOOD);
  crypto_sign_seed_keypair(expected, secret_key, seed);
  assert_memory_equal(key, expected, sizeof key);
  assert_int_equal(open_with(pem, slice_str("pW"), key), WIRE_STATUS_ENCRYPTED);
  secret_free(pem);
}

static void long_passwords(void **state)
{
  uint8_t password[LIMIT_PASSPHRASE_BYTES + 1];
  uint8_t key[ED25519_PUBLIC_SIZE];
  struct secret *pem = NULL;

  (void)state;
  memset(password, 'a', sizeof password);
  assert_int_equal(pbes2_seal(seed, slice_of(password, LIMIT_PASSPHRASE_BYTES), salt, &pem), 0);
  assert_int_equal(open_with(pem, slice_of(password, LIMIT_PASSPHRASE_BYTES), key),
                   WIRE_STATUS_GOOD);
  secret_free(pem);
  pem = NULL;
  assert_int_equal(pbes2_seal(seed, slice_of(password, sizeof password), salt, &pem), ERR_CRYPTO);
  assert_null(pem);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(seals), cmocka_unit_test(long_passwords)};

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
