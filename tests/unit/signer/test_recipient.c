#include "signer/recipient.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#include <sodium.h>

static int setup(void **state)
{
  *state = suite_new();
  return sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  suite_free(*state);
  return 0;
}

static const uint8_t secret[RECIPIENT_SIZE] = {1, 2, 3, 4};

static void text_and_back(void **state)
{
  struct suite *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf file CLEANUP(buf_wipe) = {0};
  uint8_t public_key[RECIPIENT_SIZE], again[RECIPIENT_SIZE];

  recipient_public_of(secret, public_key);
  recipient_build(s, public_key, &text);
  assert_int_equal(text.n, 62);
  assert_int_equal(recipient_parse(s, buf_slice(&text), again), 0);
  assert_memory_equal(again, public_key, sizeof again);
  recipient_secret_build(s, secret, &file);
  assert_true(fixture_has(&file, buf_str(&text)));
  assert_int_equal(recipient_secret_parse(s, buf_slice(&file), again), 0);
  assert_memory_equal(again, secret, sizeof again);
}

/* One wrong character, a missing one, one more: all are noticed. */
static void typing_mistakes_are_noticed(void **state)
{
  struct suite *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t key[RECIPIENT_SIZE];

  recipient_build(s, secret, &text);
  for (size_t i = 0; i < text.n; i++) {
    uint8_t kept = text.p[i];

    text.p[i] = kept == 'q' ? 'z' : 'q';
    assert_true(recipient_parse(s, buf_slice(&text), key) < 0);
    text.p[i] = kept;
    assert_true(recipient_parse(s, slice_of(text.p, i), key) < 0);
  }
  buf_add_u8(&text, 'a');
  assert_int_equal(recipient_parse(s, buf_slice(&text), key), ERR_ENCODING);
}

/* A secret key is not taken for a public one, or the other way round. */
static void the_two_are_told_apart(void **state)
{
  static const char *const bad[] = {"", "\n", "# only a comment\n", "OBR-SECRET-1 \n",
                                    "OBR-SECRET-2 aa\n"};
  struct suite *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf file CLEANUP(buf_wipe) = {0};
  uint8_t key[RECIPIENT_SIZE];

  recipient_build(s, secret, &text);
  assert_true(recipient_secret_parse(s, buf_slice(&text), key) < 0);
  recipient_secret_build(s, secret, &file);
  assert_true(recipient_parse(s, buf_slice(&file), key) < 0);
  for (size_t n = 0; n + 1 < file.n; n++) { /* without its last newline it is whole */
    assert_true(recipient_secret_parse(s, slice_of(file.p, n), key) < 0);
  }
  buf_add_str(&file, "more\n");
  assert_int_equal(recipient_secret_parse(s, buf_slice(&file), key), ERR_SYNTAX);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_true(recipient_secret_parse(s, slice_str(bad[i]), key) < 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_and_back),
      cmocka_unit_test(typing_mistakes_are_noticed),
      cmocka_unit_test(the_two_are_told_apart),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
