#include "balance/admin.h"

#include "prober_actor.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(2, 3);

  prober_actor_open(st);
  *state = st;
  return 0;
}

static struct admin_result command(struct stage *st, const struct admin_command *c)
{
  struct admin_result result = {.outcome = ADMIN_BAD_VALUE, .n_changed = 99};

  stage_step(st, &(struct event){.kind = EVENT_ADMIN, .admin = c, .admin_result = &result});
  return result;
}

static struct admin_result set_state(struct stage *st, size_t instance, unsigned value)
{
  return command(st, &(struct admin_command){.op = ADMIN_STATE,
                                             .instance = st->instances[instance].address,
                                             .value = value});
}

static struct admin_result set_weight(struct stage *st, size_t instance, unsigned value)
{
  return command(st, &(struct admin_command){.op = ADMIN_WEIGHT,
                                             .instance = st->instances[instance].address,
                                             .value = value});
}

/* Points of an instance in all descriptors of all services. */
static unsigned count_points(struct stage *st, size_t instance)
{
  struct plan_source source = {st->intros[instance], 3, 1};
  unsigned n = 0;

  for (size_t i = 0; i < 4; i++) {
    const struct content *content = st->core->services[i / 2].publications[i % 2].content;

    n += content == NULL ? 0 : plan_count(&content->variants[0].plan, &source);
  }
  return n;
}

static void every_state_but_enabled_takes_it_out(void **state)
{
  struct stage *st = *state;

  assert_int_equal(count_points(st, 1), 12);
  for (unsigned value = ADMIN_DRAIN; value < ADMIN_STATES; value++) {
    struct admin_result r = set_state(st, 1, value);

    assert_int_equal(r.outcome, ADMIN_DONE);
    assert_int_equal(r.n_changed, 1);
    assert_false(r.leaves_none);
    assert_int_equal(count_points(st, 1), 0);
    assert_int_equal(set_state(st, 1, value).outcome, ADMIN_NO_CHANGE);
    assert_int_equal(set_state(st, 1, ADMIN_ENABLED).outcome, ADMIN_DONE);
    stage_pass(st, st->core->timing.settle);
    assert_int_equal(count_points(st, 1), 12);
  }
}

/* What is not kept leaves what was kept before as it is. */
static void some_changes_are_not_kept(void **state)
{
  struct stage *st = *state;
  struct instance *in = &st->core->instances[1];
  struct admin_command passing = {.op = ADMIN_STATE,
                                  .instance = st->instances[1].address,
                                  .value = ADMIN_MAINTENANCE,
                                  .is_passing = true};

  st->core->remembers = true;
  assert_int_equal(command(st, &passing).outcome, ADMIN_DONE);
  assert_int_equal(stage_count(st, ACTION_KEEP), 0);
  assert_int_equal(in->admin, ADMIN_MAINTENANCE);
  assert_false(in->kept.is_set);
  assert_int_equal(set_state(st, 1, ADMIN_MAINTENANCE).outcome, ADMIN_DONE); /* now it is kept */
  assert_true(in->kept.is_set);
  passing.value = ADMIN_ENABLED;
  assert_int_equal(command(st, &passing).outcome, ADMIN_DONE);
  assert_int_equal(in->admin, ADMIN_ENABLED);
  assert_int_equal(in->kept.value, ADMIN_MAINTENANCE);
  passing = (struct admin_command){
      .op = ADMIN_WEIGHT, .instance = st->instances[1].address, .value = 7, .is_passing = true};
  assert_int_equal(command(st, &passing).outcome, ADMIN_DONE);
  assert_int_equal(command(st, &passing).outcome, ADMIN_NO_CHANGE);
  assert_false(st->core->services[0].members[1].kept.is_set);
  assert_int_equal(set_weight(st, 1, 7).outcome, ADMIN_DONE);
  assert_int_equal(st->core->services[0].members[1].kept.value, 7);
}

