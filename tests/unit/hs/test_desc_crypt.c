#include "hs/desc_crypt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct suite *suite;
static uint8_t salt[DESC_SALT_SIZE];
static uint8_t blinded[32];
static uint8_t subcredential[SUBCREDENTIAL_SIZE];

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  memset(salt, 1, sizeof salt);
  memset(blinded, 2, sizeof blinded);
  memset(subcredential, 3, sizeof subcredential);
  return suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

static void what_is_sealed_can_be_opened(void **state)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct buf plain CLEANUP(buf_deinit) = {0};
  struct desc_crypt c;

  (void)state;
  desc_crypt_init(&c, suite, blinded, subcredential, 42);
  buf_add_str(&plain, "before ");
  for (int layer = DESC_LAYER_MIDDLE; layer <= DESC_LAYER_INNER; layer++) {
    buf_clear(&sealed);
    desc_crypt_seal(&c, (enum desc_layer)layer, salt, slice_str("some text"), &sealed);
    assert_int_equal(sealed.n, DESC_SALT_SIZE + 9 + DESC_MAC_SIZE);
    assert_memory_equal(sealed.p, salt, sizeof salt);
    assert_int_equal(desc_crypt_open(&c, (enum desc_layer)layer, buf_slice(&sealed), &plain), 0);
  }
  assert_true(slice_is(buf_slice(&plain), "before some textsome text"));
}

static void the_mac_covers_everything(void **state)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct buf plain CLEANUP(buf_deinit) = {0};
  struct desc_crypt c;

  (void)state;
  desc_crypt_init(&c, suite, blinded, subcredential, 42);
  desc_crypt_seal(&c, DESC_LAYER_INNER, salt, slice_str("text"), &sealed);
  for (size_t i = 0; i < sealed.n; i++) {
    sealed.p[i] ^= 0x10;
    assert_int_equal(desc_crypt_open(&c, DESC_LAYER_INNER, buf_slice(&sealed), &plain), ERR_MAC);
    sealed.p[i] ^= 0x10;
  }
  assert_int_equal(desc_crypt_open(&c, DESC_LAYER_MIDDLE, buf_slice(&sealed), &plain), ERR_MAC);
  assert_int_equal(plain.n, 0);
}

static void every_input_of_the_keys_matters(void **state)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct buf plain CLEANUP(buf_deinit) = {0};
  uint8_t other[32] = {9};
  struct desc_crypt c;

  (void)state;
  desc_crypt_init(&c, suite, blinded, subcredential, 42);
  desc_crypt_seal(&c, DESC_LAYER_INNER, salt, slice_str("text"), &sealed);
  desc_crypt_init(&c, suite, blinded, subcredential, 43);
  assert_int_equal(desc_crypt_open(&c, DESC_LAYER_INNER, buf_slice(&sealed), &plain), ERR_MAC);
  desc_crypt_init(&c, suite, other, subcredential, 42);
  assert_int_equal(desc_crypt_open(&c, DESC_LAYER_INNER, buf_slice(&sealed), &plain), ERR_MAC);
  desc_crypt_init(&c, suite, blinded, other, 42);
  assert_int_equal(desc_crypt_open(&c, DESC_LAYER_INNER, buf_slice(&sealed), &plain), ERR_MAC);
}

/* Salt, at least one byte, MAC (tor: encrypted_data_length_is_valid). */
static void needs_room_for_text(void **state)
{
  static const uint8_t zeros[DESC_SALT_SIZE + DESC_MAC_SIZE + 1];
  struct buf plain CLEANUP(buf_deinit) = {0};
  struct desc_crypt c;

  (void)state;
  desc_crypt_init(&c, suite, blinded, subcredential, 42);
  for (size_t n = 0; n <= sizeof zeros; n++) {
    assert_int_equal(desc_crypt_open(&c, DESC_LAYER_INNER, slice_of(zeros, n), &plain),
                     n < sizeof zeros ? ERR_TRUNCATED : ERR_MAC);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sealed_can_be_opened),
      cmocka_unit_test(the_mac_covers_everything),
      cmocka_unit_test(every_input_of_the_keys_matters),
      cmocka_unit_test(needs_room_for_text),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
