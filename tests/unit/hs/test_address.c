#include "hs/address.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

/* hs_build_address.py and test_hs_common.c of tor 0.4.9.11. */
#define TOR_KEY     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define TOR_ADDRESS "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sid"

static struct suite *suite;

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  return suite == NULL || sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

static int parse(const char *text, struct address *out)
{
  return address_parse(suite, slice_str(text), out);
}

static void reads_and_writes_addresses_of_tor(void **state)
{
  char text[ADDRESS_TEXT_SIZE];
  struct address a, b;
  uint8_t key[32];

  (void)state;
  assert_int_equal(hex_parse(slice_str(TOR_KEY), key, sizeof key), 0);
  assert_int_equal(parse(TOR_ADDRESS, &a), 0);
  assert_memory_equal(a.public_key, key, sizeof key);
  address_format(suite, &a, text);
  assert_string_equal(text, TOR_ADDRESS);
  assert_int_equal(parse(TOR_ADDRESS ".onion", &b), 0);
  assert_true(address_equal(&a, &b));
  assert_int_equal(parse("25NJQAMCWEFLPVKL73J4SZAHHIHOC4XT3KTCGJNPAINGR5YHKENL5SID", &b), 0);
  assert_true(address_equal(&a, &b));
  b.public_key[31] ^= 1;
  assert_false(address_equal(&a, &b));
}

/* The bad ones of test_hs_common.c of tor, and more. */
static void refuses_bad_addresses(void **state)
{
  struct address a;

  (void)state;
  assert_int_equal(parse("blah", &a), ERR_SYNTAX);
  assert_int_equal(parse("p3xnclpu4mu22dwaurjtsybyqk4xfjmcfz6z62yl24uwmhjatiwnlnadb", &a),
                   ERR_SYNTAX);
  assert_int_equal(parse("l5satjgud6gucryazcyvyvhuxhr74u6ygigiuyixe3a6ysis67ororad", &a),
                   ERR_CHECKSUM);
  assert_int_equal(parse("btojiu7nu5y5iwut64eufevogqdw4wmqzugnoluw232r4t3ecsfv37ad", &a),
                   ERR_CHECKSUM);
  assert_int_equal(parse("????????????????????????????????????????????????????????", &a),
                   ERR_ENCODING);
  assert_int_equal(parse("25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenl5sie", &a),
                   ERR_UNSUPPORTED);
  assert_int_equal(parse(TOR_ADDRESS ".onio", &a), ERR_SYNTAX);
  assert_int_equal(parse(TOR_ADDRESS ".exit.", &a), ERR_SYNTAX);
  assert_int_equal(parse(TOR_ADDRESS ".onion.", &a), ERR_SYNTAX);
  assert_int_equal(parse("www." TOR_ADDRESS ".onion", &a), ERR_SYNTAX);
  assert_int_equal(parse("", &a), ERR_SYNTAX);
}

/* A checksum is easily right; the key must be a point all the same. */
static void refuses_keys_that_are_no_points(void **state)
{
  char text[ADDRESS_TEXT_SIZE];
  struct address bad = {{1}}; /* the neutral element */
  struct address a;

  (void)state;
  address_format(suite, &bad, text);
  assert_int_equal(parse(text, &a), ERR_KEY);
  memset(&bad, 0, sizeof bad); /* of order 4 */
  address_format(suite, &bad, text);
  assert_int_equal(parse(text, &a), ERR_KEY);
  memset(&bad, 0xff, sizeof bad); /* not canonical */
  address_format(suite, &bad, text);
  assert_int_equal(parse(text, &a), ERR_KEY);
}

/* A key plus a point of order 8: on the curve, another address, the same
 * service after blinding (why tor refuses it too). */
static void refuses_keys_with_torsion(void **state)
{
  uint8_t torsion[32];
  char text[ADDRESS_TEXT_SIZE];
  struct address a, b;

  (void)state;
  assert_int_equal(hex_parse(slice_str("26e8958fc2b227b045c3f489f2ef98f0"
                                       "d5dfac05d3c63339b13802886d53fc05"),
                             torsion, sizeof torsion),
                   0);
  assert_int_equal(parse(TOR_ADDRESS, &a), 0);
  assert_int_equal(crypto_core_ed25519_add(b.public_key, a.public_key, torsion), 0);
  address_format(suite, &b, text);
  assert_int_equal(parse(text, &a), ERR_KEY);
}

static void refuses_every_change(void **state)
{
  struct address a;

  (void)state;
  for (size_t i = 0; i < strlen(TOR_ADDRESS); i++) {
    char text[] = TOR_ADDRESS;

    text[i] = text[i] == 'a' ? 'b' : 'a';
    assert_true(parse(text, &a) < 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_and_writes_addresses_of_tor),
      cmocka_unit_test(refuses_bad_addresses),
      cmocka_unit_test(refuses_keys_that_are_no_points),
      cmocka_unit_test(refuses_keys_with_torsion),
      cmocka_unit_test(refuses_every_change),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
