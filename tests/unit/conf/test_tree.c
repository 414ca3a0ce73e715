#include "conf/tree.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint32_t add(struct tree *t, enum tree_kind kind)
{
  uint32_t node = TREE_NONE;

  assert_int_equal(tree_add(t, kind, (struct place){1, 1}, &node), 0);
  return node;
}

static uint32_t add_text(struct tree *t, const char *text)
{
  uint32_t node = add(t, TREE_SCALAR);

  tree_set_text(t, node, slice_str(text));
  t->nodes[node].is_plain = true;
  return node;
}

static void test_map(void **state)
{
  struct tree t;
  uint32_t map, one, two;

  (void)state;
  tree_init(&t);
  map = add(&t, TREE_MAP);
  one = add_text(&t, "one");
  two = add_text(&t, "two");
  assert_int_equal(tree_append(&t, map, one, two), 0);
  assert_int_equal(tree_append(&t, map, two, one), 0);
  assert_int_equal(tree_node(&t, map)->n, 2);
  assert_int_equal(t.links[tree_find(&t, map, slice_str("two"))].value, one);
  assert_int_equal(tree_find(&t, map, slice_str("three")), TREE_NONE);
  tree_deinit(&t);
  assert_int_equal(t.root, TREE_NONE);
}

/* Takes out the first, the last, one between and the only one. */
static void test_unlink(void **state)
{
  (void)state;
  for (uint32_t n = 1; n <= 3; n++) {
    for (uint32_t gone = 0; gone < n; gone++) {
      struct tree t;
      uint32_t list, seen = 0;

      tree_init(&t);
      list = add(&t, TREE_LIST);
      for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(tree_append(&t, list, TREE_NONE, list), 0);
      }
      tree_unlink(&t, list, gone);
      assert_int_equal(tree_append(&t, list, TREE_NONE, list), 0);
      for (uint32_t i = t.nodes[list].first; i != TREE_NONE; i = t.links[i].next) {
        assert_int_not_equal(i, gone);
        seen++;
      }
      assert_int_equal(seen, n);
      assert_int_equal(t.nodes[list].n, n);
      tree_deinit(&t);
    }
  }
}

static void test_text(void **state)
{
  struct tree t;
  uint32_t a, b, empty;

  (void)state;
  tree_init(&t);
  a = add_text(&t, "one");
  empty = add(&t, TREE_SCALAR);
  b = add_text(&t, "two");
  assert_true(slice_is(tree_text(&t, a), "one"));
  assert_true(slice_is(tree_text(&t, b), "two"));
  assert_int_equal(tree_text(&t, empty).n, 0);
  assert_false(tree_is_null(&t, empty)); /* quoted */
  tree_deinit(&t);
}

static void test_null(void **state)
{
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
  static const char *const others[] = {"nULL", "0", "none", "no"};
  struct tree t;

  (void)state;
  tree_init(&t);
  for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
    uint32_t node = add_text(&t, nulls[i]);

    assert_true(tree_is_null(&t, node));
    assert_string_equal(tree_kind_text(&t, node), "nothing");
    t.nodes[node].is_plain = false;
    assert_string_equal(tree_kind_text(&t, node), "text");
  }
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    assert_false(tree_is_null(&t, add_text(&t, others[i])));
  }
  assert_string_equal(tree_kind_text(&t, add(&t, TREE_LIST)), "a list");
  assert_string_equal(tree_kind_text(&t, add(&t, TREE_MAP)), "a map");
  tree_deinit(&t);
}

static void test_limits(void **state)
{
  struct tree t;
  uint32_t list, node;

  (void)state;
  tree_init(&t);
  list = add(&t, TREE_LIST);
  for (size_t i = 1; i < LIMIT_CONFIG_NODES; i++) {
    assert_int_equal(tree_add(&t, TREE_SCALAR, (struct place){1, 1}, &node), 0);
    assert_int_equal(tree_append(&t, list, TREE_NONE, node), 0);
  }
  assert_int_equal(tree_add(&t, TREE_SCALAR, (struct place){1, 1}, &node), ERR_TOO_LONG);
  assert_int_equal(tree_append(&t, list, TREE_NONE, node), 0);
  assert_int_equal(tree_append(&t, list, TREE_NONE, node), ERR_TOO_LONG);
  tree_deinit(&t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_map),  cmocka_unit_test(test_unlink), cmocka_unit_test(test_text),
      cmocka_unit_test(test_null), cmocka_unit_test(test_limits),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
