#include "tools/oldkey.h"

#include "place.h"

#include "base/limits.h"

/* Loads a copy of a vector that only its owner may read. */
static enum oldkey_outcome load(const struct place_dir *d, const char *name, struct oldkey *k,
                                struct buf *text)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  enum oldkey_outcome outcome;
  char path[PLACE_SIZE];

  place_load(place_key(name, path), &content);
  place_write(d, "key", buf_slice(&content));
  assert_int_equal(chmod(place_path(d, "key", path), 0600), 0);
  outcome = oldkey_load(path, k, text);
  if (outcome != OLDKEY_BAD) {
    assert_true(
        slice_equal(slice_of(secret_peek(k->file.content), k->file.n), buf_slice(&content)));
  }
  return outcome;
}

static void both_formats(void **state)
{
  uint8_t end[] = {0xa5, 0xa6, 0x0d, 0xf5}; /* as openssl prints it */
  struct oldkey k CLEANUP(oldkey_deinit) = {0};
  struct oldkey tor CLEANUP(oldkey_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf of_tor CLEANUP(buf_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(load(*state, "ed25519.pem", &k, &text), OLDKEY_GOOD);
  assert_memory_equal(k.public_key + 28, end, sizeof end);
  assert_int_equal(load(*state, "hs_ed25519_secret_key", &tor, &text), OLDKEY_GOOD);
  place_load(place_key("hs_ed25519_public_key", path), &of_tor);
  assert_memory_equal(tor.public_key, of_tor.p + 32, 32);
  assert_int_equal(text.n, 0);
}

static void encrypted(void **state)
{
  struct oldkey k CLEANUP(oldkey_deinit) = {0};
  struct oldkey other CLEANUP(oldkey_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t end[] = {0xa5, 0xa6, 0x0d, 0xf5};

  assert_int_equal(load(*state, "ed25519_scrypt.pem", &k, &text), OLDKEY_ENCRYPTED);
  assert_int_equal(text.n, 0);
  assert_int_equal(oldkey_open(&k, slice_str("wrong"), &text), OLDKEY_ENCRYPTED);
  assert_int_equal(text.n, 0);
  assert_int_equal(oldkey_open(&k, slice_str("correct horse"), &text), OLDKEY_GOOD);
  assert_memory_equal(k.public_key + 28, end, sizeof end);
  assert_int_equal(load(*state, "x25519_pbkdf2.pem", &other, &text), OLDKEY_ENCRYPTED);
  assert_int_equal(oldkey_open(&other, slice_str("correct horse"), &text), OLDKEY_BAD);
  assert_string_equal(buf_str(&text), "holds a key of another kind than Ed25519");
}

static void bad(void **state)
{
  static const char *const names[] = {"public.pem", "x25519.pem", "hs_ed25519_public_key",
                                      "ec_old_encrypted.pem"};
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t zeros[LIMIT_KEY_FILE_BYTES + 1] = {0};
  char path[PLACE_SIZE];
  struct oldkey k;

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    buf_clear(&text);
    assert_int_equal(load(*state, names[i], &k, &text), OLDKEY_BAD);
    assert_true(text.n > 0);
    oldkey_deinit(&k);
  }
  buf_clear(&text);
  assert_int_equal(oldkey_load("/nonexistent/key", &k, &text), OLDKEY_BAD);
  assert_string_equal(buf_str(&text), "cannot read /nonexistent/key: No such file or directory");
  place_write(*state, "large", slice_of(zeros, sizeof zeros));
  assert_int_equal(oldkey_load(place_path(*state, "large", path), &k, &text), OLDKEY_BAD);
  oldkey_deinit(&k);
}

static void permissions(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct oldkey k CLEANUP(oldkey_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(load(*state, "ed25519.pem", &k, &text), OLDKEY_GOOD);
  oldkey_deinit(&k);
  assert_int_equal(chmod(place_path(*state, "key", path), 0644), 0);
  assert_int_equal(oldkey_load(path, &k, &text), OLDKEY_GOOD);
  assert_non_null(strstr(buf_str(&text), "chmod 600"));
  oldkey_deinit(&k);
  assert_int_equal(chmod(path, 0666), 0);
  assert_int_equal(oldkey_load(path, &k, &text), OLDKEY_BAD);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(both_formats, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(encrypted, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(bad, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(permissions, place_setup, place_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
