#include "balance/drain.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 3);

  actor_publish(st);
  *state = st;
  return 0;
}

static void set_state(struct stage *st, size_t instance, unsigned value)
{
  struct admin_command c = {
      .op = ADMIN_STATE, .instance = st->instances[instance].address, .value = value};
  struct admin_result result;

  stage_step(st, &(struct event){.kind = EVENT_ADMIN, .admin = &c, .admin_result = &result});
}

/* Confirms every upload that is out, and those that follow; all but one of the
 * first `spare`. */
static void confirm(struct stage *st, size_t spare)
{
  for (int i = 0; i < 20; i++) {
    struct action_list todo = st->out;

    st->out = (struct action_list){0};
    for (size_t k = 0; k < todo.n; k++) {
      if (todo.items[k].kind == ACTION_UPLOAD && spare-- != 1) {
        actor_answer(st, &todo.items[k], EVENT_UPLOADED, false);
      }
    }
    action_list_deinit(&todo);
    stage_pass(st, 1000);
  }
}

static void safe_after_all_have_confirmed(void **state)
{
  struct stage *st = *state;
  const struct instance *in = &st->core->instances[1];

  set_state(st, 1, ADMIN_DRAIN);
  assert_false(in->is_clear);
  confirm(st, 1); /* one HSDir is silent */
  assert_false(in->is_clear);
  stage_pass(st, st->core->timing.upload_timeout);
  stage_pass(st, st->core->timing.upload_retry_first);
  confirm(st, 0);
  assert_true(in->is_clear);
  assert_int_equal(in->safe_at.s - st->now.wall.s, DRAIN_LIFETIME - 20);
}

static void never_longer_than_the_period(void **state)
{
  struct stage *st = *state;
  const struct network *net = &st->core->network;
  struct wall end =
      schedule_period_start(&net->schedule, net->slots[net->client_slot].period.number + 1);

  st->now.wall.s = end.s - 1000;
  set_state(st, 1, ADMIN_MAINTENANCE);
  confirm(st, 0);
  assert_true(st->core->instances[1].is_clear);
  assert_int_equal(st->core->instances[1].safe_at.s, end.s);
}

static void coming_back_ends_it(void **state)
{
  struct stage *st = *state;

  set_state(st, 1, ADMIN_DRAIN);
  confirm(st, 0);
  assert_true(st->core->instances[1].is_clear);
  set_state(st, 1, ADMIN_ENABLED);
  assert_false(st->core->instances[1].is_clear);
  confirm(st, 0);
  assert_false(st->core->instances[1].is_clear);
}

/* What is not published at all is not in any descriptor that is. */
static void the_last_one_is_clear_at_once(void **state)
{
  struct stage *st = *state;

  for (size_t i = 0; i < 3; i++) {
    set_state(st, i, ADMIN_DISABLED);
  }
  assert_true(st->core->instances[2].is_clear);
  assert_int_equal(st->core->instances[2].safe_at.s, st->now.wall.s + DRAIN_LIFETIME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(safe_after_all_have_confirmed),
      TEST(never_longer_than_the_period),
      TEST(coming_back_ends_it),
      TEST(the_last_one_is_clear_at_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
