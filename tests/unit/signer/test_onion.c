#include "signer/onion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* The address of hs_ed25519_public_key, worked out with Python's hashlib. */
static void address_is_as_it_should_be(void **state)
{
  struct suite *s = suite_new();
  uint8_t key[32];
  char text[ONION_TEXT_SIZE];

  (void)state;
  assert_int_equal(hex_parse(slice_str(FIXTURE_TOR_PUBLIC), key, sizeof key), 0);
  onion_format(s, key, text);
  assert_string_equal(text, "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion");
  suite_free(s);
}

static void what_is_written_is_read(void **state)
{
  static const char good[] = "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion";
  static const char *const bad[] = {
      "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.Onion",
      "Cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion",
      "ddwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion", /* checksum */
      "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iac.onion", /* version */
      "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22i1d.onion", /* no base32 */
      "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onionx",
  };
  struct suite *s = suite_new();
  uint8_t key[32];

  (void)state;
  assert_int_equal(onion_parse(s, slice_str(good), key), 0);
  assert_hex(key, 32, FIXTURE_TOR_PUBLIC);
  for (size_t n = 0; n < sizeof good - 1; n++) {
    assert_int_equal(onion_parse(s, slice_of(good, n), key), ERR_ENCODING);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_true(onion_parse(s, slice_str(bad[i]), key) < 0);
  }
  suite_free(s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(address_is_as_it_should_be),
      cmocka_unit_test(what_is_written_is_read),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
