#include "base/mem.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_new_is_zeroed(void **state)
{
  uint8_t *p = mem_new(1000);

  (void)state;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(p[i], 0);
  }
  free(p);
}

static void test_nothing(void **state)
{
  void *a = mem_new(0);
  void *b = mem_array(0, 8);

  (void)state;
  assert_non_null(a);
  assert_non_null(b);
  free(a);
  free(b);
}

static void test_array_is_zeroed(void **state)
{
  uint64_t *p = mem_array(100, sizeof *p);

  (void)state;
  for (size_t i = 0; i < 100; i++) {
    assert_int_equal(p[i], 0);
  }
  free(p);
}

static void test_grow(void **state)
{
  uint32_t *items = NULL;
  size_t cap = 0;

  (void)state;
  for (uint32_t i = 0; i < 1000; i++) {
    items = mem_grow(items, i, &cap, sizeof *items);
    assert_true(cap > i);
    items[i] = i;
  }
  for (uint32_t i = 0; i < 1000; i++) {
    assert_int_equal(items[i], i);
  }
  free(items);
}

static void test_grow_keeps_room(void **state)
{
  size_t cap = 0;
  uint8_t *items = mem_grow(NULL, 0, &cap, 1);
  size_t before = cap;

  (void)state;
  assert_ptr_equal(mem_grow(items, before - 1, &cap, 1), items);
  assert_int_equal(cap, before);
  free(items);
}

static void test_string(void **state)
{
  CLEANUP(mem_free_at) char *s = mem_string("abcdef", 3);
  CLEANUP(mem_free_at) char *empty = mem_string(NULL, 0);

  (void)state;
  assert_string_equal(s, "abc");
  assert_string_equal(empty, "");
}

static void test_free_at(void **state)
{
  char *s = mem_string("x", 1);

  (void)state;
  mem_free_at(&s);
  assert_null(s);
  mem_free_at(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_new_is_zeroed),   cmocka_unit_test(test_nothing),
      cmocka_unit_test(test_array_is_zeroed), cmocka_unit_test(test_grow),
      cmocka_unit_test(test_grow_keeps_room), cmocka_unit_test(test_string),
      cmocka_unit_test(test_free_at),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
