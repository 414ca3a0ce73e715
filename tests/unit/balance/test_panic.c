#include "balance/panic.h"

#include "balance/checker.h"

#include "prober_actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 4);

  prober_actor_open(st);
  *state = st;
  return 0;
}

/* The ends of probes when the instances of `hung` (one bit each) hang. */
static void play(struct stage *st, int64_t seconds, unsigned hung)
{
  const struct prober_actor_end *ends[4];

  for (size_t i = 0; i < 4; i++) {
    ends[i] = (hung >> i & 1) != 0 ? &prober_actor_hung : &prober_actor_good;
  }
  prober_actor_play(st, seconds, ends);
}

static enum health_state state_of(struct stage *st, size_t i)
{
  return st->core->instances[i].health.state;
}

/* How many are in that state. */
static size_t count(struct stage *st, enum health_state state)
{
  size_t n = 0;

  for (size_t i = 0; i < st->n_instances; i++) {
    n += state_of(st, i) == state;
  }
  return n;
}

static void one_and_two_are_believed(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  play(st, 30, 1);
  assert_int_equal(state_of(st, 0), HEALTH_DOWN);
  play(st, 30, 3);
  assert_int_equal(state_of(st, 1), HEALTH_DOWN);
  assert_false(st->core->panic.is_on);
  assert_int_equal(stage_logged(st, "at the same time"), 0);
}

static void all_at_once_are_held(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  play(st, 600, 15);
  assert_true(st->core->panic.is_on);
  assert_int_equal(count(st, HEALTH_HELD), 4);
  assert_int_equal(stage_logged(st, "look down at the same time"), 1);
  assert_int_equal(st->core->services[0].publications[0].content->variants[0].plan.n, 12);
  play(st, 25, 0);
  assert_int_equal(count(st, HEALTH_UP), 4);
  assert_false(st->core->panic.is_on);
  assert_int_equal(stage_logged(st, "told apart again: 0 of 4 are down"), 1);
}

/* Three of four: nearly all. While the fourth answers they are held for two
 * minutes, then believed. */
static void nearly_all_are_held_for_a_while(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  play(st, 60, 7);
  assert_int_equal(count(st, HEALTH_HELD), 3);
  assert_int_equal(state_of(st, 3), HEALTH_UP);
  play(st, 120, 7);
  assert_int_equal(count(st, HEALTH_DOWN), 3);
  assert_false(st->core->panic.is_on);
  assert_int_equal(stage_logged(st, "told apart again: 3 of 4 are down"), 1);
  assert_int_equal(st->core->services[0].publications[0].content->variants[0].plan.n, 3);
}

/* All but one recover: it is not one of many any more. */
static void who_is_left_behind_goes(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  play(st, 60, 15);
  assert_int_equal(count(st, HEALTH_HELD), 4);
  play(st, 45, 4);
  assert_int_equal(state_of(st, 2), HEALTH_DOWN);
  assert_int_equal(count(st, HEALTH_UP), 3);
  assert_false(st->core->panic.is_on);
}

static void slow_deaths_are_believed_down_to_the_last(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  for (unsigned i = 0; i < 3; i++) {
    play(st, 100, (2U << i) - 1);
    assert_int_equal(count(st, HEALTH_DOWN), i + 1);
    assert_false(st->core->panic.is_on);
  }
  play(st, 600, 15);
  assert_int_equal(state_of(st, 3), HEALTH_HELD);
  assert_int_equal(count(st, HEALTH_DOWN), 3);
  assert_int_equal(stage_logged(st, "four: looks down"), 1);
  assert_int_equal(stage_logged(st, "no other is up: it stays published"), 1);
  assert_int_equal(st->core->services[0].publications[0].content->variants[0].plan.n, 3);
}

/* Those that went first come back when it turns out that all go. */
static void who_went_a_moment_before_is_taken_back(void **state)
{
  struct stage *st = *state;

  play(st, 25, 0);
  play(st, 24, 1);
  assert_int_equal(state_of(st, 0), HEALTH_DOWN);
  play(st, 60, 15);
  assert_int_equal(count(st, HEALTH_HELD), 4);
  assert_true(checker_is_serving(st->core, &st->core->instances[0]));
}

/* Who is not probed is no witness, neither for nor against. */
static void only_the_probed_count(void **state)
{
  struct stage *st = *state;

  st->core->instances[0].health.config.check = HEALTH_NONE;
  st->core->instances[1].admin = ADMIN_MAINTENANCE;
  play(st, 25, 0);
  play(st, 60, 12);
  assert_int_equal(count(st, HEALTH_HELD), 2);
  assert_int_equal(stage_logged(st, "2 of 2 instances look down"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(one_and_two_are_believed),
      TEST(all_at_once_are_held),
      TEST(nearly_all_are_held_for_a_while),
      TEST(who_is_left_behind_goes),
      TEST(slow_deaths_are_believed_down_to_the_last),
      TEST(who_went_a_moment_before_is_taken_back),
      TEST(only_the_probed_count),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
