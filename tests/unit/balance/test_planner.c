#include "balance/planner.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 3);

  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  *state = st;
  return 0;
}

static struct service *service(struct stage *st)
{
  return &st->core->services[0];
}

static const struct content *content(struct stage *st, size_t i)
{
  return service(st)->publications[i].content;
}

static void give(struct stage *st, size_t instance, uint64_t revision)
{
  struct descriptor d = actor_descriptor(st, instance, revision);

  actor_give(st, instance, &d, NULL);
}

/* Makes instances usable or not behind the planner's back, and tells it. */
static void set_gone(struct stage *st, size_t instance, bool is_gone)
{
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};

  st->core->instances[instance].is_gone = is_gone;
  state_instance_changed(&s, &st->core->instances[instance]);
  stage_tell(st, EVENT_TICK);
}

static void waits_for_all_instances(void **state)
{
  struct stage *st = *state;

  give(st, 0, 1);
  give(st, 1, 1);
  assert_null(content(st, 0));
  give(st, 2, 1);
  assert_int_equal(content(st, 0)->variants[0].plan.n, 9);
  assert_int_equal(content(st, 1)->variants[0].plan.n, 9);
}

static void waits_no_longer_than_it_takes_to_settle(void **state)
{
  struct stage *st = *state;

  give(st, 0, 1);
  stage_pass(st, st->core->timing.settle - 1);
  assert_null(content(st, 0));
  stage_pass(st, 1);
  assert_int_equal(content(st, 0)->variants[0].plan.n, 3);
  give(st, 1, 1);
  stage_pass(st, st->core->timing.settle);
  assert_int_equal(content(st, 0)->variants[0].plan.n, 6);
}

/* While all first fetches are on their way nothing is said. */
static void no_alarm_before_the_first_answers(void **state)
{
  struct stage *st = *state;

  stage_pass(st, st->core->timing.settle);
  stage_pass(st, st->core->timing.settle);
  assert_int_equal(stage_logged(st, "none of its"), 0);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
}

static void an_unchanged_instance_changes_nothing(void **state)
{
  struct stage *st = *state;
  const struct content *before;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  stage_pass(st, st->core->timing.stagger);
  before = content(st, 0);
  give(st, 1, 2);
  assert_ptr_equal(content(st, 0), before);
  assert_false(service(st)->publications[0].is_changed);
}

static void who_is_gone_is_left_out(void **state)
{
  struct stage *st = *state;
  struct plan_source source;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  set_gone(st, 1, true);
  source = (struct plan_source){st->intros[1], 3, 1};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(content(st, i)->variants[0].plan.n, 6);
    assert_false(plan_has_source(&content(st, i)->variants[0].plan, &source));
  }
  set_gone(st, 1, false);
  assert_true(plan_has_source(&content(st, 0)->variants[0].plan, &source));
}

/* The panic rule: the last good set stays, said once and loudly. */
static void all_gone_keep_the_last_set(void **state)
{
  struct stage *st = *state;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  for (size_t i = 0; i < 3; i++) {
    set_gone(st, i, true);
  }
  assert_int_equal(content(st, 0)->variants[0].plan.n, 3);
  assert_int_equal(stage_logged(st, "none of its 3 instances is usable"), 1);
  set_gone(st, 1, true);
  assert_int_equal(stage_logged(st, "none of its 3 instances is usable"), 1);
  set_gone(st, 2, false);
  assert_int_equal(stage_logged(st, "1 of 3 instances usable again"), 1);
}

/* ... also in a descriptor that begins meanwhile. */
static void a_new_descriptor_inherits_the_last_set(void **state)
{
  struct stage *st = *state;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  for (size_t i = 0; i < 3; i++) {
    set_gone(st, i, true);
  }
  st->now.wall.s = MAKER_VALID_AFTER + 10 * MAKER_HOUR;
  actor_show_network(st, MAKER_VALID_AFTER + 9 * MAKER_HOUR); /* a new SRV */
  assert_non_null(content(st, 0));
  assert_non_null(content(st, 1));
  assert_true(content_equal(content(st, 0), content(st, 1)));
}

/* ---- lines about points ---- */

static void lines_need_unanimity(void **state)
{
  struct stage *st = *state;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  assert_true(content(st, 0)->has_flow_control);
  assert_string_equal(content(st, 0)->flow_control, "1-2 31");
  assert_false(content(st, 0)->is_single_onion);
  memcpy(st->core->instances[2].knowledge.flow_control, "1-3 31", 7);
  set_gone(st, 2, false);
  assert_false(content(st, 0)->has_flow_control);
  set_gone(st, 2, true);
  assert_true(content(st, 0)->has_flow_control);
  for (size_t i = 0; i < 3; i++) {
    st->core->instances[i].knowledge.is_single_onion = i < 2;
  }
  set_gone(st, 2, true);
  assert_true(content(st, 0)->is_single_onion);
  set_gone(st, 2, false);
  assert_false(content(st, 0)->is_single_onion);
}

/* ---- when ---- */

/* What clients use now changes at once, the other one a little later. */
static void the_other_descriptor_follows_later(void **state)
{
  struct stage *st = *state;
  const struct network *net = &st->core->network;
  uint64_t current = net->slots[net->client_slot].period.number;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  stage_pass(st, 1);
  set_gone(st, 0, true);
  for (size_t i = 0; i < 2; i++) {
    const struct publication *pub = &service(st)->publications[i];

    if (pub->slot.period.number == current) {
      assert_int_equal(pub->round, 2);
    } else {
      assert_true(pub->round == 2 || pub->is_changed);
    }
  }
  stage_pass(st, st->core->timing.stagger);
  assert_int_equal(service(st)->publications[0].round, 2);
  assert_int_equal(service(st)->publications[1].round, 2);
}

static void drop_content(struct content **c)
{
  content_free(*c);
}

static void rotation_keeps_what_fits(void **state)
{
  struct stage *st = *state;
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};
  CLEANUP(drop_content) struct content *before = NULL;

  for (size_t i = 0; i < 3; i++) {
    give(st, i, 1);
  }
  before = content_copy(content(st, 0));
  planner_plan(&s, service(st), &service(st)->publications[0], true);
  assert_true(content_equal(content(st, 0), before));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(waits_for_all_instances, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(waits_no_longer_than_it_takes_to_settle, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(no_alarm_before_the_first_answers, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_unchanged_instance_changes_nothing, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(who_is_gone_is_left_out, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(all_gone_keep_the_last_set, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_descriptor_inherits_the_last_set, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(lines_need_unanimity, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_other_descriptor_follows_later, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(rotation_keeps_what_fits, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
