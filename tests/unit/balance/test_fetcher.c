#include "balance/fetcher.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 2);

  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  *state = st;
  return 0;
}

static struct instance *first(struct stage *st)
{
  return &st->core->instances[0];
}

/* How many targets of the first instance are in a state. */
static size_t n_targets(struct stage *st, enum target_state what)
{
  size_t n = 0;

  for (size_t i = 0; i < first(st)->n_targets; i++) {
    n += first(st)->targets[i].state == what;
  }
  return n;
}

/* Tells what all targets in flight of the first instance said, until its
 * round is over. */
static void end_round(struct stage *st, bool is_definite)
{
  while (first(st)->in_round) {
    struct action a = {.address = first(st)->address};

    for (size_t i = 0; i < first(st)->n_targets; i++) {
      if (first(st)->targets[i].state == TARGET_IN_FLIGHT) {
        memcpy(a.fingerprint, first(st)->targets[i].fingerprint, sizeof a.fingerprint);
      }
    }
    actor_answer(st, &a, EVENT_FETCH_FAILED, is_definite);
  }
}

/* The first instance's descriptor comes from a target in flight. */
static void give(struct stage *st, uint64_t revision)
{
  struct descriptor d = actor_descriptor(st, 0, revision);
  uint8_t fp[FINGERPRINT_SIZE] = {0};

  for (size_t i = 0; i < first(st)->n_targets; i++) {
    if (first(st)->targets[i].state == TARGET_IN_FLIGHT) {
      memcpy(fp, first(st)->targets[i].fingerprint, sizeof fp);
    }
  }
  actor_give(st, 0, &d, fp);
}

/* Lets time pass until the first instance's next round has begun. */
static void wait_for_round(struct stage *st)
{
  assert_false(first(st)->in_round);
  stage_pass(st, first(st)->next_round.ms - st->now.mono.ms);
  assert_true(first(st)->in_round);
}

/* ---- rounds ---- */

static void every_instance_is_asked_at_two_hsdirs(void **state)
{
  struct stage *st = *state;

  assert_int_equal(stage_count(st, ACTION_FETCH), 4);
  assert_int_equal(st->core->fetches_in_flight, 4);
  assert_int_equal(first(st)->n_targets, 6);
  assert_int_equal(n_targets(st, TARGET_IN_FLIGHT), 2);
}

static void two_answers_end_a_round(void **state)
{
  struct stage *st = *state;
  int64_t wait;

  give(st, 10);
  assert_true(first(st)->in_round);
  give(st, 10);
  assert_false(first(st)->in_round);
  assert_int_equal(stage_count(st, ACTION_FETCH), 4);
  wait = first(st)->next_round.ms - st->now.mono.ms;
  assert_in_range(wait, 96000, 144000);
}

static void failures_go_on_with_the_next_hsdir(void **state)
{
  struct stage *st = *state;
  struct action a = {.address = first(st)->address};

  memcpy(a.fingerprint, first(st)->targets[0].fingerprint, sizeof a.fingerprint);
  actor_answer(st, &a, EVENT_FETCH_FAILED, false);
  assert_int_equal(stage_count(st, ACTION_FETCH), 5);
  actor_answer(st, &a, EVENT_FETCH_FAILED, false); /* told twice */
  assert_int_equal(stage_count(st, ACTION_FETCH), 5);
  assert_int_equal(st->core->fetches_in_flight, 4);
}

static void silence_times_out(void **state)
{
  struct stage *st = *state;

  stage_pass(st, st->core->timing.fetch_timeout - 1);
  assert_int_equal(stage_count(st, ACTION_FETCH), 4);
  stage_pass(st, 1);
  assert_int_equal(stage_count(st, ACTION_FETCH), 8);
  assert_int_equal(st->core->fetches_in_flight, 4);
  stage_pass(st, st->core->timing.fetch_timeout);
  stage_pass(st, st->core->timing.fetch_timeout);
  assert_false(first(st)->in_round);
  assert_int_equal(st->core->fetches_in_flight, 0);
  assert_int_equal(stage_logged(st, "no descriptor from any of its 6 HSDirs"), 2);
}

static void a_failed_round_is_repeated_ever_later(void **state)
{
  struct stage *st = *state;
  int64_t expected = st->core->timing.fetch_retry_first;

  for (int i = 0; i < 4; i++) {
    end_round(st, false);
    assert_int_equal(first(st)->next_round.ms - st->now.mono.ms, expected);
    wait_for_round(st);
    expected *= 2;
  }
  give(st, 10);
  give(st, 10);
  assert_int_equal(first(st)->failed_rounds, 0);
}

