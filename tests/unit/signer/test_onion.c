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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(address_is_as_it_should_be),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