/* An operator's word stands above the configuration until both are the same. */
static void the_configuration_says_so_too(void **state)
{
  struct stage *st = *state;
  struct instance *in = &st->core->instances[1];

  assert_int_equal(set_state(st, 1, ADMIN_DRAIN).outcome, ADMIN_DONE);
  admin_configure(in, ADMIN_DISABLED);
  assert_int_equal(in->admin, ADMIN_DRAIN);
  assert_true(in->is_overridden && in->kept.is_set);
  admin_configure(in, ADMIN_DRAIN);
  assert_false(in->is_overridden || in->kept.is_set);
  assert_int_equal(set_state(st, 1, ADMIN_DRAIN).outcome, ADMIN_NO_CHANGE);
  assert_int_equal(set_state(st, 1, ADMIN_ENABLED).outcome, ADMIN_DONE);
  assert_true(in->is_overridden && in->kept.is_set);
  admin_configure(in, ADMIN_MAINTENANCE);
  assert_int_equal(in->admin, ADMIN_ENABLED);
  admin_configure(in, ADMIN_ENABLED);
  admin_configure(in, ADMIN_MAINTENANCE);
  assert_int_equal(in->admin, ADMIN_MAINTENANCE);
  admin_restore(in, ADMIN_ENABLED);
  assert_int_equal(in->admin, ADMIN_ENABLED);
  assert_true(in->is_overridden);
  admin_restore(in, ADMIN_MAINTENANCE);
  assert_false(in->is_overridden || in->kept.is_set);
}

static void drained_ones_are_checked_others_not(void **state)
{
  static const struct prober_actor_end *const good[] = {&prober_actor_good, &prober_actor_good,
                                                        &prober_actor_good};
  struct stage *st = *state;

  (void)set_state(st, 0, ADMIN_DRAIN);
  (void)set_state(st, 1, ADMIN_MAINTENANCE);
  (void)set_state(st, 2, ADMIN_DISABLED);
  prober_actor_play(st, 25, good);
  assert_true(st->core->instances[0].health.is_checked);
  assert_false(st->core->instances[1].health.is_checked);
  assert_false(st->core->instances[2].health.is_checked);
}

static void the_last_one_leaves_nothing(void **state)
{
  struct stage *st = *state;

  assert_false(set_state(st, 0, ADMIN_DISABLED).leaves_none);
  assert_false(set_weight(st, 1, 0).leaves_none);
  stage_clear(st);
  assert_true(set_state(st, 2, ADMIN_DRAIN).leaves_none);
  for (size_t i = 0; i < 4; i++) {
    assert_null(st->core->services[i / 2].publications[i % 2].content);
  }
  stage_pass(st, 8 * 3600 * 1000);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
  assert_int_equal(stage_logged(st, "nothing is published"), 2); /* one for each service */
  assert_int_equal(set_weight(st, 1, 5).outcome, ADMIN_DONE);
  assert_true(count_points(st, 1) > 0);
}

/* ... also of one that has published other points a moment ago. */
static void old_points_leave_too(void **state)
{
  struct stage *st = *state;
  struct descriptor d;

  (void)set_state(st, 0, ADMIN_DISABLED);
  (void)set_state(st, 1, ADMIN_DISABLED);
  st->core->instances[0].is_settled = false; /* so that the news wait */
  for (size_t k = 0; k < 3; k++) {
    st->intros[2][k] = maker_intro(&st->maker, (uint8_t)(90 + k));
  }
  d = actor_descriptor(st, 2, 500);
  actor_give(st, 2, &d, NULL);
  assert_int_equal(count_points(st, 2), 0);
  assert_non_null(st->core->services[0].publications[0].content);
  (void)set_state(st, 2, ADMIN_DISABLED);
  assert_null(st->core->services[0].publications[0].content);
}

static void weights_of_one_service(void **state)
{
  struct stage *st = *state;
  struct admin_command c = {.op = ADMIN_WEIGHT,
                            .has_service = true,
                            .service = st->services[1].address,
                            .instance = st->instances[2].address,
                            .value = LIMIT_WEIGHT};

  assert_int_equal(command(st, &c).n_changed, 1);
  assert_int_equal(st->core->services[1].members[2].weight, LIMIT_WEIGHT);
  assert_int_equal(st->core->services[0].members[2].weight, 1);
  assert_int_equal(command(st, &c).outcome, ADMIN_NO_CHANGE);
  c.op = ADMIN_WEIGHT_RESET;
  c.value = 0;
  assert_int_equal(command(st, &c).outcome, ADMIN_DONE);
  assert_int_equal(st->core->services[1].members[2].weight, 1);
  assert_int_equal(command(st, &c).outcome, ADMIN_NO_CHANGE);
}

