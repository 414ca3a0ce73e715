#include "crypto/ed25519.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "vector.h"

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

struct key {
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
};

static void make_key(uint8_t first, struct key *out)
{
  uint8_t seed[ED25519_SEED_SIZE] = {first};

  ed25519_expand(seed, out->expanded);
  assert_int_equal(ed25519_public_of(out->expanded, out->public_key), 0);
}

/* RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc). */
static const struct {
  const char *seed;
  const char *public_key;
  const char *message;
  const char *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

static void signs_as_rfc_8032(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rfc8032 / sizeof rfc8032[0]; i++) {
    size_t n = strlen(rfc8032[i].message) / 2;
    uint8_t seed[ED25519_SEED_SIZE];
    uint8_t expanded[ED25519_EXPANDED_SIZE];
    uint8_t public_key[ED25519_PUBLIC_SIZE];
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    uint8_t message[64];
    struct slice part = slice_of(message, n);

    vector_hex(rfc8032[i].seed, seed, sizeof seed);
    vector_hex(rfc8032[i].message, message, n);
    ed25519_expand(seed, expanded);
    assert_int_equal(ed25519_public_of(expanded, public_key), 0);
    assert_hex(public_key, 32, rfc8032[i].public_key);
    assert_int_equal(ed25519_sign(expanded, public_key, &part, 1, signature), 0);
    assert_hex(signature, 64, rfc8032[i].signature);
    assert_int_equal(ed25519_verify(public_key, &part, 1, signature), 0);
  }
}

/* One group of tests/vectors/ed25519_tor.txt. */
struct tor_vector {
  uint8_t seed[32];
  struct key key;
  uint8_t x25519[32];
  uint8_t factor[32];
  struct key blinded;
  uint8_t signature[64];
};

static bool next_vector(struct cursor *c, struct tor_vector *v)
{
  return vector_field(c, "seed", v->seed, 32) && vector_field(c, "expanded", v->key.expanded, 64) &&
         vector_field(c, "public", v->key.public_key, 32) &&
         vector_field(c, "x25519", v->x25519, 32) && vector_field(c, "factor", v->factor, 32) &&
         vector_field(c, "blinded-secret", v->blinded.expanded, 64) &&
         vector_field(c, "blinded-public", v->blinded.public_key, 32) &&
         vector_field(c, "signature", v->signature, 64);
}

static void check_vector(struct tor_vector *v)
{
  struct slice message = slice_of(v->key.public_key, 32);
  uint8_t out[64];

  ed25519_expand(v->seed, out);
  assert_memory_equal(out, v->key.expanded, 64);
  assert_int_equal(ed25519_public_of(v->key.expanded, out), 0);
  assert_memory_equal(out, v->key.public_key, 32);
  assert_int_equal(ed25519_to_x25519(v->key.public_key, out), 0);
  assert_memory_equal(out, v->x25519, 32);
  assert_int_equal(ed25519_sign(v->key.expanded, v->key.public_key, &message, 1, out), 0);
  assert_memory_equal(out, v->signature, 64);

  v->factor[0] &= 248;
  v->factor[31] &= 63;
  v->factor[31] |= 64;
  ed25519_blind_secret(v->key.expanded, v->factor, out);
  assert_memory_equal(out, v->blinded.expanded, 64);
  assert_int_equal(ed25519_blind_public(v->key.public_key, v->factor, out), 0);
  assert_memory_equal(out, v->blinded.public_key, 32);
  assert_int_equal(ed25519_public_of(v->blinded.expanded, out), 0);
  assert_memory_equal(out, v->blinded.public_key, 32);
  assert_int_equal(ed25519_sign(v->blinded.expanded, v->blinded.public_key, &message, 1, out), 0);
  assert_int_equal(ed25519_verify(v->blinded.public_key, &message, 1, out), 0);
}

static void agrees_with_tor(void **state)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  struct tor_vector v;
  struct cursor c;
  int n = 0;

  (void)state;
  vector_load("ed25519_tor.txt", &file);
  c = cursor_from(buf_slice(&file));
  while (next_vector(&c, &v)) {
    check_vector(&v);
    n++;
  }
  assert_int_equal(n, 10);
}

