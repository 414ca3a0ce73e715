#include "balance/publisher.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-11-23 00:00:00: a new SRV. */
#define MIDNIGHT (MAKER_VALID_AFTER + 9 * MAKER_HOUR)

static int setup(void **state)
{
  *state = stage_new(1, 2);
  return 0;
}

static struct publication *publication(struct stage *st, uint64_t period)
{
  for (size_t i = 0; i < 2; i++) {
    if (st->core->services[0].publications[i].slot.period.number == period) {
      return &st->core->services[0].publications[i];
    }
  }
  maker_must(false);
  abort();
}

static uint64_t current_period(const struct stage *st)
{
  return st->core->network.slots[st->core->network.client_slot].period.number;
}

/* Lets the core do everything that is due within a time, confirming all
 * uploads and answering the signer. */
static void live(struct stage *st, int64_t ms)
{
  int64_t end = st->now.mono.ms + ms;

  while (core_next_wake(st->core).ms <= end) {
    int64_t wait = core_next_wake(st->core).ms - st->now.mono.ms;

    assert_true(wait >= 0);
    stage_pass(st, wait);
    actor_sign(st);
    actor_answer_all(st, ACTION_UPLOAD, EVENT_UPLOADED, false);
    for (size_t i = 0; i < 2; i++) {
      st->core->instances[i].knowledge.since = st->now.mono; /* they are well */
    }
  }
  stage_pass(st, end - st->now.mono.ms);
}

/* ---- reasons ---- */

static void nothing_without_content(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  stage_pass(st, 60000);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
}

static void nothing_without_keys(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_give_all(st, 1);
  stage_pass(st, 60000);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
  stage_tell(st, EVENT_SIGNER_UP);
  actor_sign(st);
  assert_true(stage_count(st, ACTION_UPLOAD) > 0);
  assert_int_equal(stage_logged(st, "(first upload)"), 2);
}

static void a_new_hsdir_is_a_reason(void **state)
{
  struct stage *st = *state;
  struct netview v = maker_view(MAKER_VALID_AFTER + MAKER_HOUR, 2 * STAGE_HSDIRS);
  struct event e = {.kind = EVENT_NETWORK, .view = &v};

  actor_publish(st);
  stage_step(st, &e);
  assert_int_equal(stage_logged(st, "(a new HSDir)"), 2);
}

static void an_hsdir_that_leaves_is_none(void **state)
{
  struct stage *st = *state;
  struct publication *pub;
  uint8_t last;

  actor_publish(st);
  pub = publication(st, current_period(st));
  last = pub->uploads[7].fingerprint[0];
  pub->n_uploads = 7; /* it had never been one of its HSDirs */
  actor_show_network(st, MAKER_VALID_AFTER);
  assert_int_equal(stage_logged(st, "(a new HSDir)"), 1);
  assert_int_equal(pub->uploads[7].fingerprint[0], last);
  stage_clear(st);
  actor_show_network(st, MAKER_VALID_AFTER);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
}

/* Each descriptor has a timer of its own, as tor's have: 60 to 120 minutes. */
static void the_timers_are_random(void **state)
{
  struct stage *st = *state;
  const struct publication *a, *b;

  actor_publish(st);
  a = &st->core->services[0].publications[0];
  b = &st->core->services[0].publications[1];
  assert_int_not_equal(a->next_publish.ms, b->next_publish.ms);
  for (int i = 0; i < 6; i++) {
    uint32_t rounds = a->round + b->round;

    assert_in_range(a->next_publish.ms - st->now.mono.ms, 0, 7200000);
    live(st, 3599000);
    assert_true(a->round + b->round <= rounds + 2);
  }
  assert_in_range(a->round, 4, 8);
  assert_in_range(b->round, 4, 8);
}

/* While instances are asked anew the timer and a new HSDir wait for them. */
static void fetch_first_publish_then(void **state)
{
  struct stage *st = *state;
  struct step s = {.core = st->core, .rng = &st->maker.rng, .out = &st->out};
  struct publication *pub;

  actor_publish(st);
  s.now = st->now;
  pub = publication(st, current_period(st));
  for (size_t i = 0; i < 2; i++) {
    st->core->instances[i].is_settled = false;
  }
  state_instance_changed(&s, &st->core->instances[0]);
  pub->next_publish = st->now.mono;
  pub->has_new_hsdir = true;
  stage_pass(st, st->core->timing.settle - 1);
  assert_int_equal(pub->round, 1);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
  stage_pass(st, 1);
  assert_int_equal(pub->round, 2);
}

/* ---- periods ---- */

/* A new SRV: the first descriptor goes, the second is the first now and goes
 * on, and a new one begins. */
