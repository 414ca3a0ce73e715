#include "conf/loader.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Loads a text and returns its only message, or "" if there is none. */
static const char *load(struct slice yaml, struct buf *out)
{
  struct messages m;
  struct tree t;

  buf_clear(out);
  messages_init(&m, "f");
  if (loader_parse(yaml, &t, &m) == 0) {
    assert_int_equal(m.n_errors, 0);
  } else {
    assert_int_equal(m.n_errors, 1);
    assert_int_equal(t.n_nodes, 0);
  }
  assert_true(m.n <= 1);
  if (m.n == 1) {
    messages_format(&m, 0, out);
  }
  tree_deinit(&t);
  messages_deinit(&m);
  return buf_str(out);
}

static void expect(const char *yaml, const char *message)
{
  struct buf out = {0};

  assert_string_equal(load(slice_str(yaml), &out), message);
  buf_deinit(&out);
}

/* The text under a chain of keys, one of each map. */
static struct slice lookup(const struct tree *t, const char *const *keys, size_t n)
{
  uint32_t node = t->root;

  for (size_t i = 0; i < n; i++) {
    uint32_t link = tree_find(t, node, slice_str(keys[i]));

    assert_int_not_equal(link, TREE_NONE);
    node = t->links[link].value;
  }
  return tree_text(t, node);
}

static void test_positions(void **state)
{
  struct messages m;
  struct tree t;
  uint32_t link;

  (void)state;
  messages_init(&m, "f");
  assert_int_equal(loader_parse(slice_str("a: 1\nb:\n  - x\n"), &t, &m), 0);
  link = tree_find(&t, t.root, slice_str("b"));
  assert_int_equal(tree_node(&t, t.links[link].key)->place.line, 2);
  assert_int_equal(tree_node(&t, t.links[link].key)->place.column, 1);
  assert_int_equal(tree_node(&t, t.links[link].value)->place.line, 3);
  assert_int_equal(tree_node(&t, t.links[link].value)->place.column, 3);
  tree_deinit(&t);
  messages_deinit(&m);
}

static void test_merge_order(void **state)
{
  static const char yaml[] = "base: &base {x: base, y: base, z: base}\n"
                             "more: &more {<<: *base, y: more, w: more}\n"
                             "last: {x: own, <<: [*more, *base]}\n";
  static const struct {
    const char *keys[2];
    const char *value;
  } cases[] = {
      {{"more", "x"}, "base"}, {{"more", "y"}, "more"}, {{"last", "x"}, "own"},
      {{"last", "y"}, "more"}, {{"last", "z"}, "base"}, {{"last", "w"}, "more"},
  };
  struct messages m;
  struct tree t;

  (void)state;
  messages_init(&m, "f");
  assert_int_equal(loader_parse(slice_str(yaml), &t, &m), 0);
  assert_int_equal(m.n, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_true(slice_is(lookup(&t, cases[i].keys, 2), cases[i].value));
  }
  tree_deinit(&t);
  messages_deinit(&m);
}

static void test_quoted_merge_is_a_key(void **state)
{
  (void)state;
  expect("'<<': text\n", "");
  expect("<<: text\n", "f:1:1: \"<<\" needs a map or a list of maps, not text");
}

static void test_anchor_again(void **state)
{
  static const char *const keys[] = {"c"};
  struct messages m;
  struct tree t;

  (void)state;
  messages_init(&m, "f");
  assert_int_equal(loader_parse(slice_str("a: &n 1\nb: &n 2\nc: *n\n"), &t, &m), 0);
  assert_true(slice_is(lookup(&t, keys, 1), "2"));
  tree_deinit(&t);
  messages_deinit(&m);
}

static void test_refused(void **state)
{
  (void)state;
  expect("a: *b\n", "f:1:4: no anchor has the name \"b\"");
  expect("a: &b [*b]\n", "f:1:8: the alias \"b\" stands inside of what it names");
  expect("{[a]: b}\n", "f:1:2: a key must be text, not a list");
  expect("a: !x y\n", "f:1:4: the tag \"!x\" is not supported");
  expect("a: !x []\n", "f:1:4: the tag \"!x\" is not supported");
  expect("a: !x {}\n", "f:1:4: the tag \"!x\" is not supported");
  expect("a\n---\nb\n", "f:2:1: a second YAML document begins here: there must be only one");
  expect("a: 1\na: 2\n", "f:2:1: \"a\" stands twice: the one at line 1 is ignored");
}

static void test_own_tags(void **state)
{
  (void)state;
  expect("a: !!str 1\nb: !!seq [!!int 1, ! x]\nc: !!map {}\n", "");
}

