#include "balance/stock.h"

#include "balance/snapshot.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY ((int64_t)24 * 3600)

static int setup(void **state)
{
  *state = stage_new(2, 1);
  return 0;
}

static void warnings_come_in_time(void **state)
{
  static const struct {
    int64_t left, span;
    unsigned level;
  } cases[] = {
      {15 * DAY, 60 * DAY, 0},    {14 * DAY, 60 * DAY, 1},     {7 * DAY, 60 * DAY, 2},
      {3 * DAY, 60 * DAY, 3},     {DAY, 60 * DAY, 4},          {1, 60 * DAY, 4},
      {0, 60 * DAY, 5},           {-DAY, 60 * DAY, 5},         {3 * DAY, 4 * DAY, 0},
      {2 * DAY, 4 * DAY, 1},      {DAY, 4 * DAY, 2},           {DAY / 2, 4 * DAY, 3},
      {DAY / 4, 4 * DAY, 4},      {DAY / 4 + 1, 4 * DAY, 3},   {0, 0, 5},
      {365 * DAY, 3650 * DAY, 0}, {14 * DAY + 1, 28 * DAY, 0}, {14 * DAY, 28 * DAY, 1},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(stock_level(cases[i].left, cases[i].span), cases[i].level);
  }
}

static void tell(struct stage *st, uint32_t service, int64_t left)
{
  struct event e = {.kind = EVENT_STOCKED,
                    .service = service,
                    .stock_until = wall_plus(st->now.wall, left),
                    .stock_span = 30 * DAY};

  stage_step(st, &e);
}

static void each_level_is_said_once(void **state)
{
  struct stage *st = *state;

  tell(st, 0, 20 * DAY);
  assert_int_equal(stage_logged(st, "bundle"), 0);
  tell(st, 0, 13 * DAY);
  tell(st, 0, 12 * DAY);
  assert_int_equal(stage_logged(st, "its bundles last for 13 days more, until"), 1);
  assert_int_equal(stage_logged(st, "its bundles last for"), 1);
  tell(st, 0, 5 * 3600);
  assert_int_equal(stage_logged(st, "its bundles last for 5 hours more"), 1);
  tell(st, 0, -1);
  tell(st, 0, -2);
  assert_int_equal(stage_logged(st, "its bundles have nothing for the time since"), 1);
  tell(st, 0, 30 * DAY);
  assert_int_equal(stage_logged(st, "the next bundle is there"), 1);
  tell(st, 0, 13 * DAY);
  assert_int_equal(stage_logged(st, "its bundles last for 13 days more"), 2);
}

static void only_those_who_have_bundles_are_shown_with_them(void **state)
{
  struct stage *st = *state;
  struct snapshot snapshot;

  tell(st, 1, 3 * DAY);
  tell(st, 2, 3 * DAY); /* there is no such service */
  snapshot_init(&snapshot, st->core);
  assert_false(snapshot.services[0].has_stock);
  assert_true(snapshot.services[1].has_stock);
  assert_int_equal(snapshot.services[1].stock_until.s, st->now.wall.s + 3 * DAY);
  assert_int_equal(snapshot.services[1].stock_level, 3);
  snapshot_deinit(&snapshot);
  stock_forget(st->core);
  snapshot_init(&snapshot, st->core);
  assert_false(snapshot.services[1].has_stock);
  snapshot_deinit(&snapshot);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(warnings_come_in_time),
      cmocka_unit_test_setup_teardown(each_level_is_said_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(only_those_who_have_bundles_are_shown_with_them, setup,
                                      stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
