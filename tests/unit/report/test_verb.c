#include "report/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static enum verb_outcome find(const char *a, const char *b, const char *c, enum verb_id *id)
{
  const char *words[] = {a, b, c};
  size_t used = 0, n = a == NULL ? 0 : b == NULL ? 1 : c == NULL ? 2 : 3;

  return verb_find(words, n, id, &used);
}

/* Every row of the table is found by its own words, and by no less. */
static void test_table(void **state)
{
  (void)state;
  for (size_t i = 0; i < VERBS; i++) {
    const struct verb *v = &verb_table[i];
    const char *words[8] = {v->first, v->second, "x", "x", "x", "x", "x", "x"};
    size_t used = 0, own = v->second == NULL ? 1 : 2;
    enum verb_id id = VERBS;

    words[1] = v->second == NULL ? "x" : v->second;
    assert_non_null(v->help);
    assert_int_equal(verb_find(words, own + v->min, &id, &used), VERB_FOUND);
    assert_int_equal(id, i);
    assert_int_equal(used, own);
    assert_int_equal(verb_find(words, own + v->max, &id, &used), VERB_FOUND);
    assert_int_equal(verb_find(words, own + v->max + 1, &id, &used), VERB_COUNT);
    if (v->min > 0) {
      assert_int_equal(verb_find(words, own + v->min - 1, &id, &used), VERB_COUNT);
    }
  }
}

static void test_unknown(void **state)
{
  enum verb_id id = VERB_STATUS;

  (void)state;
  assert_int_equal(find("statu", NULL, NULL, &id), VERB_UNKNOWN_FIRST);
  assert_int_equal(find("", NULL, NULL, &id), VERB_UNKNOWN_FIRST);
  assert_int_equal(find("show", NULL, NULL, &id), VERB_UNKNOWN_SECOND);
  assert_int_equal(find("instance", "drian", "x", &id), VERB_UNKNOWN_SECOND);
  assert_int_equal(find("publish", "later", NULL, &id), VERB_UNKNOWN_SECOND);
}

/* What changes something is for admins alone. */
static void test_levels(void **state)
{
  (void)state;
  for (size_t i = 0; i < VERBS; i++) {
    bool changes = strcmp(verb_table[i].first, "instance") == 0 ||
                   strcmp(verb_table[i].first, "publish") == 0 ||
                   strcmp(verb_table[i].first, "reload") == 0;

    assert_int_equal(verb_table[i].needs_admin, changes);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table),
      cmocka_unit_test(test_unknown),
      cmocka_unit_test(test_levels),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
