#include "balance/supply.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 4);

  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  for (size_t i = 0; i < 4; i++) {
    struct descriptor d = actor_descriptor(st, i, 1);

    actor_give(st, i, &d, NULL);
  }
  *state = st;
  return 0;
}

/* What the service offers now. */
static void take(struct supply *o, struct stage *st)
{
  *o = (struct supply){0};
  supply_init(o, st->core, &st->core->services[0]);
}

static void all_that_serve(void **state)
{
  struct stage *st = *state;
  CLEANUP(supply_deinit) struct supply o;

  st->core->services[0].members[1].weight = 7;
  take(&o, st);
  assert_int_equal(o.n, 4);
  assert_int_equal(o.n_serving, 4);
  assert_false(o.is_backup || o.is_barred);
  for (size_t i = 0; i < 4; i++) {
    assert_ptr_equal(o.instances[i], &st->core->instances[i]);
    assert_int_equal(o.sources[i].n, 3);
    assert_int_equal(o.sources[i].weight, i == 1 ? 7 : 1);
  }
}

static void neither_barred_nor_gone(void **state)
{
  struct stage *st = *state;
  CLEANUP(supply_deinit) struct supply o;

  st->core->services[0].members[0].weight = 0;
  st->core->instances[1].admin = ADMIN_DRAIN;
  st->core->instances[2].is_gone = true;
  take(&o, st);
  assert_int_equal(o.n, 1);
  assert_ptr_equal(o.instances[0], &st->core->instances[3]);
  assert_false(o.is_barred);
  assert_true(supply_is_barred(st->core, &st->core->services[0], 0));
  assert_true(supply_is_barred(st->core, &st->core->services[0], 1));
  assert_false(supply_is_barred(st->core, &st->core->services[0], 2));
  assert_false(supply_is_admitted(st->core, &st->core->services[0], 2));
  assert_true(supply_is_admitted(st->core, &st->core->services[0], 3));
}

static void nothing_where_all_are_barred(void **state)
{
  struct stage *st = *state;
  CLEANUP(supply_deinit) struct supply o;

  for (size_t i = 0; i < 4; i++) {
    st->core->instances[i].admin = ADMIN_DISABLED;
  }
  take(&o, st);
  assert_int_equal(o.n, 0);
  assert_true(o.is_barred);
}

static void backups_only_without_others(void **state)
{
  struct stage *st = *state;
  CLEANUP(supply_deinit) struct supply o, later;

  st->core->services[0].members[3].is_backup = true;
  take(&o, st);
  assert_int_equal(o.n, 3);
  for (size_t i = 0; i < 3; i++) {
    st->core->instances[i].is_gone = true;
  }
  take(&later, st);
  assert_int_equal(later.n, 1);
  assert_true(later.is_backup);
  assert_ptr_equal(later.instances[0], &st->core->instances[3]);
}

static void set_down(struct stage *st, size_t i, int64_t at)
{
  st->core->can_probe = true;
  st->core->instances[i].health.state = HEALTH_DOWN;
  st->core->instances[i].health.since.mono.ms = at;
}

/* All are down: those that went last, and together. */
static void the_last_ones_where_all_are_down(void **state)
{
  struct stage *st = *state;
  CLEANUP(supply_deinit) struct supply o;

  set_down(st, 0, 1000);
  set_down(st, 1, 900000);
  set_down(st, 2, 870000);
  set_down(st, 3, 800000);
  take(&o, st);
  assert_int_equal(o.n_serving, 0);
  assert_int_equal(o.n, 2);
  assert_ptr_equal(o.instances[0], &st->core->instances[1]);
  assert_ptr_equal(o.instances[1], &st->core->instances[2]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(all_that_serve, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(neither_barred_nor_gone, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(nothing_where_all_are_barred, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(backups_only_without_others, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_last_ones_where_all_are_down, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
