#include "signer/newkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

#include "signer/keyfile.h"

/* Not random at all: the bytes count on. */
static void count(void *ctx, uint8_t *out, size_t n)
{
  uint8_t *next = ctx;

  for (size_t i = 0; i < n; i++) {
    out[i] = (*next)++;
  }
}

static void plain(void **state)
{
  uint8_t next = 0;
  struct rng rng = {count, &next};
  struct newkey k CLEANUP(newkey_deinit) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};
  struct keyfile_key read;
  struct slice text;

  (void)state;
  assert_int_equal(newkey_build(&rng, slice_str(""), &k), 0);
  text = slice_of(secret_peek(k.text), k.size);
  /* The size of the Python program's keys; the content is openssl's of the same
   * seed (00 01 ... 1f). */
  assert_int_equal(text.n, 119);
  assert_true(slice_is(text, "-----BEGIN PRIVATE KEY-----\n"
                             "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                             "-----END PRIVATE KEY-----\n"));
  assert_int_equal(keyfile_parse(text, NULL, &read, &why), WIRE_STATUS_GOOD);
  assert_memory_equal(read.public_key, k.public_key, sizeof k.public_key);
}

static void encrypted(void **state)
{
  struct slice password = slice_str("a b");
  uint8_t next = 7;
  struct rng rng = {count, &next};
  struct newkey k CLEANUP(newkey_deinit) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};
  struct keyfile_key read;
  struct slice text;

  (void)state;
  assert_int_equal(newkey_build(&rng, password, &k), 0);
  text = slice_of(secret_peek(k.text), k.size);
  assert_int_equal(keyfile_parse(text, NULL, &read, &why), WIRE_STATUS_ENCRYPTED);
  assert_int_equal(keyfile_parse(text, &password, &read, &why), WIRE_STATUS_GOOD);
  assert_memory_equal(read.public_key, k.public_key, sizeof k.public_key);
}

static void new_each_time(void **state)
{
  uint8_t next = 0;
  struct rng rng = {count, &next};
  struct newkey a CLEANUP(newkey_deinit) = {0};
  struct newkey b CLEANUP(newkey_deinit) = {0};

  (void)state;
  assert_int_equal(newkey_build(&rng, slice_str(""), &a), 0);
  assert_int_equal(newkey_build(&rng, slice_str(""), &b), 0);
  assert_memory_not_equal(a.public_key, b.public_key, sizeof a.public_key);
}

/* A key that tor made comes out as it went in. */
static void as_tor_writes_it(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};
  struct newkey k CLEANUP(newkey_deinit) = {0};
  struct keyfile_key read;

  (void)state;
  fixture_load("hs_ed25519_secret_key", &content);
  assert_int_equal(keyfile_parse(buf_slice(&content), NULL, &read, &why), WIRE_STATUS_GOOD);
  assert_int_equal(newkey_of_expanded(read.expanded, &k), 0);
  assert_true(slice_equal(slice_of(secret_peek(k.text), k.size), buf_slice(&content)));
  assert_hex(k.public_key, 32, FIXTURE_TOR_PUBLIC);
}

static void no_key_is_no_file(void **state)
{
  const uint8_t nothing[ED25519_EXPANDED_SIZE] = {0};
  struct newkey k CLEANUP(newkey_deinit) = {0};

  (void)state;
  assert_int_equal(newkey_of_expanded(nothing, &k), ERR_KEY);
  assert_null(k.text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain),
      cmocka_unit_test(encrypted),
      cmocka_unit_test(new_each_time),
      cmocka_unit_test(as_tor_writes_it),
      cmocka_unit_test(no_key_is_no_file),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