static void test_not_utf8(void **state)
{
  struct buf out = {0};

  (void)state;
  assert_non_null(strstr(load(slice_str("a: 1\nb: \xff\n"), &out), "f:2:4: malformed text: "));
  assert_non_null(strstr(load(slice_of("a: 1\n\0", 6), &out), "f:2:1: malformed text: "));
  buf_deinit(&out);
}

/* Nothing that is cut short crashes or hangs. */
static void test_truncated(void **state)
{
  static const char yaml[] =
      "%YAML 1.1\n---\n&a a: [*a, {<<: {x: \"\u00e9\"}}, 'q', |\n x\n]\n...\n";
  struct buf out = {0};

  (void)state;
  for (size_t n = 0; n <= strlen(yaml); n++) {
    load(slice_of(yaml, n), &out);
  }
  buf_deinit(&out);
}

static void test_depth(void **state)
{
  struct buf yaml = {0};
  struct buf out = {0};

  (void)state;
  buf_add_fill(&yaml, '[', LIMIT_CONFIG_DEPTH);
  buf_add_fill(&yaml, ']', LIMIT_CONFIG_DEPTH);
  assert_string_equal(load(buf_slice(&yaml), &out), "");
  buf_clear(&yaml);
  buf_add_fill(&yaml, '[', 100000);
  assert_string_equal(load(buf_slice(&yaml), &out), "f:1:17: nested deeper than 16 levels");
  buf_clear(&yaml);
  for (size_t i = 0; i < 1000; i++) {
    buf_add_str(&yaml, "- ");
  }
  assert_string_equal(load(buf_slice(&yaml), &out), "f:1:33: nested deeper than 16 levels");
  buf_deinit(&yaml);
  buf_deinit(&out);
}

static void test_many_keys(void **state)
{
  struct buf yaml = {0};
  struct buf out = {0};

  (void)state;
  for (unsigned i = 0; i < LIMIT_CONFIG_KEYS; i++) {
    buf_addf(&yaml, "k%u: 1\n", i);
  }
  assert_string_equal(load(buf_slice(&yaml), &out), "");
  buf_add_str(&yaml, "one: 2\n");
  assert_string_equal(load(buf_slice(&yaml), &out), "f:65:6: more than 64 keys in one map");
  buf_deinit(&yaml);
  buf_deinit(&out);
}

static void test_many_merged_keys(void **state)
{
  struct buf yaml = {0};
  struct buf out = {0};

  (void)state;
  buf_add_str(&yaml, "- &a {");
  for (unsigned i = 0; i < LIMIT_CONFIG_KEYS; i++) {
    buf_addf(&yaml, "k%u: 1,", i);
  }
  buf_add_str(&yaml, "}\n- {<<: *a}\n");
  assert_string_equal(load(buf_slice(&yaml), &out), "");
  buf_add_str(&yaml, "- {<<: *a, other: 1}\n");
  assert_string_equal(load(buf_slice(&yaml), &out), "f:3:4: more than 64 keys in one map");
  buf_deinit(&yaml);
  buf_deinit(&out);
}

static void test_many_anchors(void **state)
{
  struct buf yaml = {0};
  struct buf out = {0};

  (void)state;
  for (unsigned i = 0; i < LIMIT_CONFIG_ANCHORS; i++) {
    buf_addf(&yaml, "- &a%u x\n", i);
  }
  assert_string_equal(load(buf_slice(&yaml), &out), "");
  buf_add_str(&yaml, "- &b x\n");
  assert_string_equal(load(buf_slice(&yaml), &out), "f:257:3: more than 256 anchors");
  buf_deinit(&yaml);
  buf_deinit(&out);
}

static void test_many_values(void **state)
{
  struct buf yaml = {0};
  struct buf out = {0};

  (void)state;
  buf_add_str(&yaml, "- &a x\n");
  for (size_t i = 0; i < LIMIT_CONFIG_NODES; i++) {
    buf_add_str(&yaml, "-\n");
  }
  assert_non_null(strstr(load(buf_slice(&yaml), &out), "too large: more than 2000000 values"));
  buf_deinit(&yaml);
  buf_deinit(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_positions),
      cmocka_unit_test(test_merge_order),
      cmocka_unit_test(test_quoted_merge_is_a_key),
      cmocka_unit_test(test_anchor_again),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_own_tags),
      cmocka_unit_test(test_not_utf8),
      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_many_keys),
      cmocka_unit_test(test_many_merged_keys),
      cmocka_unit_test(test_many_anchors),
      cmocka_unit_test(test_many_values),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