/* What an HSDir that was not asked says counts too: tor asks some by itself. */
static void unasked_descriptors_are_taken(void **state)
{
  struct stage *st = *state;
  struct descriptor d = actor_descriptor(st, 0, 10);

  actor_give(st, 0, &d, NULL);
  assert_true(instance_is_usable(first(st)));
  assert_int_equal(st->core->fetches_in_flight, 4);
}

static void strangers_are_ignored(void **state)
{
  struct stage *st = *state;
  struct action a = {.address = st->services[0].address};
  struct event e = {.kind = EVENT_FETCHED, .address = st->services[0].address};
  size_t before = st->out.n;

  actor_answer(st, &a, EVENT_FETCH_FAILED, true);
  stage_step(st, &e);
  assert_int_equal(st->out.n, before);
}

/* ---- news ---- */

static void an_old_copy_is_said_and_ignored(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 9);
  assert_int_equal(first(st)->knowledge.revision, 10);
  assert_int_equal(stage_logged(st, "an HSDir gave an old descriptor"), 1);
}

/* A bad descriptor is one warning, not one for every fetch. */
static void a_bad_descriptor_is_warned_of_once(void **state)
{
  struct stage *st = *state;
  struct descriptor d = actor_descriptor(st, 0, 10);

  d.n_intros = 0;
  for (int i = 0; i < 3; i++) {
    actor_give(st, 0, &d, first(st)->targets[i].fingerprint);
  }
  assert_int_equal(n_targets(st, TARGET_FAILED), 3);
  assert_int_equal(stage_last_level(st), LOG_LEVEL_DEBUG);
  assert_int_equal(stage_logged(st, "no introduction point that can be used"), 3);
  give(st, 11);
  assert_int_equal(first(st)->last_error, 0);
}

static void a_mismatch_is_no_alarm(void **state)
{
  struct stage *st = *state;
  struct descriptor d = actor_descriptor(st, 0, 10);

  d.period.number++;
  actor_give(st, 0, &d, first(st)->targets[0].fingerprint);
  assert_int_equal(stage_last_level(st), LOG_LEVEL_DEBUG);
  assert_false(instance_is_usable(first(st)));
}

/* ---- gone ---- */

/* Every HSDir says that there is no descriptor, three rounds in a row. */
static void an_absent_instance_is_taken_out(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  for (int i = 0; i < 2; i++) {
    wait_for_round(st);
    end_round(st, true);
    assert_true(instance_is_usable(first(st)));
  }
  wait_for_round(st);
  end_round(st, true);
  assert_false(instance_is_usable(first(st)));
  assert_int_equal(stage_logged(st, "no HSDir has its descriptor any more"), 1);
  wait_for_round(st);
  give(st, 10); /* the same one is found again */
  assert_true(instance_is_usable(first(st)));
  assert_int_equal(stage_logged(st, "one: back"), 1);
}

/* One HSDir that cannot be reached does not make the others' word worthless. */
static void most_hsdirs_are_believed(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  for (int i = 0; i < 3; i++) {
    struct action a = {.address = first(st)->address};

    wait_for_round(st);
    memcpy(a.fingerprint, first(st)->targets[0].fingerprint, sizeof a.fingerprint);
    actor_answer(st, &a, EVENT_FETCH_FAILED, false);
    end_round(st, true);
    wait_for_round(st);
    end_round(st, false); /* nothing was reached: neither for nor against */
  }
  assert_false(instance_is_usable(first(st)));
}

/* No answer at all says nothing about the instance. */
static void failed_rounds_take_nobody_out(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  for (int i = 0; i < 10; i++) {
    wait_for_round(st);
    end_round(st, false);
  }
  assert_true(instance_is_usable(first(st)));
}

static void a_stale_instance_is_taken_out(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  stage_pass(st, st->core->timing.stale_after - 1000);
  give(st, 10);
  give(st, 10);
  assert_true(instance_is_usable(first(st)));
  wait_for_round(st);
  give(st, 10);
  give(st, 10);
  assert_false(instance_is_usable(first(st)));
  assert_int_equal(stage_logged(st, "its descriptor is too old"), 1);
  wait_for_round(st);
  give(st, 10); /* the same old one does not bring it back */
  assert_false(instance_is_usable(first(st)));
  give(st, 11);
  assert_true(instance_is_usable(first(st)));
}

