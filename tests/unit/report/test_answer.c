#include "report/answer.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void test_round_trip(void **state)
{
  (void)state;
  for (size_t i = 0; i < ANSWER_KINDS; i++) {
    CLEANUP(buf_deinit) struct buf out = {0};
    struct answer a;

    answer_build((enum answer_kind)i, slice_str("a line\n"), &out);
    buf_add_str(&out, "more 0\n");
    assert_int_equal(answer_parse(buf_slice(&out), &a), 0);
    assert_int_equal(a.kind, i);
    assert_true(slice_is(a.text, "a line\n"));
    buf_consume(&out, a.size);
    assert_int_equal(answer_parse(buf_slice(&out), &a), 0);
    assert_int_equal(a.kind, ANSWER_MORE);
    assert_int_equal(a.text.n, 0);
    assert_int_equal(a.size, out.n);
  }
}

static void test_words(void **state)
{
  (void)state;
  assert_string_equal(answer_word(ANSWER_MORE), "more");
  assert_string_equal(answer_word(ANSWER_BUSY), "busy");
}

static void test_every_truncation(void **state)
{
  static const char text[] = "refused 9\nno such x";
  struct answer a;

  (void)state;
  for (size_t n = 0; n + 1 < sizeof text; n++) {
    assert_int_equal(answer_parse(slice_of(text, n), &a), ERR_TRUNCATED);
  }
  assert_int_equal(answer_parse(slice_str(text), &a), 0);
}

static void test_malformed(void **state)
{
  static const char *const texts[] = {
      "\n",         "done\n",     "done \n",
      "done x\n",   "done 1x\n",  "done -1\n",
      "dona 1\nx",  "Done 1\nx",  "HTTP/1.1 400 Bad Request that is long\n",
      "done  1\nx", "done 1 \nx", "01234567890123456789012345678901234567890"};
  struct answer a;

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    assert_int_equal(answer_parse(slice_str(texts[i]), &a), ERR_SYNTAX);
  }
}

static void test_size_limit(void **state)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct answer a;

  (void)state;
  buf_addf(&text, "done %u\n", LIMIT_ADMIN_ANSWER_BYTES);
  assert_int_equal(answer_parse(buf_slice(&text), &a), ERR_TRUNCATED);
  buf_clear(&text);
  buf_addf(&text, "done %u\n", LIMIT_ADMIN_ANSWER_BYTES + 1);
  assert_int_equal(answer_parse(buf_slice(&text), &a), ERR_RANGE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_words),
      cmocka_unit_test(test_every_truncation), cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_size_limit),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
