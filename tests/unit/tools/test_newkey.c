#include "tools/newkey.h"

#include "place.h"

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
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  struct slice text;

  (void)state;
  assert_int_equal(newkey_build(&rng, slice_str(""), &k), 0);
  text = slice_of(secret_peek(k.pem), k.size);
  /* The size of the Python program's keys; the content is openssl's of the same
   * seed (00 01 ... 1f). */
  assert_int_equal(text.n, 119);
  assert_true(slice_is(text, "-----BEGIN PRIVATE KEY-----\n"
                             "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                             "-----END PRIVATE KEY-----\n"));
  assert_int_equal(keyfile_parse(text, NULL, expanded, public_key, &why), WIRE_STATUS_GOOD);
  assert_memory_equal(public_key, k.public_key, sizeof public_key);
}

static void encrypted(void **state)
{
  struct slice password = slice_str("a b");
  uint8_t next = 7;
  struct rng rng = {count, &next};
  struct newkey k CLEANUP(newkey_deinit) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  struct slice text;

  (void)state;
  assert_int_equal(newkey_build(&rng, password, &k), 0);
  text = slice_of(secret_peek(k.pem), k.size);
  assert_int_equal(keyfile_parse(text, NULL, expanded, public_key, &why), WIRE_STATUS_ENCRYPTED);
  assert_int_equal(keyfile_parse(text, &password, expanded, public_key, &why), WIRE_STATUS_GOOD);
  assert_memory_equal(public_key, k.public_key, sizeof public_key);
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain),
      cmocka_unit_test(encrypted),
      cmocka_unit_test(new_each_time),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
