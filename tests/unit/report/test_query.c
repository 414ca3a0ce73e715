#include "report/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static int parse(const char *line, struct query *q)
{
  return query_parse(slice_str(line), q);
}

static void test_good(void **state)
{
  CLEANUP(query_deinit) struct query q = {0};

  (void)state;
  assert_int_equal(parse("onionbalance/1 text:80:colour show instance caf%C3%A9%20%25", &q), 0);
  assert_int_equal(q.n, 3);
  assert_string_equal(q.words[0], "show");
  assert_string_equal(q.words[1], "instance");
  assert_string_equal(q.words[2], "caf\xc3\xa9 %");
  assert_int_equal(q.form.width, 80);
  assert_true(q.form.has_colour);
}

static void test_every_truncation(void **state)
{
  static const char line[] = "onionbalance/1 json wait %41";

  (void)state;
  for (size_t n = 0; n + 1 < sizeof line; n++) {
    struct query q;
    int err = query_parse(slice_of(line, n), &q);
    bool is_whole_word = n == 23 + 1 || n == 22 || n == 21;

    if (err < 0) {
      assert_int_equal(q.n, 0);
      assert_null(q.texts.p);
    } else {
      assert_true(n > strlen("onionbalance/1 json "));
      assert_true(n <= strlen("onionbalance/1 json wait ") || !is_whole_word);
    }
    query_deinit(&q);
  }
}

static void test_malformed(void **state)
{
  static const struct {
    const char *line;
    int err;
  } lines[] = {
      {"", ERR_UNSUPPORTED},
      {"GET / HTTP/1.1", ERR_UNSUPPORTED},
      {"onionbalance/2 text status", ERR_UNSUPPORTED},
      {"onionbalance/1", ERR_UNSUPPORTED},
      {"onionbalance/1 ", ERR_SYNTAX},
      {"onionbalance/1 text", ERR_SYNTAX},
      {"onionbalance/1 text ", ERR_SYNTAX},
      {"onionbalance/1 text a  b", ERR_SYNTAX},
      {"onionbalance/1 xml status", ERR_SYNTAX},
      {"onionbalance/1 text a\tb", ERR_SYNTAX},
      {"onionbalance/1 text a\rb", ERR_SYNTAX},
      {"onionbalance/1 text a%", ERR_ENCODING},
      {"onionbalance/1 text a%4", ERR_ENCODING},
      {"onionbalance/1 text a%zz", ERR_ENCODING},
      {"onionbalance/1 text a%00", ERR_ENCODING},
  };

  (void)state;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    struct query q;

    assert_int_equal(parse(lines[i].line, &q), lines[i].err);
    assert_int_equal(q.n, 0);
  }
}

static void test_nul_byte(void **state)
{
  struct query q;

  (void)state;
  assert_int_equal(query_parse(slice_of("onionbalance/1 text a\0b", 23), &q), ERR_SYNTAX);
}

static void test_words_limit(void **state)
{
  CLEANUP(buf_deinit) struct buf line = {0};
  CLEANUP(query_deinit) struct query q = {0};

  (void)state;
  buf_add_str(&line, "onionbalance/1 text");
  for (size_t i = 0; i < LIMIT_ADMIN_WORDS; i++) {
    buf_add_str(&line, " w");
  }
  assert_int_equal(query_parse(buf_slice(&line), &q), 0);
  assert_int_equal(q.n, LIMIT_ADMIN_WORDS);
  query_deinit(&q);
  buf_add_str(&line, " w");
  assert_int_equal(query_parse(buf_slice(&line), &q), ERR_TOO_LONG);
}

static void test_build(void **state)
{
  static const char *const words[] = {"explain", "a b%\n\xc3\xa9"};
  CLEANUP(buf_deinit) struct buf line = {0};
  CLEANUP(query_deinit) struct query q = {0};

  (void)state;
  assert_int_equal(query_build(&(struct form){.is_json = true}, words, 2, &line), 0);
  assert_string_equal(buf_str(&line), "onionbalance/1 json explain a%20b%25%0A\xc3\xa9\n");
  assert_int_equal(query_parse(slice_of(line.p, line.n - 1), &q), 0);
  assert_string_equal(q.words[1], words[1]);
}

static void test_build_limits(void **state)
{
  const char *words[LIMIT_ADMIN_WORDS + 1];
  CLEANUP(buf_deinit) struct buf word = {0};
  CLEANUP(buf_deinit) struct buf line = {0};
  struct form form = {0};

  (void)state;
  for (size_t i = 0; i <= LIMIT_ADMIN_WORDS; i++) {
    words[i] = "w";
  }
  assert_int_equal(query_build(&form, words, LIMIT_ADMIN_WORDS, &line), 0);
  buf_clear(&line);
  assert_int_equal(query_build(&form, words, LIMIT_ADMIN_WORDS + 1, &line), ERR_TOO_LONG);
  buf_add_fill(&word, 'w', LIMIT_ADMIN_REQUEST_BYTES);
  words[0] = buf_str(&word);
  assert_int_equal(query_build(&form, words, 1, &line), ERR_TOO_LONG);
  assert_int_equal(line.n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),         cmocka_unit_test(test_every_truncation),
      cmocka_unit_test(test_malformed),    cmocka_unit_test(test_nul_byte),
      cmocka_unit_test(test_words_limit),  cmocka_unit_test(test_build),
      cmocka_unit_test(test_build_limits),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