static void a_new_srv_rotates(void **state)
{
  struct stage *st = *state;
  uint64_t period, revision;
  uint8_t key[32];

  actor_publish(st);
  period = current_period(st);
  memcpy(key, publication(st, period)->frame.signing_key, sizeof key);
  revision = publication(st, period)->revision;
  st->now.wall.s = MIDNIGHT + 60;
  actor_show_network(st, MIDNIGHT);
  actor_sign(st);
  assert_int_equal(current_period(st), period);
  assert_memory_equal(publication(st, period)->frame.signing_key, key, sizeof key);
  assert_true(publication(st, period)->revision >= revision);
  assert_int_equal(publication(st, period + 1)->round, 1);
  assert_true(stage_logged(st, "(first upload)") >= 1);
}

static void a_new_period_keeps_both(void **state)
{
  struct stage *st = *state;
  uint64_t period;

  actor_publish(st);
  period = current_period(st);
  st->now.wall.s = MIDNIGHT + 60;
  actor_show_network(st, MIDNIGHT);
  live(st, 1000);
  st->now.wall.s = MIDNIGHT + 12 * MAKER_HOUR + 60;
  actor_show_network(st, MIDNIGHT + 12 * MAKER_HOUR);
  assert_int_equal(current_period(st), period + 1);
  assert_true(publication(st, period)->is_used);
  assert_true(publication(st, period + 1)->is_used);
}

/* A jump over days drops both and begins two new ones. */
static void days_without_a_consensus(void **state)
{
  struct stage *st = *state;
  uint64_t period;

  actor_publish(st);
  period = current_period(st);
  st->now.wall.s += 10 * 24 * MAKER_HOUR;
  actor_show_network(st, MAKER_VALID_AFTER + 10 * 24 * MAKER_HOUR);
  actor_sign(st);
  assert_int_equal(current_period(st), period + 10);
  assert_int_equal(publication(st, period + 10)->keys, KEY_READY);
  assert_non_null(publication(st, period + 10)->content);
}

/* ---- pacing ---- */

/* No more than so many at a time, also when nothing is ever answered: every
 * HSDir of every service has its turn. */
static void uploads_are_paced(void **state)
{
  struct stage st;
  size_t sent = 0;

  (void)state;
  stage_init(&st, 4, 2);
  st.core->timing.max_uploads = 5;
  actor_open(&st);
  for (int i = 0; i < 40; i++) {
    assert_int_equal(st.core->uploads_in_flight, 5);
    assert_true(core_next_wake(st.core).ms > st.now.mono.ms);
    assert_true(core_next_wake(st.core).ms <= st.now.mono.ms + st.core->timing.upload_timeout);
    st.now.mono = core_next_wake(st.core);
    stage_tell(&st, EVENT_TICK);
  }
  for (size_t i = 0; i < 4; i++) {
    for (size_t k = 0; k < 2; k++) {
      for (size_t u = 0; u < 8; u++) {
        sent += st.core->services[i].publications[k].uploads[u].sent_revision != 0;
      }
    }
  }
  assert_true(sent > 32);
  stage_deinit(&st);
}

/* Room that is set free late in a step is used in the same one. */
static void all_timing_out_at_once_starts_others(void **state)
{
  struct stage st;

  (void)state;
  stage_init(&st, 4, 2);
  st.core->timing.max_uploads = 16;
  actor_open(&st);
  stage_pass(&st, st.core->timing.upload_timeout);
  assert_int_equal(st.core->uploads_in_flight, 16);
  stage_deinit(&st);
}

/* ---- strangers ---- */

static void unasked_answers_change_nothing(void **state)
{
  struct stage *st = *state;
  struct action a = {.address = st->services[0].address};
  size_t before;

  actor_publish(st);
  before = st->out.n;
  actor_answer(st, &a, EVENT_UPLOADED, false); /* an HSDir that does not exist */
  memset(a.fingerprint, 3, sizeof a.fingerprint);
  actor_answer(st, &a, EVENT_UPLOADED, false); /* nothing in flight to it */
  actor_answer(st, &a, EVENT_UPLOAD_FAILED, true);
  a.address = st->instances[0].address;
  actor_answer(st, &a, EVENT_UPLOADED, false); /* not a service */
  actor_answer(st, &a, EVENT_UPLOAD_FAILED, false);
  assert_int_equal(st->out.n, before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_without_content, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(nothing_without_keys, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_hsdir_is_a_reason, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_hsdir_that_leaves_is_none, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_timers_are_random, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(fetch_first_publish_then, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_srv_rotates, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_new_period_keeps_both, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(days_without_a_consensus, setup, stage_teardown),
      cmocka_unit_test(uploads_are_paced),
      cmocka_unit_test(all_timing_out_at_once_starts_others),
      cmocka_unit_test_setup_teardown(unasked_answers_change_nothing, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
