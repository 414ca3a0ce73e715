#include "signer/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "fixture.h"

#include <sodium.h>

static const uint8_t secret[RECIPIENT_SIZE] = {9, 9}, other[RECIPIENT_SIZE] = {8};

static void seal(struct slice plain, struct buf *out)
{
  uint8_t recipient[RECIPIENT_SIZE];

  recipient_public_of(secret, recipient);
  assert_int_equal(envelope_seal(recipient, plain, out), 0);
}

static void opens_what_was_sealed(void **state)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  struct envelope e;
  struct secret *plain;

  (void)state;
  seal(slice_str("the text"), &file);
  assert_null(memmem(file.p, file.n, "the text", 8));
  assert_int_equal(envelope_parse(buf_slice(&file), &e), 0);
  assert_int_equal(envelope_open(&e, secret, &plain), 0);
  assert_int_equal(secret_size(plain), 8);
  assert_memory_equal(secret_peek(plain), "the text", 8);
  secret_free(plain);
  assert_int_equal(envelope_open(&e, other, &plain), ERR_MISMATCH);
  assert_null(plain);
}

/* Cut off anywhere, or changed anywhere: it does not open. */
static void damage_is_noticed(void **state)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  struct envelope e;
  struct secret *plain;

  (void)state;
  seal(slice_str("the text"), &file);
  for (size_t i = 0; i < file.n; i++) {
    assert_true(envelope_parse(slice_of(file.p, i), &e) < 0 ||
                envelope_open(&e, secret, &plain) == ERR_MAC);
    file.p[i] ^= 1;
    assert_true(envelope_parse(buf_slice(&file), &e) < 0 || envelope_open(&e, secret, &plain) < 0);
    file.p[i] ^= 1;
  }
}

static void says_what_is_wrong(void **state)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  struct buf large CLEANUP(buf_deinit) = {0};
  uint8_t recipient[RECIPIENT_SIZE] = {0};
  struct envelope e;

  (void)state;
  assert_int_equal(envelope_parse(slice_str("-----BEGIN PGP MESSAGE-----\n"), &e), ERR_SYNTAX);
  seal(slice_str("the text"), &file);
  file.p[20] = 2;
  assert_int_equal(envelope_parse(buf_slice(&file), &e), ERR_UNSUPPORTED);
  assert_int_equal(envelope_parse(slice_of(file.p, 20), &e), ERR_TRUNCATED);
  buf_add_fill(&large, 0, LIMIT_BUNDLE_BYTES + 1);
  assert_int_equal(envelope_seal(e.recipient, buf_slice(&large), &file), ERR_TOO_LONG);
  buf_clear(&file); /* a point of small order */
  assert_int_equal(envelope_seal(recipient, slice_str("x"), &file), ERR_KEY);
  assert_int_equal(file.n, 0);
  seal(slice_of(large.p, LIMIT_BUNDLE_BYTES), &file);
  assert_int_equal(envelope_parse(buf_slice(&file), &e), 0);
  buf_add_u8(&file, 0);
  assert_int_equal(envelope_parse(buf_slice(&file), &e), ERR_TOO_LONG);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_what_was_sealed),
      cmocka_unit_test(damage_is_noticed),
      cmocka_unit_test(says_what_is_wrong),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
