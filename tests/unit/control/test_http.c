#include "control/http.h"

#include "message.h"

#define OK "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"

static const struct http_expected any = {.status_min = 200, .status_max = 399};

static enum http_outcome judge(const char *answer, bool is_over, const char *text)
{
  struct http_expected e = any;

  e.text = slice_str(text);
  return http_judge(slice_str(answer), is_over, &e);
}

static void ask(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  (void)state;
  assert_int_equal(http_ask(slice_str("abc.onion"), slice_str("/health?x=1"), &out), 0);
  assert_string_equal(buf_str(&out), "GET /health?x=1 HTTP/1.0\r\nHost: abc.onion\r\n"
                                     "Connection: close\r\n\r\n");
}

static void bad_paths(void **state)
{
  static const char *const paths[] = {"", "x", "/a b", "/a\r\nX: y", "/\x7f", "/\xc3\xa4"};
  CLEANUP(buf_deinit) struct buf out = {0};

  (void)state;
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    assert_int_equal(http_ask(slice_str("h"), slice_str(paths[i]), &out), ERR_SYNTAX);
  }
  assert_int_equal(out.n, 0);
}

static void statuses(void **state)
{
  (void)state;
  assert_int_equal(judge(OK, false, ""), HTTP_EXPECTED);
  assert_int_equal(judge("HTTP/1.0 399\n", false, ""), HTTP_EXPECTED);
  assert_int_equal(judge("HTTP/1.1 400 Bad\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("HTTP/1.1 199 x\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("HTTP/1.1 20\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("HTTP/1.1 +20 OK\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("HTTP/11.1 200 OK\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("SSH-2.0-OpenSSH\r\n", false, ""), HTTP_OTHER);
  assert_int_equal(judge("\n", false, ""), HTTP_OTHER);
}

static void truncated(void **state)
{
  struct slice line = slice_str("HTTP/1.1 200 OK\r");

  (void)state;
  for (size_t n = 0; n <= line.n; n++) {
    assert_int_equal(http_judge(slice_of(line.p, n), false, &any), HTTP_WAITING);
    assert_int_equal(http_judge(slice_of(line.p, n), true, &any), HTTP_OTHER);
  }
}

static void texts(void **state)
{
  (void)state;
  assert_int_equal(judge(OK "all is well", false, "well"), HTTP_EXPECTED);
  assert_int_equal(judge(OK "all is we", false, "well"), HTTP_WAITING);
  assert_int_equal(judge(OK "all is we", true, "well"), HTTP_OTHER);
  assert_int_equal(judge("HTTP/1.0 200 OK\n\nwell", true, "well"), HTTP_EXPECTED);
  /* in a header it does not count */
  assert_int_equal(judge("HTTP/1.1 200 OK\r\nX: well\r\n\r\n", true, "well"), HTTP_OTHER);
  assert_int_equal(judge("HTTP/1.1 500 x\r\n\r\nwell", false, "well"), HTTP_OTHER);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ask),       cmocka_unit_test(bad_paths), cmocka_unit_test(statuses),
      cmocka_unit_test(truncated), cmocka_unit_test(texts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
