#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t fifteen[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void test_integers(void **state)
{
  struct cursor c = cursor_from(slice_of(fifteen, sizeof fifteen));

  (void)state;
  assert_int_equal(cursor_u8(&c), 0x01);
  assert_int_equal(cursor_u16(&c), 0x0203);
  assert_int_equal(cursor_u32(&c), 0x04050607);
  assert_int_equal(cursor_u64(&c), 0x08090a0b0c0d0e0f);
  assert_int_equal(cursor_finish(&c), 0);
}

/* Every length below the full one fails, and what is read then is zero. */
static void test_integers_truncated(void **state)
{
  (void)state;
  for (size_t n = 0; n < sizeof fifteen; n++) {
    struct cursor c = cursor_from(slice_of(fifteen, n));

    cursor_u8(&c);
    cursor_u16(&c);
    cursor_u32(&c);
    assert_int_equal(cursor_u64(&c), 0);
    assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
    assert_int_equal(cursor_left(&c), 0);
  }
}

static void test_first_error_stays(void **state)
{
  struct cursor c = cursor_from(slice_str("abc"));

  (void)state;
  cursor_fail(&c, ERR_MAC);
  cursor_fail(&c, ERR_RANGE);
  assert_int_equal(cursor_u8(&c), 0);
  assert_int_equal(cursor_take(&c, 1).n, 0);
  assert_int_equal(cursor_rest(&c).n, 0);
  assert_int_equal(cursor_line(&c).n, 0);
  assert_false(cursor_accept(&c, "a"));
  assert_int_equal(cursor_finish(&c), ERR_MAC);
}

static void test_finish_wants_everything_read(void **state)
{
  struct cursor c = cursor_from(slice_str("ab"));

  (void)state;
  cursor_u8(&c);
  assert_int_equal(cursor_finish(&c), ERR_SYNTAX);
  cursor_u8(&c);
  assert_int_equal(cursor_finish(&c), 0);
}

static void test_nothing(void **state)
{
  struct cursor c = cursor_from(slice_of(NULL, 0));

  (void)state;
  assert_int_equal(cursor_left(&c), 0);
  assert_int_equal(cursor_word(&c).n, 0);
  assert_int_equal(cursor_rest(&c).n, 0);
  assert_true(cursor_accept(&c, ""));
  assert_int_equal(cursor_finish(&c), 0);
}

static void test_take(void **state)
{
  struct cursor c = cursor_from(slice_str("abcdef"));

  (void)state;
  assert_true(slice_is(cursor_take(&c, 2), "ab"));
  assert_true(slice_is(cursor_take(&c, 0), ""));
  assert_int_equal(cursor_left(&c), 4);
  assert_true(slice_is(cursor_rest(&c), "cdef"));
  assert_int_equal(cursor_take(&c, 1).n, 0);
  assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
}

static void test_take_huge(void **state)
{
  struct cursor c = cursor_from(slice_str("abc"));

  (void)state;
  assert_int_equal(cursor_take(&c, SIZE_MAX).n, 0);
  assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
}

static void test_copy(void **state)
{
  struct cursor c = cursor_from(slice_str("abc"));
  uint8_t out[4] = {9, 9, 9, 9};

  (void)state;
  cursor_copy(&c, out, 2);
  assert_memory_equal(out, "ab\x09\x09", 4);
  cursor_copy(&c, out, 4);
  assert_memory_equal(out, "\0\0\0\0", 4);
  assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
}

static void test_sub(void **state)
{
  struct cursor c = cursor_from(slice_str("abcdef"));
  struct cursor sub = cursor_sub(&c, 3);

  (void)state;
  assert_true(slice_is(cursor_rest(&sub), "abc"));
  cursor_u8(&sub);
  assert_int_equal(cursor_finish(&sub), ERR_TRUNCATED);
  assert_true(slice_is(cursor_rest(&c), "def"));
  assert_int_equal(cursor_finish(&c), 0);
}