static void parts_are_one_message(void **state)
{
  struct slice whole = slice_str("one message");
  struct slice parts[] = {slice_str("one "), slice_of(NULL, 0), slice_str("message")};
  uint8_t a[ED25519_SIGNATURE_SIZE];
  uint8_t b[ED25519_SIGNATURE_SIZE];
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &whole, 1, a), 0);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, parts, 3, b), 0);
  assert_memory_equal(a, b, sizeof a);
  assert_int_equal(ed25519_sign_unverified(k.expanded, k.public_key, parts, 3, b), 0);
  assert_memory_equal(a, b, sizeof a);
  assert_int_equal(ed25519_verify(k.public_key, parts, 3, a), 0);
  assert_int_equal(ed25519_verify(k.public_key, parts, 2, a), ERR_SIGNATURE);
  assert_int_equal(ed25519_verify(k.public_key, NULL, 0, a), ERR_SIGNATURE);
}

/* A rewrite of Onionbalance lost the second half of expanded keys in 2026:
 * with a prefix of zeros the nonce is known to all, and one signature gives
 * the key away. */
static void zero_prefix_is_refused(void **state)
{
  struct slice message = slice_str("m");
  uint8_t out[ED25519_SIGNATURE_SIZE];
  struct key k;

  (void)state;
  make_key(1, &k);
  memset(k.expanded + 32, 0, 32);
  assert_int_equal(ed25519_public_of(k.expanded, out), ERR_KEY);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &message, 1, out), ERR_KEY);
  assert_int_equal(ed25519_sign_unverified(k.expanded, k.public_key, &message, 1, out), ERR_KEY);
  assert_true(sodium_is_zero(out, sizeof out));
}

/* libsodium and Go call 64 bytes a secret key, too: the seed and the public key.
 * Taken for an expanded one, the nonce prefix would be the public key. */
static void known_prefix_is_refused(void **state)
{
  uint8_t out[ED25519_SIGNATURE_SIZE];
  uint8_t pair[ED25519_EXPANDED_SIZE] = {1};
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_false(ed25519_is_pair(k.expanded));
  memcpy(pair + 32, k.public_key, 32);
  assert_true(ed25519_is_pair(pair));
  pair[63] ^= 1;
  assert_false(ed25519_is_pair(pair));
  memcpy(k.expanded + 32, k.public_key, 32);
  assert_int_equal(ed25519_public_of(k.expanded, out), ERR_KEY);
}

/* The first half of a signature, R, is the nonce's public side. */
static void two_messages_two_nonces(void **state)
{
  struct slice messages[] = {slice_str("a"), slice_str("b")};
  uint8_t a[ED25519_SIGNATURE_SIZE];
  uint8_t b[ED25519_SIGNATURE_SIZE];
  uint8_t factor[32] = {8};
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &messages[0], 1, a), 0);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &messages[1], 1, b), 0);
  assert_memory_not_equal(a, b, 32);
  ed25519_blind_secret(k.expanded, factor, k.expanded);
  assert_int_equal(ed25519_public_of(k.expanded, k.public_key), 0);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &messages[0], 1, a), 0);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &messages[1], 1, b), 0);
  assert_memory_not_equal(a, b, 32);
}

static void all_64_bytes_matter(void **state)
{
  struct slice message = slice_str("m");
  uint8_t factor[32] = {8};
  uint8_t a[ED25519_SIGNATURE_SIZE];
  uint8_t b[ED25519_SIGNATURE_SIZE];
  uint8_t blinded_a[ED25519_EXPANDED_SIZE];
  uint8_t blinded_b[ED25519_EXPANDED_SIZE];
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &message, 1, a), 0);
  ed25519_blind_secret(k.expanded, factor, blinded_a);
  for (size_t i = 0; i < ED25519_EXPANDED_SIZE; i++) {
    struct key other = k;

    other.expanded[i] ^= 1;
    assert_int_equal(ed25519_public_of(other.expanded, other.public_key), 0);
    assert_int_equal(ed25519_sign(other.expanded, other.public_key, &message, 1, b), 0);
    if (i < 32) { /* the scalar: another key, the same nonce */
      assert_memory_not_equal(a + 32, b + 32, 32);
    } else {
      assert_memory_not_equal(a, b, 32);
    }
    ed25519_blind_secret(other.expanded, factor, blinded_b);
    assert_memory_not_equal(blinded_a, blinded_b, sizeof blinded_a);
  }
}

static void a_foreign_public_key_is_refused(void **state)
{
  struct slice message = slice_str("m");
  uint8_t out[ED25519_SIGNATURE_SIZE] = {0};
  uint8_t zeros[ED25519_SIGNATURE_SIZE] = {0};
  struct key a;
  struct key b;

  (void)state;
  make_key(1, &a);
  make_key(2, &b);
  assert_int_equal(ed25519_sign(a.expanded, b.public_key, &message, 1, out), ERR_KEY);
  assert_memory_equal(out, zeros, sizeof out);
}