/* Hours without tor are not the instance's fault. */
static void nobody_is_stale_before_a_round_has_ended(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  stage_tell(st, EVENT_TOR_DOWN);
  stage_pass(st, 2 * st->core->timing.stale_after);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  assert_true(instance_is_usable(first(st)));
  end_round(st, false);
  assert_true(instance_is_usable(first(st)));
  wait_for_round(st);
  give(st, 11);
  give(st, 11);
  assert_true(instance_is_usable(first(st)));
  assert_int_equal(stage_logged(st, "taken out"), 0);
}

/* ---- life ---- */

static void a_new_period_asks_everybody_at_once(void **state)
{
  struct stage *st = *state;

  give(st, 10);
  give(st, 10);
  stage_clear(st);
  st->now.wall.s = MAKER_VALID_AFTER + 22 * MAKER_HOUR;
  actor_show_network(st, MAKER_VALID_AFTER + 21 * MAKER_HOUR);
  assert_int_equal(stage_count(st, ACTION_FETCH), 4);
  assert_int_equal(st->core->fetches_in_flight, 4);
  assert_true(st->core->services[0].needs_plan);
  stage_clear(st);
  actor_show_network(st, MAKER_VALID_AFTER + 22 * MAKER_HOUR);
  assert_int_equal(stage_count(st, ACTION_FETCH), 0);
}

static void without_tor_nothing_is_in_flight(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(st->core->fetches_in_flight, 0);
  stage_clear(st);
  stage_tell(st, EVENT_TOR_UP);
  assert_int_equal(stage_count(st, ACTION_FETCH), 0);
  actor_show_network(st, MAKER_VALID_AFTER);
  assert_int_equal(stage_count(st, ACTION_FETCH), 4);
}

/* No more than so many at a time; all get their turn, also when everything
 * times out at once. */
static void fetches_are_paced(void **state)
{
  struct stage st;

  (void)state;
  stage_init(&st, 1, 4);
  st.core->timing.max_fetches = 3;
  stage_tell(&st, EVENT_TOR_UP);
  actor_show_network(&st, MAKER_VALID_AFTER);
  assert_int_equal(stage_count(&st, ACTION_FETCH), 3);
  for (size_t i = 0; i < 8; i++) {
    stage_pass(&st, st.core->timing.fetch_timeout);
    assert_int_equal(st.core->fetches_in_flight, i < 7 ? 3 : st.core->fetches_in_flight);
  }
  assert_true(stage_count(&st, ACTION_FETCH) >= 24);
  for (size_t i = 0; i < 4; i++) {
    assert_true(st.core->instances[i].is_settled);
  }
  stage_deinit(&st);
}

/* An address that is not a usable key is said, and asked for nowhere. */
static void a_bad_address_is_said(void **state)
{
  struct core_instance instance = {.label = "bad"};
  uint32_t place = 0;
  struct core_service service = {.label = "s", .instances = &place, .n_instances = 1};
  struct core_config config = {&service, 1, &instance, 1, false, false};
  struct stage st;

  (void)state;
  stage_init(&st, 1, 1);
  core_free(st.core);
  st.core = core_new(st.maker.suite, &config);
  stage_tell(&st, EVENT_TOR_UP);
  actor_show_network(&st, MAKER_VALID_AFTER);
  assert_int_equal(stage_count(&st, ACTION_FETCH), 0);
  assert_int_equal(stage_logged(&st, "not a usable public key"), 1);
  assert_true(core_next_wake(st.core).ms > st.now.mono.ms);
  stage_deinit(&st);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_instance_is_asked_at_two_hsdirs, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(two_answers_end_a_round, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(failures_go_on_with_the_next_hsdir, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(silence_times_out, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_failed_round_is_repeated_ever_later, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(unasked_descriptors_are_taken, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(strangers_are_ignored, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_old_copy_is_said_and_ignored, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_bad_descriptor_is_warned_of_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_mismatch_is_no_alarm, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_absent_instance_is_taken_out, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(most_hsdirs_are_believed, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(failed_rounds_take_nobody_out, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_stale_instance_is_taken_out, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(nobody_is_stale_before_a_round_has_ended, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_period_asks_everybody_at_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(without_tor_nothing_is_in_flight, setup, stage_teardown),
      cmocka_unit_test(fetches_are_paced),
      cmocka_unit_test(a_bad_address_is_said),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
