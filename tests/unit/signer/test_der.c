#include "signer/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static struct cursor cursor_of_hex(const char *hex, uint8_t bytes[32])
{
  size_t n = strlen(hex) / 2;

  assert_true(n <= 32);
  assert_int_equal(hex_parse(slice_str(hex), bytes, n), 0);
  return cursor_from(slice_of(bytes, n));
}

static void integers(void **state)
{
  static const struct {
    const char *hex;
    uint64_t max;
    uint64_t value;
    int err;
  } rows[] = {
      {"020100", 0, 0, 0},
      {"02017f", 127, 127, 0},
      {"02020080", 128, 128, 0},
      {"0203010000", 65536, 65536, 0},
      {"0203010001", 65536, 0, ERR_RANGE},
      {"020900ffffffffffffffff", UINT64_MAX, UINT64_MAX, 0},
      {"0209010000000000000000", UINT64_MAX, 0, ERR_RANGE},
      {"02810105", 9, 5, 0},
      {"020180", UINT64_MAX, 0, ERR_SYNTAX}, /* -128 */
      {"0200", UINT64_MAX, 0, ERR_SYNTAX},
      {"040101", UINT64_MAX, 0, ERR_SYNTAX},
      {"0202ff", UINT64_MAX, 0, ERR_TRUNCATED},
      {"02", UINT64_MAX, 0, ERR_TRUNCATED},
      {"", UINT64_MAX, 0, ERR_TRUNCATED},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint8_t bytes[32];
    struct cursor c = cursor_of_hex(rows[i].hex, bytes);

    assert_int_equal(der_integer(&c, rows[i].max), rows[i].value);
    assert_int_equal(cursor_finish(&c), rows[i].err);
  }
}

static void elements(void **state)
{
  static const struct {
    const char *hex;
    size_t n;
    int err;
  } rows[] = {
      {"0400", 0, 0},
      {"0402abcd", 2, 0},
      {"048102abcd", 2, 0},
      {"04820002abcd", 2, 0},
      {"0483000002abcd", 0, ERR_SYNTAX},
      {"0480abcd0000", 0, ERR_SYNTAX},
      {"0502abcd", 0, ERR_SYNTAX},
      {"0403abcd", 0, ERR_TRUNCATED},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint8_t bytes[32];
    struct cursor c = cursor_of_hex(rows[i].hex, bytes);
    struct cursor content = der_element(&c, DER_OCTET_STRING);

    assert_int_equal(cursor_left(&content), rows[i].n);
    assert_int_equal(content.err, rows[i].err);
    assert_int_equal(cursor_finish(&c), rows[i].err);
  }
}

static void looks_ahead(void **state)
{
  uint8_t bytes[32];
  struct cursor c = cursor_of_hex("0500", bytes);

  (void)state;
  assert_true(der_is_next(&c, DER_NULL));
  assert_false(der_is_next(&c, DER_INTEGER));
  (void)der_element(&c, DER_NULL);
  assert_false(der_is_next(&c, DER_NULL));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers),
      cmocka_unit_test(elements),
      cmocka_unit_test(looks_ahead),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
