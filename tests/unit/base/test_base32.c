#include "base/base32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648 section 10, in lower case and without padding. */
static const struct {
  const char *data;
  const char *text;
} vectors[] = {
    {"", ""},
    {"f", "my"},
    {"fo", "mzxq"},
    {"foo", "mzxw6"},
    {"foob", "mzxw6yq"},
    {"fooba", "mzxw6ytb"},
    {"foobar", "mzxw6ytboi"},
};

#define N_VECTORS (sizeof vectors / sizeof vectors[0])

static void test_vectors(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_VECTORS; i++) {
    struct buf out = {0};
    uint8_t back[16];
    size_t n = strlen(vectors[i].data);

    base32_build(slice_str(vectors[i].data), &out);
    assert_string_equal(buf_str(&out), vectors[i].text);
    assert_int_equal(base32_parse(buf_slice(&out), back, n), 0);
    assert_memory_equal(back, vectors[i].data, n);
    buf_deinit(&out);
  }
}

static void test_upper_case(void **state)
{
  uint8_t out[3];

  (void)state;
  assert_int_equal(base32_parse(slice_str("MZXW6"), out, 3), 0);
  assert_memory_equal(out, "foo", 3);
}

static void test_bad(void **state)
{
  static const char *const bad[] = {
      "mzxw",   /* one character short */
      "mzxw66", /* one too many */
      "mzxw1",  "mzxw8", "mzxw0", "mzxw9", "mzxw=", "mzxw ", "mzx\xc3\xa4", /* alphabet */
      "mzxw7", /* the bit left over is set */
      "",
  };
  uint8_t out[3];

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(base32_parse(slice_str(bad[i]), out, 3), ERR_ENCODING);
  }
}

static void test_each_byte(void **state)
{
  (void)state;
  for (unsigned v = 0; v < 256; v++) {
    uint8_t in[5] = {(uint8_t)v, (uint8_t)~v, (uint8_t)v, 0xff, (uint8_t)v};
    uint8_t back[5] = {0};
    struct buf out = {0};

    base32_build(slice_of(in, 5), &out);
    assert_int_equal(out.n, 8);
    assert_int_equal(base32_parse(buf_slice(&out), back, 5), 0);
    assert_memory_equal(in, back, 5);
    buf_deinit(&out);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_upper_case),
      cmocka_unit_test(test_bad),
      cmocka_unit_test(test_each_byte),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
