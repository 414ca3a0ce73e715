#include "report/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_all_kinds(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  (void)state;
  json_object(&j, NULL);
  json_string(&j, "a", "b");
  json_list(&j, "list");
  json_list_end(&j);
  json_list(&j, "more");
  json_number(&j, NULL, -5);
  json_bool(&j, NULL, true);
  json_object(&j, NULL);
  json_object_end(&j);
  json_null(&j, NULL);
  json_list_end(&j);
  json_time(&j, "time", (struct wall){1795362280});
  json_micro(&j, "part", 1001234);
  json_milli(&j, "share", 1005);
  json_milli(&j, "less", -7);
  json_object_end(&j);
  assert_string_equal(buf_str(&out),
                      "{\"a\": \"b\", \"list\": [], \"more\": [-5, true, {}, null], "
                      "\"time\": \"2026-11-22 15:44:40\", \"part\": 1.001234, \"share\": 1.005, "
                      "\"less\": -0.007}");
}

static void check_text(const char *text, const char *expected)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  json_string(&j, NULL, text);
  assert_string_equal(buf_str(&out), expected);
}

static void test_texts(void **state)
{
  (void)state;
  check_text("", "\"\"");
  check_text("say \"\\\"", "\"say \\\"\\\\\\\"\"");
  check_text("a\nb\x01\x7f", "\"a\\u000ab\\u0001\\u007f\"");
  check_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
             "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

/* What is not UTF-8 still makes JSON. */
static void test_broken_texts(void **state)
{
  (void)state;
  check_text("\xff", "\"\\u00ff\"");
  check_text("\xc3", "\"\\u00c3\"");
  check_text("\xc3x", "\"\\u00c3x\"");
  check_text("\xe2\x82", "\"\\u00e2\\u0082\"");
  check_text("\xc0\x80", "\"\\u00c0\\u0080\"");
  check_text("\xf5\x80\x80\x80", "\"\\u00f5\\u0080\\u0080\\u0080\"");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_kinds),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_broken_texts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
