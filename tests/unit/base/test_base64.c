#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648 section 10. */
static const struct {
  const char *data;
  const char *bare;
  const char *padded;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg", "Zg=="},
    {"fo", "Zm8", "Zm8="},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg", "Zm9vYg=="},
    {"fooba", "Zm9vYmE", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
};

#define N_VECTORS (sizeof vectors / sizeof vectors[0])

static void test_vectors(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_VECTORS; i++) {
    size_t n = strlen(vectors[i].data);
    struct buf out = {0};
    uint8_t back[16];

    base64_build(slice_str(vectors[i].data), &out);
    assert_string_equal(buf_str(&out), vectors[i].bare);
    assert_int_equal(base64_parse(slice_str(vectors[i].bare), back, n), 0);
    assert_memory_equal(back, vectors[i].data, n);
    assert_int_equal(base64_parse(slice_str(vectors[i].padded), back, n), 0);
    assert_memory_equal(back, vectors[i].data, n);
    buf_deinit(&out);
  }
}

static void test_bad(void **state)
{
  static const char *const bad[] = {
      "",      "Zm9",    "Zm9vYg",                     /* fewer and more than 3 bytes */
      "Zm9v=", "Zm9v==", "Zm9v===", "=Zm9v",  "Zm=9v", /* padding that does not belong */
      "Zm9-",  "Zm9_",   "Zm 9v",   "Zm9v\n", "Zm9\xff",
  };
  uint8_t out[3];

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(base64_parse(slice_str(bad[i]), out, 3), ERR_ENCODING);
  }
}

static void test_bits_left_over(void **state)
{
  uint8_t out[2];

  (void)state;
  assert_int_equal(base64_parse(slice_str("Zg"), out, 1), 0);
  assert_int_equal(base64_parse(slice_str("Zh"), out, 1), ERR_ENCODING);
  assert_int_equal(base64_parse(slice_str("Zm8"), out, 2), 0);
  assert_int_equal(base64_parse(slice_str("Zm9"), out, 2), ERR_ENCODING);
}

static void test_lines(void **state)
{
  uint8_t data[100];
  struct buf text = {0};
  struct buf back = {0};

  (void)state;
  for (size_t i = 0; i < sizeof data; i++) {
    data[i] = (uint8_t)(i * 37);
  }
  for (size_t n = 0; n <= sizeof data; n++) {
    buf_clear(&text);
    buf_clear(&back);
    base64_build_lines(slice_of(data, n), &text);
    for (size_t i = 0; i < text.n; i++) {
      assert_int_equal(text.p[i] == '\n', i % 65 == 64 || i + 1 == text.n);
    }
    assert_int_equal(base64_parse_lines(buf_slice(&text), &back), 0);
    assert_int_equal(back.n, n);
    assert_true(n == 0 || memcmp(back.p, data, n) == 0);
  }
  buf_deinit(&text);
  buf_deinit(&back);
}

static void test_bad_lines(void **state)
{
  static const char *const bad[] = {
      "Zm8", "Zg", "Zg=", "Zm9v\r\n", "Zg==Zg==", "Zm9vY", "====", "Zm9v\n=", "Zh==\n"};
  struct buf out = {0};

  (void)state;
  buf_add_str(&out, "kept");
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(base64_parse_lines(slice_str(bad[i]), &out), ERR_ENCODING);
    assert_string_equal(buf_str(&out), "kept");
  }
  assert_int_equal(base64_parse_lines(slice_str("\nZm\n\n9v\n"), &out), 0);
  assert_string_equal(buf_str(&out), "keptfoo");
  buf_deinit(&out);
}

static void test_each_character(void **state)
{
  (void)state;
  for (unsigned v = 0; v < 256; v++) {
    uint8_t in[3] = {(uint8_t)v, (uint8_t)(v ^ 0x5a), (uint8_t)~v};
    uint8_t back[3] = {0};
    struct buf out = {0};

    base64_build(slice_of(in, 3), &out);
    assert_int_equal(base64_parse(buf_slice(&out), back, 3), 0);
    assert_memory_equal(in, back, 3);
    buf_deinit(&out);
  }
}

/* Reads and refuses as the other decoder does, but for the padding. */
static void test_secret(void **state)
{
  static const uint8_t blank[3];
  static const char *const bad[] = {"", "Z", "Zm9", "Zm9vY", "Zm9vYg", "Zm9vYg==", "Zm8=", "=m9v"};
  uint8_t out[3];

  (void)state;
  for (unsigned c = 0; c < 256; c++) {
    uint8_t text[4] = {'Z', 'm', (uint8_t)c, 'v'};
    uint8_t want[3] = {0};
    int err = base64_parse(slice_of(text, 4), want, 3);

    memset(out, 1, sizeof out);
    assert_int_equal(base64_parse_secret(slice_of(text, 4), out, 3), err);
    assert_memory_equal(out, err == 0 ? want : blank, 3);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    memset(out, 1, sizeof out);
    assert_int_equal(base64_parse_secret(slice_str(bad[i]), out, 3), ERR_ENCODING);
    assert_memory_equal(out, blank, 3);
  }
}

static void test_secret_vectors(void **state)
{
  uint8_t back[16];

  (void)state;
  for (size_t i = 0; i < N_VECTORS; i++) {
    size_t n = strlen(vectors[i].data);

    assert_int_equal(base64_parse_secret(slice_str(vectors[i].bare), back, n), 0);
    assert_memory_equal(back, vectors[i].data, n);
  }
  assert_int_equal(base64_parse_secret(slice_str("Zh"), back, 1), ERR_ENCODING);
  assert_int_equal(base64_parse_secret(slice_str("Zm9"), back, 2), ERR_ENCODING);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vectors),        cmocka_unit_test(test_bad),
      cmocka_unit_test(test_bits_left_over), cmocka_unit_test(test_lines),
      cmocka_unit_test(test_bad_lines),      cmocka_unit_test(test_each_character),
      cmocka_unit_test(test_secret),         cmocka_unit_test(test_secret_vectors),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
