#include "control/keyval.h"

#include "message.h"

static void items(void **state)
{
  struct cursor c = cursor_from(
      slice_str("AUTH METHODS=COOKIE,SAFECOOKIE  FILE=\"/a \\\"b\" E= \"x=y\" k=a==\""));
  struct keyval kv;

  (void)state;
  assert_true(keyval_next(&c, &kv));
  assert_int_equal(kv.key.n, 0);
  assert_slice(kv.value, "AUTH");
  assert_true(keyval_next(&c, &kv));
  assert_slice(kv.key, "METHODS");
  assert_slice(kv.value, "COOKIE,SAFECOOKIE");
  assert_false(kv.is_quoted);
  assert_true(keyval_next(&c, &kv));
  assert_slice(kv.key, "FILE");
  assert_slice(kv.value, "/a \\\"b");
  assert_true(kv.is_quoted);
  assert_true(keyval_next(&c, &kv));
  assert_slice(kv.key, "E");
  assert_int_equal(kv.value.n, 0);
  assert_true(keyval_next(&c, &kv));
  assert_int_equal(kv.key.n, 0);
  assert_slice(kv.value, "x=y");
  assert_true(keyval_next(&c, &kv));
  assert_slice(kv.key, "k");
  assert_slice(kv.value, "a==\"");
  assert_false(keyval_next(&c, &kv));
  assert_int_equal(c.err, 0);
}

static void nothing(void **state)
{
  static const char *const texts[] = {"", " ", "   "};

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct cursor c = cursor_from(slice_str(texts[i]));
    struct keyval kv;

    assert_false(keyval_next(&c, &kv));
    assert_int_equal(c.err, 0);
  }
}

static void malformed(void **state)
{
  static const char *const texts[] = {
      "\"open", "K=\"open", "K=\"a\"b", "\"a\"b", "=value", "a\"b\"", "K=\"a\\\"", "\"\\",
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct cursor c = cursor_from(slice_str(texts[i]));
    struct keyval kv;

    while (keyval_next(&c, &kv)) {
    }
    assert_true(c.err < 0);
  }
}

static void find(void **state)
{
  struct keyval kv;

  (void)state;
  assert_int_equal(keyval_find(slice_str("A=1 B=2 B=3"), "B", &kv), 0);
  assert_slice(kv.value, "2");
  assert_int_equal(keyval_find(slice_str("A=1 B=2"), "C", &kv), ERR_MISSING);
  assert_int_equal(keyval_find(slice_str("C A=1"), "C", &kv), ERR_MISSING);
  assert_int_equal(keyval_find(slice_str("A=\"1"), "C", &kv), ERR_SYNTAX);
}

static int unquote(const char *value, struct buf *out)
{
  struct keyval kv = {.value = slice_str(value), .is_quoted = true};

  buf_clear(out);
  return keyval_text(&kv, out);
}

/* The escapes of tor's esc_for_log. */
static void escapes(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};
  struct keyval bare = {.value = slice_str("a\\n")};

  (void)state;
  assert_int_equal(unquote("/a\\\\b\\\"c\\'d\\ne\\tf\\rg", &out), 0);
  assert_string_equal(buf_str(&out), "/a\\b\"c'd\ne\tf\rg");
  assert_int_equal(unquote("\\303\\274\\0\\1x\\377", &out), 0);
  assert_slice(buf_slice(&out).n == 6 ? slice_of(out.p + 3, 3) : buf_slice(&out), "\1x\377");
  assert_memory_equal(out.p, "\303\274\0", 3);
  assert_int_equal(unquote("", &out), 0);
  assert_int_equal(out.n, 0);
  assert_int_equal(unquote("a\\", &out), ERR_SYNTAX);
  assert_int_equal(out.n, 0);
  assert_int_equal(unquote("\\400", &out), ERR_SYNTAX);
  assert_int_equal(keyval_text(&bare, &out), 0);
  assert_string_equal(buf_str(&out), "a\\n");
}

static void quote(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(keyval_quote(slice_str("p\"a\\s \xc3\xbc"), &out), 0);
  assert_string_equal(buf_str(&out), "\"p\\\"a\\\\s \xc3\xbc\"");
  buf_clear(&out);
  assert_int_equal(keyval_quote(slice_str(""), &out), 0);
  assert_string_equal(buf_str(&out), "\"\"");
  buf_clear(&out);
  assert_int_equal(keyval_quote(slice_str("a\r\nQUIT"), &out), ERR_ENCODING);
  assert_int_equal(keyval_quote(slice_of("a\0b", 3), &out), ERR_ENCODING);
  assert_int_equal(keyval_quote(slice_str("a\x7f"), &out), ERR_ENCODING);
  assert_int_equal(out.n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items), cmocka_unit_test(nothing), cmocka_unit_test(malformed),
      cmocka_unit_test(find),  cmocka_unit_test(escapes), cmocka_unit_test(quote),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
