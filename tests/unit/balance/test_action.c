#include "balance/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void begins_with_nothing_but_its_kind(void **state)
{
  static const struct action empty = {.kind = ACTION_UPLOAD};
  struct action_list l CLEANUP(action_list_deinit) = {0};
  struct action *a = action_add(&l, ACTION_UPLOAD);

  (void)state;
  assert_int_equal(l.n, 1);
  assert_memory_equal(&a->address, &empty.address, sizeof a->address);
  assert_int_equal(a->kind, ACTION_UPLOAD);
  assert_int_equal(a->text.n, 0);
  assert_int_equal(a->service, 0);
}

static void keeps_their_order(void **state)
{
  struct action_list l CLEANUP(action_list_deinit) = {0};

  (void)state;
  for (uint32_t i = 0; i < 100; i++) {
    action_add(&l, ACTION_BLIND)->service = i;
  }
  assert_int_equal(l.n, 100);
  for (uint32_t i = 0; i < 100; i++) {
    assert_int_equal(l.items[i].service, i);
  }
}

static void the_last_can_be_moved_forward(void **state)
{
  struct action_list l CLEANUP(action_list_deinit) = {0};

  (void)state;
  for (uint32_t i = 0; i < 5; i++) {
    action_add(&l, ACTION_BLIND)->service = i;
  }
  action_move_last(&l, 4);
  assert_int_equal(l.items[4].service, 4);
  action_move_last(&l, 1);
  assert_int_equal(l.items[0].service, 0);
  assert_int_equal(l.items[1].service, 4);
  assert_int_equal(l.items[2].service, 1);
  assert_int_equal(l.items[4].service, 3);
}

static void log_lines_are_formatted(void **state)
{
  struct action_list l CLEANUP(action_list_deinit) = {0};

  (void)state;
  action_log(&l, LOG_LEVEL_WARNING, "%s: %d of %d", "node1", 2, 3);
  assert_int_equal(l.items[0].kind, ACTION_LOG);
  assert_int_equal(l.items[0].level, LOG_LEVEL_WARNING);
  assert_string_equal(buf_str(&l.items[0].text), "node1: 2 of 3");
}

static void clear_and_deinit_free_the_texts(void **state)
{
  struct action_list l = {0};

  (void)state;
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 10; i++) {
      buf_add_str(&action_add(&l, ACTION_UPLOAD)->text, "a text that leaks if it is forgotten");
    }
    action_list_clear(&l);
    assert_int_equal(l.n, 0);
  }
  action_log(&l, LOG_LEVEL_INFO, "the last one");
  action_list_deinit(&l);
  assert_int_equal(l.n, 0);
  assert_null(l.items);
  action_list_deinit(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_with_nothing_but_its_kind), cmocka_unit_test(keeps_their_order),
      cmocka_unit_test(the_last_can_be_moved_forward),    cmocka_unit_test(log_lines_are_formatted),
      cmocka_unit_test(clear_and_deinit_free_the_texts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