static void bad_commands(void **state)
{
  struct stage *st = *state;
  struct admin_command c = {.op = ADMIN_STATE, .instance = st->instances[3].address};

  assert_int_equal(command(st, &c).outcome, ADMIN_NO_INSTANCE);
  c.instance = st->instances[0].address;
  c.has_service = true;
  c.service = st->services[2].address;
  assert_int_equal(command(st, &c).outcome, ADMIN_NO_SERVICE);
  assert_int_equal(set_weight(st, 0, LIMIT_WEIGHT + 1).outcome, ADMIN_BAD_VALUE);
  assert_int_equal(set_state(st, 0, ADMIN_STATES).outcome, ADMIN_BAD_VALUE);
  assert_int_equal(st->core->instances[0].admin, ADMIN_ENABLED);
  c = (struct admin_command){
      .op = ADMIN_PUBLISH, .has_service = true, .service = st->services[3].address};
  assert_int_equal(command(st, &c).outcome, ADMIN_NO_SERVICE);
}

static void publishes_by_command(void **state)
{
  struct stage *st = *state;
  struct admin_command c = {
      .op = ADMIN_PUBLISH, .has_service = true, .service = st->services[1].address};
  uint32_t before = st->core->services[0].publications[0].round;

  assert_int_equal(command(st, &c).n_changed, 1);
  assert_int_equal(stage_logged(st, "two: publishing for time period"), 2);
  assert_int_equal(stage_logged(st, "(command)"), 2);
  assert_int_equal(st->core->services[0].publications[0].round, before);
}

static void checks_by_command(void **state)
{
  struct stage *st = *state;
  struct admin_command c = {.op = ADMIN_CHECK, .instance = st->instances[1].address};
  uint64_t probe;

  assert_int_equal(command(st, &c).outcome, ADMIN_DONE);
  assert_int_equal(st->core->instances[1].health.phase, HEALTH_FETCHING);
  stage_pass(st, st->core->timing.fresh_wait);
  while (prober_actor_next(st, &probe) != 1) {
  }
  assert_int_equal(st->core->instances[1].health.phase, HEALTH_PROBING);
}

/* What an operator has said outlives another configuration. */
static void it_is_kept_over_a_reload(void **state)
{
  struct stage *st = *state;
  struct core_config config = stage_config(st, 2, 4);

  (void)set_state(st, 0, ADMIN_DISABLED);
  (void)set_weight(st, 1, 9);
  stage_step(st, &(struct event){.kind = EVENT_CONFIGURED, .config = &config});
  assert_int_equal(st->core->instances[0].admin, ADMIN_DISABLED);
  assert_int_equal(st->core->services[0].members[1].weight, 9);
  assert_true(st->core->services[1].members[1].is_overridden);
  assert_int_equal(st->core->services[1].members[2].weight, 1);
  stage_pass(st, st->core->timing.settle);
  assert_int_equal(count_points(st, 0), 0);
}

static void everything_has_words(void **state)
{
  (void)state;
  for (enum admin_state s = ADMIN_ENABLED; s < ADMIN_STATES; s++) {
    assert_true(strlen(admin_state_text(s)) > 0);
  }
  for (enum admin_outcome o = ADMIN_DONE; o <= ADMIN_BAD_VALUE; o++) {
    assert_true(strlen(admin_outcome_text(o)) > 0);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(every_state_but_enabled_takes_it_out),
      TEST(some_changes_are_not_kept),
      TEST(the_configuration_says_so_too),
      TEST(drained_ones_are_checked_others_not),
      TEST(the_last_one_leaves_nothing),
      TEST(old_points_leave_too),
      TEST(weights_of_one_service),
      TEST(bad_commands),
      TEST(publishes_by_command),
      TEST(checks_by_command),
      TEST(it_is_kept_over_a_reload),
      TEST(everything_has_words),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
