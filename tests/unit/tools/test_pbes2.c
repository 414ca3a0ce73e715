#include "tools/pbes2.h"

#include "place.h"

#include "base/hex.h"

/* The key of tests/vectors/keys/ed25519.pem, and copies of it that openssl 3.0
 * has encrypted: "pkcs8 -topk8", with and without -scrypt. */
#define PASSPHRASE "correct horse"

static enum pbes2_outcome open_vector(const char *name, const char *passphrase, uint8_t *public_out)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  char path[PLACE_SIZE];

  place_load(place_key(name, path), &text);
  return pbes2_open(buf_slice(&text), slice_str(passphrase), public_out);
}

static void opens_what_openssl_made(void **state)
{
  uint8_t end[] = {0xa5, 0xa6, 0x0d, 0xf5};
  uint8_t key[PBES2_KEY_SIZE];
  uint8_t other[PBES2_KEY_SIZE];

  (void)state;
  assert_int_equal(open_vector("ed25519_pbkdf2.pem", PASSPHRASE, key), PBES2_GOOD);
  assert_memory_equal(key + 28, end, sizeof end);
  assert_int_equal(open_vector("ed25519_scrypt.pem", PASSPHRASE, other), PBES2_GOOD);
  assert_memory_equal(key, other, sizeof key);
  assert_int_equal(open_vector("x25519_pbkdf2.pem", PASSPHRASE, key), PBES2_OTHER);
  assert_int_equal(open_vector("ed25519_pbkdf2.pem", "wrong", key), PBES2_WRONG);
  assert_int_equal(open_vector("ed25519_pbkdf2.pem", "", key), PBES2_WRONG);
  assert_int_equal(open_vector("public.pem", PASSPHRASE, key), PBES2_WRONG);
}

static void seals(void **state)
{
  uint8_t seed[PBES2_KEY_SIZE] = {1, 2, 3};
  uint8_t salt[PBES2_SALT_SIZE] = {4, 5, 6};
  uint8_t key[PBES2_KEY_SIZE];
  uint8_t expected[PBES2_KEY_SIZE];
  uint8_t secret_key[64];
  struct secret *pem = NULL;
  struct slice text;

  (void)state;
  assert_int_equal(pbes2_seal(seed, slice_str("pw"), salt, &pem), PBES2_GOOD);
  text = slice_of(secret_peek(pem), secret_size(pem));
  assert_true(slice_has_prefix(text, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
  assert_int_equal(pbes2_open(text, slice_str("pw"), key), PBES2_GOOD);
  crypto_sign_seed_keypair(expected, secret_key, seed);
  assert_memory_equal(key, expected, sizeof key);
  assert_int_equal(pbes2_open(text, slice_str("pW"), key), PBES2_WRONG);
  secret_free(pem);
}

static void truncated(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t key[PBES2_KEY_SIZE];
  char path[PLACE_SIZE];

  (void)state;
  place_load(place_key("ed25519_pbkdf2.pem", path), &text);
  /* The last byte is a line end. */
  for (size_t n = 0; n + 1 < text.n; n++) {
    assert_int_equal(pbes2_open(slice_of(text.p, n), slice_str(PASSPHRASE), key), PBES2_WRONG);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_what_openssl_made),
      cmocka_unit_test(seals),
      cmocka_unit_test(truncated),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
