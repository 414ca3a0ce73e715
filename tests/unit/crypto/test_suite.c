#include "crypto/suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vector.h"

static int setup(void **state)
{
  *state = suite_new();
  return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  suite_free(*state);
  return 0;
}

/* FIPS 180-4 and FIPS 202 example values. */
static void hashes_match_published_values(void **state)
{
  struct slice abc = slice_str("abc");
  uint8_t out[64];

  suite_sha256(*state, &abc, 1, out);
  assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  suite_sha3_256(*state, &abc, 1, out);
  assert_hex(out, 32, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  suite_sha3_256(*state, NULL, 0, out);
  assert_hex(out, 32, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  suite_shake256(*state, NULL, 0, out, 64);
  assert_hex(out, 64,
             "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
             "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be");
}

static void parts_are_joined(void **state)
{
  struct slice parts[] = {slice_str("a"), slice_of(NULL, 0), slice_str("bc")};
  struct slice abc = slice_str("abc");
  uint8_t one[64];
  uint8_t many[64];

  suite_sha256(*state, &abc, 1, one);
  suite_sha256(*state, parts, 3, many);
  assert_memory_equal(one, many, 32);
  suite_sha3_256(*state, &abc, 1, one);
  suite_sha3_256(*state, parts, 3, many);
  assert_memory_equal(one, many, 32);
  suite_shake256(*state, &abc, 1, one, 64);
  suite_shake256(*state, parts, 3, many, 64);
  assert_memory_equal(one, many, 64);
}

static void shake_gives_any_length(void **state)
{
  struct slice seed = slice_str("seed");
  uint8_t longer[1000];
  uint8_t shorter[1000] = {0};

  suite_shake256(*state, &seed, 1, longer, sizeof longer);
  for (size_t n = 0; n < sizeof longer; n += 37) {
    shorter[n] = 0x5a;
    suite_shake256(*state, &seed, 1, shorter, n);
    assert_memory_equal(shorter, longer, n);
    assert_int_equal(shorter[n], 0x5a);
  }
}

/* RFC 4231, test cases 1, 2 and 6. */
static void hmac_matches_rfc_4231(void **state)
{
  uint8_t key[131];
  uint8_t out[SHA256_SIZE];

  memset(key, 0x0b, 20);
  suite_hmac_sha256(*state, slice_of(key, 20), slice_str("Hi There"), out);
  assert_hex(out, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  suite_hmac_sha256(*state, slice_str("Jefe"), slice_str("what do ya want for nothing?"), out);
  assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, sizeof key);
  suite_hmac_sha256(*state, slice_of(key, sizeof key),
                    slice_str("Test Using Larger Than Block-Size Key - Hash Key First"), out);
  assert_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* The value of HMAC with nothing at all is known too; a key of the time
 * before must not be used again. */
static void hmac_takes_an_empty_key(void **state)
{
  uint8_t out[SHA256_SIZE];

  suite_hmac_sha256(*state, slice_str("Jefe"), slice_str("x"), out);
  suite_hmac_sha256(*state, slice_of(NULL, 0), slice_of(NULL, 0), out);
  assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* NIST SP 800-38A, F.5.5. */
static void aes_matches_sp_800_38a(void **state)
{
  uint8_t key[AES256_KEY_SIZE];
  uint8_t iv[AES_IV_SIZE];
  uint8_t text[64];

  vector_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", key, 32);
  vector_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", iv, 16);
  vector_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
             "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
             text, 64);
  suite_aes256_ctr(*state, key, iv, slice_of(text, 64), text);
  assert_hex(text, 64,
             "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
             "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
  suite_aes256_ctr(*state, key, iv, slice_of(text, 0), text);
}

/* The counter carries over all 16 bytes. */
static void aes_counter_is_the_whole_iv(void **state)
{
  uint8_t key[AES256_KEY_SIZE] = {1};
  uint8_t iv[AES_IV_SIZE];
  uint8_t zeros[32] = {0};
  uint8_t first[32];
  uint8_t second[16];

  memset(iv, 0xff, sizeof iv);
  suite_aes256_ctr(*state, key, iv, slice_of(zeros, 32), first);
  memset(iv, 0, sizeof iv);
  suite_aes256_ctr(*state, key, iv, slice_of(zeros, 16), second);
  assert_memory_equal(first + 16, second, 16);
}

static void works_after_forgetting(void **state)
{
  suite_forget(*state);
  hashes_match_published_values(state);
  hmac_matches_rfc_4231(state);
  aes_matches_sp_800_38a(state);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hashes_match_published_values), cmocka_unit_test(parts_are_joined),
      cmocka_unit_test(shake_gives_any_length),        cmocka_unit_test(hmac_matches_rfc_4231),
      cmocka_unit_test(hmac_takes_an_empty_key),       cmocka_unit_test(aes_matches_sp_800_38a),
      cmocka_unit_test(aes_counter_is_the_whole_iv),   cmocka_unit_test(works_after_forgetting),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
