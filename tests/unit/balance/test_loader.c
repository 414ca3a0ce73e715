#include "balance/loader.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  *state = stage_new(1, 1);
  return 0;
}

/* Answers with n HSDirs, of which some are missing. */
static void show(struct stage *st, int64_t valid_after, size_t n, size_t missing)
{
  struct netview v = maker_view(valid_after, n);
  struct event e = {.kind = EVENT_NETWORK, .view = &v};

  v.n_nodes -= missing;
  v.n_missing = missing;
  stage_step(st, &e);
  assert_null(v.nodes);
}

static void show_none(struct stage *st)
{
  struct event e = {.kind = EVENT_NETWORK_FAILED, .why = "551 no"};

  stage_step(st, &e);
}

static size_t n_asked(const struct stage *st)
{
  return stage_count(st, ACTION_LOAD_NETWORK);
}

static void asks_once_tor_is_up(void **state)
{
  struct stage *st = *state;

  stage_pass(st, 1000000);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  assert_int_equal(n_asked(st), 0);
  assert_int_equal(core_next_wake(st->core).ms, MONO_NEVER.ms);
  stage_tell(st, EVENT_TOR_UP);
  assert_int_equal(n_asked(st), 1);
  show(st, MAKER_VALID_AFTER, 30, 0);
  assert_true(st->core->network.is_ready);
  assert_int_equal(n_asked(st), 1);
}

/* One question at a time; a consensus that comes meanwhile means another. */
static void a_newer_consensus_is_asked_for_again(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  assert_int_equal(n_asked(st), 1);
  show(st, MAKER_VALID_AFTER, 30, 0);
  assert_int_equal(n_asked(st), 2);
  show(st, MAKER_VALID_AFTER + MAKER_HOUR, 30, 0);
  assert_int_equal(n_asked(st), 2);
  assert_int_equal(st->core->network.view.consensus.valid_after.s, MAKER_VALID_AFTER + MAKER_HOUR);
}

static void failures_are_retried_ever_later(void **state)
{
  struct stage *st = *state;
  int64_t waited = st->core->timing.load_retry;

  stage_tell(st, EVENT_TOR_UP);
  for (size_t i = 1; i < 8; i++) {
    show_none(st);
    assert_int_equal(core_next_wake(st->core).ms - st->now.mono.ms,
                     waited < 60000 ? waited : 60000);
    stage_pass(st, waited);
    assert_int_equal(n_asked(st), i + 1);
    waited = waited * 2 < 60000 ? waited * 2 : 60000;
  }
  assert_int_equal(stage_logged(st, "551 no"), 7);
}

static void no_answer_is_a_failure(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  stage_pass(st, st->core->timing.load_timeout);
  assert_int_equal(stage_logged(st, "no answer"), 1);
  stage_pass(st, st->core->timing.load_retry);
  assert_int_equal(n_asked(st), 2);
  show(st, MAKER_VALID_AFTER, 30, 0);
  show(st, MAKER_VALID_AFTER, 30, 0); /* the first one after all */
  assert_true(st->core->network.is_ready);
}

/* ---- missing microdescriptors ---- */

static void a_first_view_may_have_small_gaps(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 100, 2);
  assert_true(st->core->network.is_ready);
  assert_int_equal(st->core->network.view.n_nodes, 98);
}

static void a_first_view_with_big_gaps_waits(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 100, 3);
  assert_false(st->core->network.is_ready);
  stage_pass(st, st->core->timing.load_retry);
  assert_int_equal(n_asked(st), 2);
  show(st, MAKER_VALID_AFTER, 100, 0);
  assert_int_equal(st->core->network.view.n_nodes, 100);
}

/* ... but not for ever. */
static void what_stays_incomplete_is_taken(void **state)
{
  struct stage *st = *state;
  int64_t end = st->now.mono.ms + st->core->timing.microdesc_wait;

  stage_tell(st, EVENT_TOR_UP);
  while (st->now.mono.ms < end) {
    assert_false(st->core->network.is_ready);
    show(st, MAKER_VALID_AFTER, 100, 40);
    st->now.mono = mono_earlier(core_next_wake(st->core), (struct mono){end});
    stage_tell(st, EVENT_TICK);
  }
  assert_true(st->core->network.is_ready);
  assert_int_equal(st->core->network.view.n_nodes, 60);
  show(st, MAKER_VALID_AFTER, 100, 0);
  assert_int_equal(st->core->network.view.n_nodes, 100);
}

/* With a network at hand a ring with gaps is only good for a new period. */
static void only_a_new_period_is_urgent(void **state)
{
  struct stage *st = *state;
  int64_t noon = MAKER_VALID_AFTER - 3 * MAKER_HOUR;

  st->now.wall.s = noon - 1000;
  stage_tell(st, EVENT_TOR_UP);
  show(st, noon - 2 * MAKER_HOUR, 100, 0);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  show(st, noon - MAKER_HOUR, 100, 1);
  assert_int_equal(st->core->network.view.consensus.valid_after.s, noon - 2 * MAKER_HOUR);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  show(st, noon, 100, 1);
  assert_int_equal(st->core->network.view.consensus.valid_after.s, noon);
}

/* ---- life ---- */

static void without_news_it_asks_now_and_then(void **state)
{
  struct stage *st = *state;
  int64_t fresh;

  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 30, 0);
  fresh = (MAKER_VALID_AFTER + MAKER_HOUR - st->now.wall.s) * 1000;
  stage_pass(st, fresh + st->core->timing.load_fallback - 1);
  assert_int_equal(n_asked(st), 1);
  stage_pass(st, 1);
  assert_int_equal(n_asked(st), 2);
  show(st, MAKER_VALID_AFTER, 30, 0); /* still the same one, no longer fresh */
  stage_pass(st, st->core->timing.load_fallback);
  assert_int_equal(n_asked(st), 3);
}

static void a_clock_far_behind_does_not_stop_it(void **state)
{
  struct stage *st = *state;

  st->now.wall.s = 1000;
  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 30, 0);
  assert_true(core_next_wake(st->core).ms < st->now.mono.ms + 25 * 3600 * 1000);
}

static void a_tor_that_left_is_asked_nothing(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 100, 40);
  stage_tell(st, EVENT_CONSENSUS_ARRIVED);
  stage_tell(st, EVENT_TOR_DOWN);
  stage_pass(st, 1000000);
  show(st, MAKER_VALID_AFTER, 30, 0); /* a late answer is no reason either */
  show_none(st);
  stage_pass(st, 1000000);
  assert_int_equal(n_asked(st), 2);
  assert_int_equal(core_next_wake(st->core).ms, MONO_NEVER.ms);
  stage_tell(st, EVENT_TOR_UP);
  assert_int_equal(n_asked(st), 3);
}

static void a_useless_view_is_said(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  show(st, MAKER_VALID_AFTER, 0, 0);
  assert_false(st->core->network.is_ready);
  assert_int_equal(stage_logged(st, "tor knows no HSDir"), 1);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(asks_once_tor_is_up, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_newer_consensus_is_asked_for_again, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(failures_are_retried_ever_later, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(no_answer_is_a_failure, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_first_view_may_have_small_gaps, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_first_view_with_big_gaps_waits, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(what_stays_incomplete_is_taken, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(only_a_new_period_is_urgent, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(without_news_it_asks_now_and_then, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_clock_far_behind_does_not_stop_it, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_tor_that_left_is_asked_nothing, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_useless_view_is_said, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
