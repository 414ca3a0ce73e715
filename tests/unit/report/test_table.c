#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const heads[] = {"NAME", "N", "WHY"};

static void fill(struct table *t)
{
  table_init(t, heads, 3);
  table_add(t, FORM_PLAIN, slice_str("a"));
  table_addf(t, FORM_GOOD, "%d", 1234);
  table_add(t, FORM_PLAIN, slice_str("because it is so"));
  table_add(t, FORM_PLAIN, slice_str("longer\n"));
  table_add(t, FORM_BAD, slice_str(""));
  table_add(t, FORM_PLAIN, slice_str(""));
}

static void check(const struct form *f, size_t indent, const char *expected)
{
  CLEANUP(table_deinit) struct table t;
  CLEANUP(buf_deinit) struct buf out = {0};

  fill(&t);
  table_build(&t, f, indent, &out);
  assert_string_equal(buf_str(&out), expected);
}

static void test_widths(void **state)
{
  (void)state;
  check(&(struct form){0}, 2,
        "  NAME        N     WHY\n"
        "  a           1234  because it is so\n"
        "  longer\\x0A  -     -\n");
}

/* Lines end where the terminal does. */
static void test_cut(void **state)
{
  (void)state;
  check(&(struct form){.width = 30}, 0,
        "NAME        N     WHY\n"
        "a           1234  because it..\n"
        "longer\\x0A  -     -\n");
  check(&(struct form){.width = 5}, 0,
        "NAME        N     WHY\n"
        "a           1234  becaus..\n"
        "longer\\x0A  -     -\n");
}

static void test_colours(void **state)
{
  (void)state;
  check(&(struct form){.has_colour = true}, 0,
        "\x1b[1mNAME\x1b[0m        \x1b[1mN\x1b[0m     \x1b[1mWHY\x1b[0m\n"
        "a           \x1b[32m1234\x1b[0m  because it is so\n"
        "longer\\x0A  -     -\n");
}

static void test_empty(void **state)
{
  CLEANUP(table_deinit) struct table t;
  CLEANUP(buf_deinit) struct buf out = {0};

  (void)state;
  table_init(&t, heads, 3);
  table_build(&t, &(struct form){0}, 0, &out);
  assert_int_equal(out.n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_widths),
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_colours),
      cmocka_unit_test(test_empty),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
