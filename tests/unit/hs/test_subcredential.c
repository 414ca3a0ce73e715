#include "hs/subcredential.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void want(const char *text, const uint8_t got[SUBCREDENTIAL_SIZE])
{
  uint8_t bytes[SUBCREDENTIAL_SIZE];

  assert_int_equal(hex_parse(slice_str(text), bytes, sizeof bytes), 0);
  assert_memory_equal(got, bytes, sizeof bytes);
}

/* The value is that of stem 1.8.1 (HiddenServiceDescriptorV3._subcredential)
 * and of Python's hashlib. */
static void as_stem_computes_it(void **state)
{
  struct suite *suite = suite_new();
  uint8_t blinded[32], got[SUBCREDENTIAL_SIZE];
  struct address a;

  (void)state;
  assert_non_null(suite);
  memset(blinded, 0x42, sizeof blinded);
  assert_int_equal(
      hex_parse(slice_str("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
                a.public_key, sizeof a.public_key),
      0);
  subcredential_of(suite, &a, blinded, got);
  want("c4a402fff5ef394c5091a4d35814d0ce94a9215863281730f3130eedb29804f7", got);
  suite_free(suite);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_stem_computes_it),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