static void forged_signatures_are_refused(void **state)
{
  /* The order of the group: S + l would verify where S is not reduced. */
  static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                    0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                    0,    0,    0,    0,    0,    0,    0,    0,
                                    0,    0,    0,    0,    0,    0,    0,    0x10};
  struct slice message = slice_str("m");
  uint8_t signature[ED25519_SIGNATURE_SIZE];
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &message, 1, signature), 0);
  for (size_t i = 0; i < sizeof signature * 8; i++) {
    signature[i / 8] ^= (uint8_t)(1U << (i % 8));
    assert_int_equal(ed25519_verify(k.public_key, &message, 1, signature), ERR_SIGNATURE);
    signature[i / 8] ^= (uint8_t)(1U << (i % 8));
  }
  sodium_add(signature + 32, order, 32);
  assert_int_equal(ed25519_verify(k.public_key, &message, 1, signature), ERR_SIGNATURE);
}

/* Points of small order, alone and added to a good key; the last case is what
 * CVE-2025-69277 let through. */
static void points_outside_of_the_group_are_refused(void **state)
{
  static const char *const small[] = {
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  };
  uint8_t factor[32] = {8};
  uint8_t point[32];
  uint8_t sum[32];
  uint8_t out[32];
  struct key k;

  (void)state;
  make_key(1, &k);
  assert_int_equal(ed25519_blind_public(k.public_key, factor, out), 0);
  for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
    vector_hex(small[i], point, 32);
    assert_int_equal(ed25519_blind_public(point, factor, out), ERR_KEY);
    assert_int_equal(ed25519_to_x25519(point, out), ERR_KEY);
    if (i > 0) { /* the first is the neutral element */
      assert_int_equal(crypto_core_ed25519_add(sum, k.public_key, point), 0);
      assert_int_equal(ed25519_blind_public(sum, factor, out), ERR_KEY);
      assert_int_equal(ed25519_to_x25519(sum, out), ERR_KEY);
    }
  }
  memset(point, 0xff, sizeof point); /* not canonical */
  assert_int_equal(ed25519_blind_public(point, factor, out), ERR_KEY);
}

static void zero_scalars_are_refused(void **state)
{
  uint8_t expanded[ED25519_EXPANDED_SIZE] = {0};
  uint8_t factor[32] = {0};
  uint8_t out[32];
  struct key k;

  (void)state;
  make_key(1, &k);
  expanded[63] = 1;
  assert_int_equal(ed25519_public_of(expanded, out), ERR_KEY);
  assert_int_equal(ed25519_blind_public(k.public_key, factor, out), ERR_KEY);
}

/* A scalar with its top bit set means the same number in all functions. */
static void unreduced_scalars_are_one_number(void **state)
{
  struct slice message = slice_str("m");
  uint8_t factor[32] = {16};
  uint8_t blinded[ED25519_EXPANDED_SIZE];
  uint8_t from_secret[32];
  uint8_t from_public[32];
  uint8_t signature[ED25519_SIGNATURE_SIZE];
  struct key k;

  (void)state;
  memset(k.expanded, 0xff, sizeof k.expanded);
  assert_int_equal(ed25519_public_of(k.expanded, k.public_key), 0);
  assert_int_equal(ed25519_sign(k.expanded, k.public_key, &message, 1, signature), 0);
  ed25519_blind_secret(k.expanded, factor, blinded);
  assert_int_equal(ed25519_public_of(blinded, from_secret), 0);
  assert_int_equal(ed25519_blind_public(k.public_key, factor, from_public), 0);
  assert_memory_equal(from_secret, from_public, 32);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(signs_as_rfc_8032),
      cmocka_unit_test(agrees_with_tor),
      cmocka_unit_test(parts_are_one_message),
      cmocka_unit_test(zero_prefix_is_refused),
      cmocka_unit_test(known_prefix_is_refused),
      cmocka_unit_test(two_messages_two_nonces),
      cmocka_unit_test(all_64_bytes_matter),
      cmocka_unit_test(a_foreign_public_key_is_refused),
      cmocka_unit_test(forged_signatures_are_refused),
      cmocka_unit_test(points_outside_of_the_group_are_refused),
      cmocka_unit_test(zero_scalars_are_refused),
      cmocka_unit_test(unreduced_scalars_are_one_number),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
