#include "signer/pkcs8.h"

#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* RFC 8410 section 10.3: the plain form, and the one with attributes and
 * public key. */
static const char plain[] = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n";
static const char full[] = "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                           "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
                           "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n";

#define SEED "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"

/* Places in the plain form. */
#define AT_LENGTH       1
#define AT_VERSION      4
#define AT_ALGORITHM    5
#define AT_OID_END      11
#define AT_OUTER_LENGTH 13
#define AT_INNER        14
#define AT_INNER_LENGTH 15

static void load(const char *base64, struct buf *out)
{
  assert_int_equal(base64_parse_lines(slice_str(base64), out), 0);
}

static void reads_the_examples_of_rfc_8410(void **state)
{
  struct buf der CLEANUP(buf_deinit) = {0};
  uint8_t seed[ED25519_SEED_SIZE];

  (void)state;
  load(plain, &der);
  assert_int_equal(pkcs8_parse(buf_slice(&der), seed), 0);
  assert_hex(seed, 32, SEED);
  memset(seed, 0, sizeof seed);
  buf_clear(&der);
  load(full, &der);
  assert_int_equal(pkcs8_parse(buf_slice(&der), seed), 0);
  assert_hex(seed, 32, SEED);
}

static void refuses_every_cut(void **state)
{
  struct buf der CLEANUP(buf_deinit) = {0};
  uint8_t seed[ED25519_SEED_SIZE];

  (void)state;
  load(full, &der);
  for (size_t n = 0; n < der.n; n++) {
    assert_true(pkcs8_parse(slice_of(der.p, n), seed) < 0);
  }
  buf_add_u8(&der, 0);
  assert_int_equal(pkcs8_parse(buf_slice(&der), seed), ERR_SYNTAX);
}

/* The error of the plain form with one byte changed. */
static int parse_changed(size_t at, uint8_t value)
{
  struct buf der CLEANUP(buf_deinit) = {0};
  uint8_t seed[ED25519_SEED_SIZE];

  load(plain, &der);
  der.p[at] = value;
  return pkcs8_parse(buf_slice(&der), seed);
}

static void refuses_other_forms(void **state)
{
  (void)state;
  assert_int_equal(parse_changed(0, 0x31), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_LENGTH, 0x2f), ERR_TRUNCATED);
  assert_int_equal(parse_changed(AT_LENGTH, 0x2d), ERR_TRUNCATED);
  assert_int_equal(parse_changed(AT_LENGTH, 0x80), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_LENGTH, 0x83), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_LENGTH, 0xff), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_VERSION, 1), 0);
  assert_int_equal(parse_changed(AT_VERSION, 2), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_ALGORITHM, 0x31), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_OID_END, 0x6e), ERR_UNSUPPORTED); /* X25519 */
  assert_int_equal(parse_changed(AT_OUTER_LENGTH, 0x21), ERR_TRUNCATED);
  assert_int_equal(parse_changed(AT_INNER, 0x03), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_INNER_LENGTH, 0x1f), ERR_TRUNCATED);
}

/* Lengths in two and three bytes: DER forbids them here, some tools do not
 * know. */
static void reads_longer_lengths(void **state)
{
  static const uint8_t heads[][4] = {{0x30, 0x81, 0x2e}, {0x30, 0x82, 0x00, 0x2e}};
  struct buf der CLEANUP(buf_deinit) = {0};

  (void)state;
  load(plain, &der);
  for (size_t i = 0; i < 2; i++) {
    struct buf b CLEANUP(buf_deinit) = {0};
    uint8_t seed[ED25519_SEED_SIZE];

    buf_add(&b, heads[i], 3 + i);
    buf_add(&b, der.p + 2, der.n - 2);
    assert_int_equal(pkcs8_parse(buf_slice(&b), seed), 0);
    assert_hex(seed, 32, SEED);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_the_examples_of_rfc_8410),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(refuses_other_forms),
      cmocka_unit_test(reads_longer_lengths),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
