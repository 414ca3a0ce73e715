#include "balance/core.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  *state = stage_new(2, 2);
  return 0;
}

static void a_new_core_waits(void **state)
{
  struct stage *st = *state;
  struct core_progress p;

  assert_int_equal(core_next_wake(st->core).ms, MONO_NEVER.ms);
  stage_pass(st, 1000000);
  assert_int_equal(st->out.n, 0);
  core_progress(st->core, &p);
  assert_false(p.tor_is_up);
  assert_int_equal(p.n_instances, 2);
  assert_int_equal(p.n_usable + p.n_descriptors + p.n_uploads + p.n_confirmed, 0);
}

static void a_core_of_nothing_works(void **state)
{
  struct core_config empty = {0};
  struct stage *st = *state;

  core_free(st->core);
  st->core = core_new(st->maker.suite, &empty);
  actor_show_network(st, MAKER_VALID_AFTER);
  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  stage_pass(st, 1000000);
  assert_int_equal(stage_count(st, ACTION_FETCH) + stage_count(st, ACTION_UPLOAD), 0);
  core_free(NULL);
}

/* From nothing to everything confirmed, counted on the way. */
static void progress_is_counted(void **state)
{
  struct stage *st = *state;
  struct core_progress p;

  actor_open(st);
  core_progress(st->core, &p);
  assert_int_equal(p.n_usable, 2);
  assert_int_equal(p.n_descriptors, 4);
  assert_int_equal(p.n_uploads, 32);
  assert_int_equal(p.n_confirmed, 0);
  stage_teardown(state);
  setup(state);
  st = *state;
  actor_publish(st);
  core_progress(st->core, &p);
  assert_true(p.tor_is_up);
  assert_int_equal(p.n_confirmed, 32);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
}

static void a_testing_tor_shortens_the_timers(void **state)
{
  struct stage *st = *state;
  struct event e = {.kind = EVENT_TOR_UP, .testing_network = true};
  int64_t before = st->core->timing.fetch_interval;

  stage_step(st, &e);
  assert_true(st->core->timing.fetch_interval < before);
  assert_int_equal(stage_logged(st, "testing network"), 1);
  stage_step(st, &e);
  assert_int_equal(stage_logged(st, "testing network"), 1);
}

/* ---- a consensus that is too old ---- */

static void an_old_consensus_stops_everything(void **state)
{
  struct stage *st = *state;

  actor_publish(st);
  st->now.wall.s += 29 * MAKER_HOUR; /* 24 hours after it was valid */
  stage_pass(st, 7200000);
  assert_int_equal(stage_logged(st, "too old or the clock is wrong"), 1);
  assert_int_equal(stage_count(st, ACTION_UPLOAD) + stage_count(st, ACTION_FETCH), 0);
  stage_pass(st, 7200000);
  assert_int_equal(stage_logged(st, "too old or the clock is wrong"), 1);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
  actor_show_network(st, MAKER_VALID_AFTER + 30 * MAKER_HOUR);
  assert_int_equal(stage_logged(st, "working with tor's consensus"), 1);
  assert_true(stage_count(st, ACTION_FETCH) > 0);
}

static void a_clock_that_is_repaired_goes_on(void **state)
{
  struct stage *st = *state;

  actor_publish(st);
  st->now.wall.s -= 100 * MAKER_HOUR;
  stage_pass(st, 7200000);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
  st->now.wall.s += 100 * MAKER_HOUR - 7200;
  stage_tell(st, EVENT_TICK);
  assert_int_equal(stage_logged(st, "working with tor's consensus"), 1);
  assert_true(stage_count(st, ACTION_FETCH) > 0);
}

/* ---- tor ---- */

/* A tor that has come back is left alone until it shows its network. */
static void a_new_tor_is_given_time(void **state)
{
  struct stage *st = *state;

  actor_publish(st);
  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(core_next_wake(st->core).ms, MONO_NEVER.ms);
  stage_pass(st, 3 * 3600000);
  stage_tell(st, EVENT_TOR_UP);
  stage_step(st, &(struct event){.kind = EVENT_NETWORK_FAILED, .why = "551"});
  stage_pass(st, 5000);
  assert_int_equal(stage_count(st, ACTION_FETCH) + stage_count(st, ACTION_UPLOAD), 0);
  actor_show_network(st, MAKER_VALID_AFTER + 3 * MAKER_HOUR);
  assert_true(stage_count(st, ACTION_FETCH) > 0);
}

/* The same events give the same actions. */
static void it_is_deterministic(void **state)
{
  struct stage *one = *state;
  struct stage two;

  actor_open(one);
  stage_init(&two, 2, 2);
  actor_open(&two);
  assert_int_equal(one->out.n, two.out.n);
  for (size_t i = 0; i < one->out.n; i++) {
    const struct action *a = &one->out.items[i], *b = &two.out.items[i];

    assert_int_equal(a->kind, b->kind);
    assert_memory_equal(a->fingerprint, b->fingerprint, FINGERPRINT_SIZE);
    assert_true(slice_equal(buf_slice(&a->text), buf_slice(&b->text)));
  }
  stage_deinit(&two);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_new_core_waits, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_core_of_nothing_works, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(progress_is_counted, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_testing_tor_shortens_the_timers, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_old_consensus_stops_everything, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_clock_that_is_repaired_goes_on, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_tor_is_given_time, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(it_is_deterministic, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
