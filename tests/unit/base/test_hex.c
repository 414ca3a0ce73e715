#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* RFC 4648 section 10. */
static void test_vectors(void **state)
{
  struct buf out = {0};
  uint8_t back[6];

  (void)state;
  hex_build(slice_str("foobar"), &out);
  assert_string_equal(buf_str(&out), "666F6F626172");
  assert_int_equal(hex_parse(slice_str("666f6F626172"), back, 6), 0);
  assert_memory_equal(back, "foobar", 6);
  buf_clear(&out);
  hex_build(slice_of(NULL, 0), &out);
  assert_int_equal(out.n, 0);
  assert_int_equal(hex_parse(slice_of(NULL, 0), back, 0), 0);
  buf_deinit(&out);
}

static void test_each_byte(void **state)
{
  (void)state;
  for (unsigned v = 0; v < 256; v++) {
    struct buf out = {0};
    uint8_t byte = (uint8_t)v;
    uint8_t back = (uint8_t)~v;

    hex_build(slice_of(&byte, 1), &out);
    assert_int_equal(hex_parse(buf_slice(&out), &back, 1), 0);
    assert_int_equal(back, byte);
    buf_deinit(&out);
  }
}

static void test_bad(void **state)
{
  static const char *const bad[] = {"",   "0",  "000", "0000", "0g", "g0",
                                    "0x", " 0", "0:",  "0/",   "`a", "@a"};
  uint8_t out;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(hex_parse(slice_str(bad[i]), &out, 1), ERR_ENCODING);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_each_byte),
      cmocka_unit_test(test_bad),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
