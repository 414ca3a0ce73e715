#include "crypto/blind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

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

/* The expanded key of a seed, blinded for a period; its public key goes to
 * public_out. */
static void make_blinded(struct suite *s, uint64_t period, uint8_t out[ED25519_EXPANDED_SIZE],
                         uint8_t public_out[ED25519_PUBLIC_SIZE])
{
  static const uint8_t seed[ED25519_SEED_SIZE] = {7};
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  uint8_t factor[32];

  ed25519_expand(seed, expanded);
  assert_int_equal(ed25519_public_of(expanded, public_key), 0);
  blind_factor(s, public_key, period, 1440, factor);
  ed25519_blind_secret(expanded, factor, out);
  assert_int_equal(ed25519_public_of(out, public_out), 0);
}

/* What gave keys away in 2026 (test_ed25519 has the keys themselves) must not happen
 * on the way to a blinded key, either: its nonce prefix is neither lost nor taken over, it
 * is SHA-512("Derive temporary signing key hash input" | prefix)[:32]. */
static void blinded_prefix_is_derived(void **state)
{
  static const char label[] = "Derive temporary signing key hash input";
  static const uint8_t seed[ED25519_SEED_SIZE] = {7};
  uint8_t expanded[ED25519_EXPANDED_SIZE], blinded[ED25519_EXPANDED_SIZE], public_key[32];
  uint8_t input[sizeof label - 1 + 32], expected[64];

  ed25519_expand(seed, expanded);
  make_blinded(*state, 19000, blinded, public_key);
  memcpy(input, label, sizeof label - 1);
  memcpy(input + sizeof label - 1, expanded + 32, 32);
  crypto_hash_sha512(expected, input, sizeof input);
  assert_memory_equal(blinded + 32, expected, 32);
  assert_memory_not_equal(blinded + 32, expanded + 32, 32);
}

/* One message, signed in many periods and by the identity key: two signatures
 * with one nonce would give the key away. (A prefix that were the same for all
 * periods makes the nonce of one message the same, too: what must differ then is
 * the message, which names the blinded key.) */
static void no_two_certificates_share_a_nonce(void **state)
{
  enum { N = 64 };
  uint8_t signatures[N][ED25519_SIGNATURE_SIZE];

  for (size_t i = 0; i < N; i++) {
    uint8_t blinded[ED25519_EXPANDED_SIZE], public_key[ED25519_PUBLIC_SIZE];
    struct slice message[2];

    make_blinded(*state, 19000 + i, blinded, public_key);
    message[0] = slice_str("a certificate that ends with its signer: ");
    message[1] = slice_of(public_key, sizeof public_key);
    assert_int_equal(ed25519_sign(blinded, public_key, message, 2, signatures[i]), 0);
    for (size_t k = 0; k < i; k++) {
      assert_memory_not_equal(signatures[i], signatures[k], 32);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factor_matches_the_formula),
      cmocka_unit_test(factor_depends_on_each_input),
      cmocka_unit_test(revision_key_matches_the_formula),
      cmocka_unit_test(blinded_prefix_is_derived),
      cmocka_unit_test(no_two_certificates_share_a_nonce),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
