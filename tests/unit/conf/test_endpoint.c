#include "conf/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What is written again equals what was read. */
static void test_good(void **state)
{
  static const char *const good[] = {
      "unix:/run/tor/control", "unix:relative", "127.0.0.1:9051", "[::1]:1", "[fe80::1]:65535",
  };

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct buf out = {0};
    struct endpoint e;

    assert_int_equal(endpoint_parse(slice_str(good[i]), &e), 0);
    endpoint_build(&e, &out);
    assert_string_equal(buf_str(&out), good[i]);
    buf_deinit(&out);
  }
}

static void test_localhost(void **state)
{
  struct endpoint e;

  (void)state;
  assert_int_equal(endpoint_parse(slice_str("localhost:9051"), &e), 0);
  assert_int_equal(e.kind, ENDPOINT_TCP);
  assert_string_equal(e.host, "127.0.0.1");
  assert_int_equal(e.port, 9051);
}

static void test_bad(void **state)
{
  static const struct {
    const char *text;
    int err;
  } cases[] = {
      {"", ERR_SYNTAX},
      {"unix:", ERR_SYNTAX},
      {"9051", ERR_SYNTAX},
      {":9051", ERR_SYNTAX},
      {"127.0.0.1:", ERR_SYNTAX},
      {"127.0.0.1:x", ERR_SYNTAX},
      {"127.0.0.1:-1", ERR_SYNTAX},
      {"127.0.0.1:0", ERR_RANGE},
      {"127.0.0.1:65536", ERR_RANGE},
      {"127.0.0.1:99999999999999999999", ERR_RANGE},
      {"256.0.0.1:1", ERR_ENCODING},
      {"example.com:1", ERR_ENCODING},
      {"[]:1", ERR_ENCODING},
      {"[:1", ERR_SYNTAX},
      {"[::1:1", ERR_SYNTAX},
      {"::1:1", ERR_SYNTAX},
      {"[127.0.0.1]x:1", ERR_SYNTAX},
      {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:1", ERR_SYNTAX},
      {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:00]:1", ERR_ENCODING},
  };
  struct endpoint e = {.kind = ENDPOINT_NONE};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(endpoint_parse(slice_str(cases[i].text), &e), cases[i].err);
    assert_int_equal(e.kind, ENDPOINT_NONE);
  }
}

static void test_truncated(void **state)
{
  static const char good[] = "[fe80::1]:9051";
  struct endpoint e;

  (void)state;
  for (size_t n = 0; n < strlen("[fe80::1]:9"); n++) {
    assert_true(endpoint_parse(slice_of(good, n), &e) < 0);
  }
}

static void test_unix_length(void **state)
{
  char path[ENDPOINT_PATH_SIZE + 1];
  struct endpoint e;

  (void)state;
  memset(path, 'p', sizeof path);
  assert_int_equal(endpoint_unix(slice_of(path, ENDPOINT_PATH_SIZE - 1), &e), 0);
  assert_int_equal(strlen(e.path), ENDPOINT_PATH_SIZE - 1);
  assert_int_equal(endpoint_unix(slice_of(path, ENDPOINT_PATH_SIZE), &e), ERR_TOO_LONG);
}

static void test_nul_inside(void **state)
{
  struct endpoint e;

  (void)state;
  assert_int_equal(endpoint_unix(slice_of("/a\0b", 4), &e), ERR_SYNTAX);
  assert_int_equal(endpoint_tcp(slice_of("127.0.0.1\0x", 11), 1, &e), ERR_ENCODING);
}

static void test_none(void **state)
{
  struct endpoint e = {.kind = ENDPOINT_NONE};
  struct buf out = {0};

  (void)state;
  endpoint_build(&e, &out);
  assert_string_equal(buf_str(&out), "none");
  buf_deinit(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),        cmocka_unit_test(test_localhost),
      cmocka_unit_test(test_bad),         cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_unix_length), cmocka_unit_test(test_nul_inside),
      cmocka_unit_test(test_none),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
