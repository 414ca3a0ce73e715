#include "signer/bundlefile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "bundles.h"

#include <sodium.h>

struct scene {
  struct bundles bundles;
  char folder[FIXTURE_PATH], path[FIXTURE_PATH];
  struct buf sealed;
  struct buf why;
};

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);

  bundles_init(&s->bundles);
  fixture_folder(s->folder);
  bundles_seal(&s->bundles, &s->sealed);
  fixture_write(s->folder, "a.bundle", buf_slice(&s->sealed), 0644, s->path);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;
  char path[FIXTURE_PATH];

  unlink(s->path);
  snprintf(path, sizeof path, "%.4000s/" RECIPIENT_FILE, s->folder);
  unlink(path);
  rmdir(s->folder);
  bundles_deinit(&s->bundles);
  buf_deinit(&s->sealed);
  buf_deinit(&s->why);
  free(s);
  return 0;
}

static int load(struct scene *s, const uint8_t *key)
{
  struct bundlefile file CLEANUP(bundlefile_deinit) = {0};
  struct secret *secret = secret_new(RECIPIENT_SIZE);
  int err;

  memcpy(secret_bytes(secret), key, RECIPIENT_SIZE);
  buf_clear(&s->why);
  err = bundlefile_load(s->bundles.suite, s->path, secret, &file, &s->why);
  if (err == 0) {
    err = bundlefile_check(s->bundles.suite, s->path, &file, FIXTURE_NOW, &s->why);
  }
  secret_free(secret);
  return err;
}

static void reads_a_good_one(void **state)
{
  struct scene *s = *state;

  assert_int_equal(load(s, secret_peek(s->bundles.recipient)), 0);
  assert_int_equal(s->why.n, 0);
}

static void names_the_file_and_the_cure(void **state)
{
  static const uint8_t other[RECIPIENT_SIZE] = {5};
  struct scene *s = *state;
  const uint8_t *own = secret_peek(s->bundles.recipient);

  assert_int_equal(load(s, other), ERR_MISMATCH);
  assert_true(fixture_has(&s->why, "a.bundle is sealed to another recipient, obr1"));
  assert_true(fixture_has(&s->why, "make it with --to obr1"));
  s->sealed.p[s->sealed.n - 1] ^= 1;
  fixture_write(s->folder, "a.bundle", buf_slice(&s->sealed), 0644, s->path);
  assert_int_equal(load(s, own), ERR_MAC);
  assert_true(fixture_has(&s->why, "a.bundle is damaged"));
  assert_true(fixture_has(&s->why, "copy it again"));
  fixture_write(s->folder, "a.bundle", slice_str("hello"), 0644, s->path);
  assert_int_equal(load(s, own), ERR_SYNTAX);
  assert_true(fixture_has(&s->why, "a.bundle is not a bundle"));
  s->sealed.p[20] = 9;
  fixture_write(s->folder, "a.bundle", buf_slice(&s->sealed), 0644, s->path);
  assert_int_equal(load(s, own), ERR_UNSUPPORTED);
  assert_true(fixture_has(&s->why, "a newer onionbalance-signer"));
  unlink(s->path);
  assert_int_equal(load(s, own), ERR_IO);
  assert_true(fixture_has(&s->why, "a.bundle: No such file"));
}

/* Sealed well, but made by a machine that signs wrongly. */
static void a_wrong_certificate_is_seen(void **state)
{
  struct scene *s = *state;
  struct secret *plain = bundles_plain(&s->bundles);
  struct buf sealed CLEANUP(buf_deinit) = {0};

  secret_bytes(plain)[secret_size(plain) - 1] ^= 1;
  assert_int_equal(envelope_seal(s->bundles.bundling.recipient,
                                 slice_of(secret_peek(plain), secret_size(plain)), &sealed),
                   0);
  fixture_write(s->folder, "a.bundle", buf_slice(&sealed), 0644, s->path);
  assert_int_equal(load(s, secret_peek(s->bundles.recipient)), ERR_SIGNATURE);
  assert_true(fixture_has(&s->why, "a.bundle is wrong in time period 20783"));
  secret_free(plain);
}

static void the_key_is_beside_the_bundles(void **state)
{
  struct scene *s = *state;
  struct secret *key;
  char path[FIXTURE_PATH];

  assert_int_equal(bundlefile_key(s->bundles.suite, s->folder, &key, &s->why), ERR_MISSING);
  assert_true(fixture_has(&s->why, "'onionbalance-signer recipient /"));
  assert_null(key);
  bundles_write_key(&s->bundles, s->folder);
  buf_clear(&s->why);
  assert_int_equal(bundlefile_key(s->bundles.suite, s->folder, &key, &s->why), 0);
  assert_memory_equal(secret_peek(key), secret_peek(s->bundles.recipient), RECIPIENT_SIZE);
  assert_int_equal(s->why.n, 0);
  secret_free(key);
  fixture_write(s->folder, RECIPIENT_FILE, slice_str("hello\n"), 0600, path);
  assert_int_equal(bundlefile_key(s->bundles.suite, s->folder, &key, &s->why), ERR_SYNTAX);
  assert_true(fixture_has(&s->why, "is no recipient key"));
}

static void folder_of(const char *path, const char *expected)
{
  struct buf folder CLEANUP(buf_deinit) = {0};

  bundlefile_folder(path, &folder);
  assert_string_equal(buf_str(&folder), expected);
}

static void the_folder_of_a_path(void **state)
{
  struct scene *s = *state;

  folder_of(s->folder, s->folder);
  folder_of(s->path, s->folder);
  folder_of("/nonexistent.bundle", "/");
  folder_of("nonexistent.bundle", ".");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reads_a_good_one, setup, teardown),
      cmocka_unit_test_setup_teardown(names_the_file_and_the_cure, setup, teardown),
      cmocka_unit_test_setup_teardown(a_wrong_certificate_is_seen, setup, teardown),
      cmocka_unit_test_setup_teardown(the_key_is_beside_the_bundles, setup, teardown),
      cmocka_unit_test_setup_teardown(the_folder_of_a_path, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