static void test_sub_too_long(void **state)
{
  struct cursor c = cursor_from(slice_str("abc"));
  struct cursor sub = cursor_sub(&c, 4);

  (void)state;
  assert_int_equal(cursor_finish(&sub), ERR_TRUNCATED);
  assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
}

static void test_lines(void **state)
{
  struct cursor c = cursor_from(slice_str("one\n\nthree"));

  (void)state;
  assert_true(slice_is(cursor_line(&c), "one"));
  assert_true(slice_is(cursor_line(&c), ""));
  assert_true(slice_is(cursor_line(&c), "three"));
  assert_int_equal(cursor_finish(&c), 0);
  assert_int_equal(cursor_line(&c).n, 0);
  assert_int_equal(cursor_finish(&c), ERR_TRUNCATED);
}

static void test_words(void **state)
{
  struct cursor c = cursor_from(slice_str("a bc  d"));

  (void)state;
  assert_true(slice_is(cursor_word(&c), "a"));
  assert_true(slice_is(cursor_word(&c), "bc"));
  assert_true(slice_is(cursor_word(&c), ""));
  assert_true(slice_is(cursor_word(&c), "d"));
  assert_int_equal(cursor_word(&c).n, 0);
  assert_int_equal(cursor_finish(&c), 0);
}

static void test_expect(void **state)
{
  struct cursor c = cursor_from(slice_str("key value"));

  (void)state;
  assert_false(cursor_accept(&c, "value"));
  assert_true(cursor_accept(&c, "key"));
  cursor_expect(&c, " ");
  cursor_expect(&c, "value and more");
  assert_int_equal(cursor_finish(&c), ERR_SYNTAX);
}

static void test_decimal(void **state)
{
  struct cursor c = cursor_from(slice_str("12x0"));

  (void)state;
  assert_int_equal(cursor_decimal(&c, 100), 12);
  cursor_expect(&c, "x");
  assert_int_equal(cursor_decimal(&c, 0), 0);
  assert_int_equal(cursor_finish(&c), 0);
}

static void test_decimal_bounds(void **state)
{
  static const struct {
    const char *text;
    uint64_t max;
    int err;
    uint64_t value;
  } cases[] = {
      {"0", 0, 0, 0},
      {"1", 0, ERR_RANGE, 0},
      {"007", 7, 0, 7},
      {"8", 7, ERR_RANGE, 0},
      {"65535", 65535, 0, 65535},
      {"65536", 65535, ERR_RANGE, 0},
      {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
      {"18446744073709551616", UINT64_MAX, ERR_RANGE, 0},
      {"99999999999999999999", UINT64_MAX, ERR_RANGE, 0},
      {"", 9, ERR_SYNTAX, 0},
      {"-1", 9, ERR_SYNTAX, 0},
      {"+1", 9, ERR_SYNTAX, 0},
      {" 1", 9, ERR_SYNTAX, 0},
      {"1 ", 9, ERR_SYNTAX, 0},
      {"0x1", 9, ERR_SYNTAX, 0},
      {"1.0", 9, ERR_SYNTAX, 0},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t value = 0;

    assert_int_equal(cursor_parse_decimal(slice_str(cases[i].text), cases[i].max, &value),
                     cases[i].err);
    assert_int_equal(value, cases[i].value);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_integers),
      cmocka_unit_test(test_integers_truncated),
      cmocka_unit_test(test_first_error_stays),
      cmocka_unit_test(test_finish_wants_everything_read),
      cmocka_unit_test(test_nothing),
      cmocka_unit_test(test_take),
      cmocka_unit_test(test_take_huge),
      cmocka_unit_test(test_copy),
      cmocka_unit_test(test_sub),
      cmocka_unit_test(test_sub_too_long),
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_expect),
      cmocka_unit_test(test_decimal),
      cmocka_unit_test(test_decimal_bounds),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
