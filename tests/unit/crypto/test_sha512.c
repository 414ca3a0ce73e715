#include "crypto/sha512.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "vector.h"

static int setup(void **state)
{
  *state = sha512_new();
  return 0;
}

static int teardown(void **state)
{
  sha512_free(*state);
  sha512_free(NULL);
  return 0;
}

/* FIPS 180-4 example values. */
static void matches_published_values(void **state)
{
  const struct slice empty[2] = {{NULL, 0}, {NULL, 0}};
  struct slice abc = slice_str("abc");
  uint8_t out[SHA512_SIZE];

  sha512_message(*state, empty, &abc, 1, out);
  assert_hex(out, 64,
             "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
             "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  sha512_message(*state, empty, NULL, 0, out);
  assert_hex(out, 64,
             "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
             "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

static void parts_are_one_message(void **state)
{
  static uint8_t text[20000];
  const struct slice head[2] = {slice_of(text, 1), slice_of(text + 1, 127)};
  const struct slice parts[3] = {slice_of(text + 128, 128), slice_of(NULL, 0),
                                 slice_of(text + 256, sizeof text - 256)};
  uint8_t out[SHA512_SIZE];
  uint8_t want[SHA512_SIZE];

  for (size_t i = 0; i < sizeof text; i++) {
    text[i] = (uint8_t)(i * 7);
  }
  crypto_hash_sha512(want, text, sizeof text);
  sha512_message(*state, head, parts, 3, out);
  assert_memory_equal(out, want, sizeof out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches_published_values),
      cmocka_unit_test(parts_are_one_message),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
