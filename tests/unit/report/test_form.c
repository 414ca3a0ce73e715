#include "report/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void test_round_trip(void **state)
{
  static const char *const texts[] = {"json", "text", "text:80", "text:0:colour",
                                      "text:120:colour"};

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    CLEANUP(buf_deinit) struct buf out = {0};
    struct form f;

    assert_int_equal(form_parse(slice_str(texts[i]), &f), 0);
    form_build(&f, &out);
    assert_string_equal(buf_str(&out), texts[i]);
  }
}

static void test_values(void **state)
{
  struct form f;

  (void)state;
  assert_int_equal(form_parse(slice_str("text:132:colour"), &f), 0);
  assert_false(f.is_json);
  assert_true(f.has_colour);
  assert_int_equal(f.width, 132);
  assert_int_equal(form_parse(slice_str("text:10001"), &f), ERR_RANGE);
}

static void test_malformed(void **state)
{
  static const char *const texts[] = {
      "",       "j",        "jso",          "jsonx", "json:80", "text:",
      "text:x", "text:80:", "text:80:colo", "textt", "text:-1", "text:80:colours",
      "html"};
  struct form f;

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    assert_true(form_parse(slice_str(texts[i]), &f) < 0);
  }
}

/* What a terminal would take for a command is shown, not sent. */
static void test_text(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct form f = {.has_colour = true};

  (void)state;
  form_text(slice_str("a\x1b[2J\x9b\xc3\xa9\n~ "), &out);
  assert_string_equal(buf_str(&out), "a\\x1B[2J\\x9B\\xC3\\xA9\\x0A~ ");
  buf_clear(&out);
  form_add(&f, FORM_BAD, slice_str("x\x1b"), &out);
  assert_string_equal(buf_str(&out), "\x1b[31mx\\x1B\x1b[0m");
  buf_clear(&out);
  form_add(&f, FORM_PLAIN, slice_str("x"), &out);
  f.has_colour = false;
  form_add(&f, FORM_BAD, slice_str("y"), &out);
  assert_string_equal(buf_str(&out), "xy");
}

static void test_span(void **state)
{
  static const struct {
    int64_t ms;
    const char *text;
  } spans[] = {
      {INT64_MIN, "0 s"},
      {-1, "0 s"},
      {0, "0 s"},
      {1, "1 ms"},
      {999, "999 ms"},
      {1000, "1 s"},
      {59999, "59 s"},
      {60000, "1 min"},
      {61500, "1 min 1 s"},
      {3600000, "1 h"},
      {7500000, "2 h 5 min"},
      {3600000 + 59000, "1 h"},
      {86400000, "1 d"},
      {86400000 * 3 + 3600000, "3 d 1 h"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
    CLEANUP(buf_deinit) struct buf out = {0};

    form_span(spans[i].ms, &out);
    assert_string_equal(buf_str(&out), spans[i].text);
  }
}

static void test_percent(void **state)
{
  static const struct {
    unsigned millionths;
    const char *text;
  } cases[] = {{0, "0.0 %"},       {499, "0.0 %"},      {500, "0.1 %"},
               {666666, "66.7 %"}, {999500, "100.0 %"}, {1000000, "100.0 %"}};
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    buf_clear(&out);
    form_percent(cases[i].millionths, &out);
    assert_string_equal(buf_str(&out), cases[i].text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip), cmocka_unit_test(test_values),
      cmocka_unit_test(test_malformed),  cmocka_unit_test(test_text),
      cmocka_unit_test(test_span),       cmocka_unit_test(test_percent),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
