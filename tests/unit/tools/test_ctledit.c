#include "tools/ctledit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const char *service, const char *name, const char *expected)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  ctledit_build(slice_str(service), slice_str("abc.onion"), name, &out);
  assert_string_equal(buf_str(&out), expected);
}

/* What it writes is YAML whatever the names are. */
static void test_text(void **state)
{
  (void)state;
  check("", NULL, "# Added by onionbalancectl.\ninstances:\n- address: abc.onion\n");
  check("shop", "node 9",
        "# Added by onionbalancectl.\nservice: \"shop\"\ninstances:\n- address: abc.onion\n"
        "  name: \"node 9\"\n");
  check("a\"b\\c", "x\n: y",
        "# Added by onionbalancectl.\nservice: \"a\\\"b\\\\c\"\ninstances:\n- address: abc.onion\n"
        "  name: \"x\\x0A: y\"\n");
}

static void test_changes(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  (void)state;
  ctledit_build_change(slice_str(""), slice_str("abc.onion"), "state", "drain", &out);
  assert_string_equal(buf_str(&out), "# Written by onionbalancectl.\nchanges:\n"
                                     "- address: abc.onion\n  state: drain\n");
  buf_clear(&out);
  ctledit_build_change(slice_str("a\"b"), slice_str("abc.onion"), "weight", "0", &out);
  assert_string_equal(buf_str(&out),
                      "# Written by onionbalancectl.\nservice: \"a\\\"b\"\nchanges:\n"
                      "- address: abc.onion\n  weight: 0\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_changes)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
