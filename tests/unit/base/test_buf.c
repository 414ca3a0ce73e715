#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_grows(void **state)
{
  struct buf b = {0};

  (void)state;
  for (unsigned i = 0; i < 5000; i++) {
    buf_add_u8(&b, (uint8_t)i);
  }
  assert_int_equal(b.n, 5000);
  for (unsigned i = 0; i < 5000; i++) {
    assert_int_equal(b.p[i], (uint8_t)i);
  }
  buf_deinit(&b);
  assert_null(b.p);
  assert_int_equal(b.n, 0);
  buf_add_str(&b, "again");
  assert_string_equal(buf_str(&b), "again");
  buf_deinit(&b);
}

static void test_integers(void **state)
{
  static const uint8_t want[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};
  struct buf b = {0};

  (void)state;
  buf_add_u8(&b, 0x01);
  buf_add_u16(&b, 0x0203);
  buf_add_u32(&b, 0x04050607);
  buf_add_u64(&b, 0x08090a0b0c0d0e0f);
  assert_int_equal(b.n, sizeof want);
  assert_memory_equal(b.p, want, sizeof want);
  buf_deinit(&b);
}

static void test_text(void **state)
{
  struct buf b = {0};

  (void)state;
  buf_add(&b, NULL, 0);
  buf_add_slice(&b, slice_str("one "));
  buf_addf(&b, "%s %d ", "two", 3);
  buf_add_fill(&b, '.', 3);
  buf_add_fill(&b, '.', 0);
  assert_string_equal(buf_str(&b), "one two 3 ...");
  assert_int_equal(b.n, strlen("one two 3 ..."));
  assert_true(slice_is(buf_slice(&b), "one two 3 ..."));
  buf_deinit(&b);
}

static void test_long_format(void **state)
{
  struct buf b = {0};

  (void)state;
  buf_addf(&b, "%0200d", 7);
  assert_int_equal(b.n, 200);
  assert_int_equal(b.p[0], '0');
  assert_int_equal(b.p[199], '7');
  buf_deinit(&b);
}

static void test_empty_string(void **state)
{
  struct buf b = {0};

  (void)state;
  assert_string_equal(buf_str(&b), "");
  assert_int_equal(b.n, 0);
  buf_deinit(&b);
}

static void test_reserve(void **state)
{
  struct buf b = {0};
  uint8_t *p;

  (void)state;
  buf_add_str(&b, "ab");
  p = buf_reserve(&b, 100);
  memcpy(p, "cdef", 4);
  assert_int_equal(b.n, 2);
  buf_used(&b, 2);
  assert_string_equal(buf_str(&b), "abcd");
  buf_deinit(&b);
}

static void test_consume(void **state)
{
  struct buf b = {0};

  (void)state;
  buf_add_str(&b, "abcdef");
  buf_consume(&b, 2);
  assert_string_equal(buf_str(&b), "cdef");
  buf_consume(&b, 0);
  assert_string_equal(buf_str(&b), "cdef");
  buf_consume(&b, 4);
  assert_int_equal(b.n, 0);
  buf_add_str(&b, "x");
  buf_consume(&b, 99);
  assert_int_equal(b.n, 0);
  buf_deinit(&b);
}

static void test_clear_keeps_memory(void **state)
{
  struct buf b = {0};
  const uint8_t *before;

  (void)state;
  buf_add_str(&b, "some text");
  before = b.p;
  buf_clear(&b);
  assert_int_equal(b.n, 0);
  buf_add_str(&b, "other");
  assert_ptr_equal(b.p, before);
  buf_deinit(&b);
}

static void test_wipe(void **state)
{
  struct buf b = {0};

  (void)state;
  buf_wipe(&b);
  buf_add_str(&b, "secret");
  buf_wipe(&b);
  assert_null(b.p);
  assert_int_equal(b.cap, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grows),        cmocka_unit_test(test_integers),
      cmocka_unit_test(test_text),         cmocka_unit_test(test_long_format),
      cmocka_unit_test(test_empty_string), cmocka_unit_test(test_reserve),
      cmocka_unit_test(test_consume),      cmocka_unit_test(test_clear_keeps_memory),
      cmocka_unit_test(test_wipe),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
