#include "crypto/blind.h"

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

/* Computed with hashlib.sha3_256 of Python, from the formula of
 * rend-spec-v3.txt appendix A.2. */
static const struct {
  uint64_t number;
  uint64_t minutes;
  const char *factor;
} factors[] = {
    {16903, 1440, "98287582d55c5d24d222034f84063ae17e0dd8a03e4666b058d01ffd6f239557"},
    {1, 4, "0081b6bab9ee07005fd6b690cf29ff7e0feed3cc392445c4fb5fa53bc6cbbd49"},
    {1099511627781, 1440, "10459a01a2997bd9d5032c089e6daa47e9b1a27954c3ece12a79576a62ea6c5e"},
};

static void factor_matches_the_formula(void **state)
{
  uint8_t public_key[32];
  uint8_t out[32];

  vector_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", public_key, 32);
  for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
    blind_factor(*state, public_key, factors[i].number, factors[i].minutes, out);
    assert_hex(out, 32, factors[i].factor);
  }
}

static void factor_depends_on_each_input(void **state)
{
  uint8_t public_key[32] = {1};
  uint8_t first[32];
  uint8_t other[32];

  blind_factor(*state, public_key, 1, 2, first);
  blind_factor(*state, public_key, 2, 2, other);
  assert_memory_not_equal(first, other, 32);
  blind_factor(*state, public_key, 1, 1, other);
  assert_memory_not_equal(first, other, 32);
  public_key[31] = 1;
  blind_factor(*state, public_key, 1, 2, other);
  assert_memory_not_equal(first, other, 32);
}

/* Computed in the same way; tor hashes the NUL of the label and all 64 bytes
 * (generate_ope_cipher_for_desc in hs_service.c). */
static void revision_key_matches_the_formula(void **state)
{
  uint8_t blinded[ED25519_EXPANDED_SIZE];
  uint8_t out[SHA3_256_SIZE];

  for (size_t i = 0; i < sizeof blinded; i++) {
    blinded[i] = (uint8_t)i;
  }
  blind_revision_key(*state, blinded, out);
  assert_hex(out, 32, "2bd30f0319564779c982d58f2d7bb9ce7b6764a790071042c1f4d3f7d44c45e2");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factor_matches_the_formula),
      cmocka_unit_test(factor_depends_on_each_input),
      cmocka_unit_test(revision_key_matches_the_formula),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
