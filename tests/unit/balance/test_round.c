#include "balance/round.h"

#include "actor.h"

#include "crypto/ope.h"

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

static struct service *service(struct stage *st)
{
  return &st->core->services[0];
}

static struct publication *publication(struct stage *st, size_t i)
{
  return &service(st)->publications[i];
}

/* The first upload of a publication that is in flight, or NULL. */
static struct upload *find_flying(struct stage *st, size_t i)
{
  for (size_t k = 0; k < publication(st, i)->n_uploads; k++) {
    if (publication(st, i)->uploads[k].is_in_flight) {
      return &publication(st, i)->uploads[k];
    }
  }
  return NULL;
}

/* The same where there must be one. */
static struct upload *flying(struct stage *st, size_t i)
{
  struct upload *u = find_flying(st, i);

  maker_must(u != NULL);
  return u;
}

static void answer(struct stage *st, const struct upload *u, enum event_kind kind, bool is_definite)
{
  struct action a = {.address = service(st)->address};

  memcpy(a.fingerprint, u->fingerprint, sizeof a.fingerprint);
  actor_answer(st, &a, kind, is_definite);
}

/* ---- what is sent ---- */

/* Both descriptors to eight HSDirs each; every encoding is another one. */
static void every_hsdir_gets_its_own_encoding(void **state)
{
  struct stage *st = *state;

  actor_open(st);
  assert_int_equal(stage_count(st, ACTION_UPLOAD) + 0, st->core->uploads_in_flight);
  assert_int_equal(publication(st, 0)->n_uploads, 8);
  for (size_t i = 0; i < st->out.n; i++) {
    for (size_t k = 0; k < i; k++) {
      const struct action *a = &st->out.items[i], *b = &st->out.items[k];

      if (a->kind == ACTION_UPLOAD && b->kind == ACTION_UPLOAD) {
        assert_false(slice_equal(buf_slice(&a->text), buf_slice(&b->text)));
        assert_memory_not_equal(a->fingerprint, b->fingerprint, FINGERPRINT_SIZE);
      }
    }
  }
}

/* What goes out is what a client can read, below the limit of HSDirs. */
static void uploads_can_be_read(void **state)
{
  struct stage *st = *state;
  struct desc_inner *inner = mem_new(sizeof *inner);
  struct desc_outer outer;
  uint8_t subcredential[SUBCREDENTIAL_SIZE];

  actor_open(st);
  for (size_t i = 0; i < st->out.n; i++) {
    const struct action *a = &st->out.items[i];

    if (a->kind != ACTION_UPLOAD) {
      continue;
    }
    assert_true(a->text.n < LIMIT_DESCRIPTOR_BYTES);
    assert_true(address_equal(&a->address, &st->services[0].address));
    assert_int_equal(desc_outer_parse(buf_slice(&a->text), st->now.wall, &outer), 0);
    subcredential_of(st->maker.suite, &a->address, outer.blinded_key, subcredential);
    assert_int_equal(
        desc_inner_decrypt(st->maker.suite, &outer, subcredential, st->now.wall, inner), 0);
    assert_int_equal(inner->n_intros, 3);
    assert_string_equal(inner->flow_control, "1-2 31");
  }
  free(inner);
}

/* tor's own: what the seconds since the SRV's run say, by its clockwork. */
static void the_revision_is_what_tor_would_take(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  uint64_t expected;

  actor_open(st);
  assert_int_equal(pub->counter_input, st->now.wall.s - pub->slot.srv_start.s + 1);
  assert_int_equal(
      ope_encrypt(st->maker.suite, secret_peek(pub->revision_key), pub->counter_input, &expected),
      0);
  assert_int_equal(pub->revision, expected);
}

/* ---- answers ---- */

static void all_confirmed_is_said_once(void **state)
{
  struct stage *st = *state;

  actor_open(st);
  for (int i = 0; i < 16; i++) {
    answer(st, flying(st, find_flying(st, 0) != NULL ? 0 : 1), EVENT_UPLOADED, false);
  }
  assert_int_equal(st->core->uploads_in_flight, 0);
  assert_int_equal(stage_logged(st, "confirmed by all 8 HSDirs"), 2);
  assert_int_equal(publication(st, 0)->inner.n, 0);
}

static void a_failure_is_retried_with_a_higher_revision(void **state)
{
  struct stage *st = *state;
  struct upload *u;
  uint64_t before;

  actor_open(st);
  u = flying(st, 0);
  before = u->sent_revision;
  stage_clear(st);
  answer(st, u, EVENT_UPLOAD_FAILED, false);
  assert_false(u->is_in_flight);
  assert_in_range(u->next_try.ms - st->now.mono.ms, 500, 1000);
  stage_pass(st, 1000);
  assert_true(u->is_in_flight);
  assert_true(u->sent_revision > before);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 1);
}

static void a_timeout_is_a_failure(void **state)
{
  struct stage *st = *state;

  actor_open(st);
  stage_pass(st, st->core->timing.upload_timeout - 2); /* actor_open took one */
  assert_true(st->core->uploads_in_flight >= 8);
  assert_int_equal(stage_logged(st, "timed out"), 0);
  stage_pass(st, 1);
  assert_true(stage_logged(st, "timed out") >= 8);
  stage_pass(st, 1000);
  assert_true(st->core->uploads_in_flight >= 8);
}

static void the_third_failure_is_a_warning(void **state)
{
  struct stage *st = *state;
  struct upload *u;

  actor_open(st);
  u = flying(st, 0);
  for (unsigned i = 1; i <= 5; i++) {
    stage_clear(st);
    answer(st, u, EVENT_UPLOAD_FAILED, false);
    assert_int_equal(stage_last_level(st), i == 3 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
    stage_pass(st, u->next_try.ms - st->now.mono.ms);
  }
}

/* ---- rejections ---- */

/* All reject: a copy with a higher revision is there. Steps double. */
static void rejections_by_all_raise_ever_more(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  struct upload *u;
  uint32_t last, step = 60;

  actor_open(st);
  u = flying(st, 0);
  for (int i = 0; i < 9; i++) {
    last = pub->counter_input;
    answer(st, u, EVENT_UPLOAD_FAILED, true);
    assert_int_equal(pub->counter_input - last, step);
    step = step * 2 < 7200 ? step * 2 : 7200;
    st->now.mono = u->next_try;
    stage_tell(st, EVENT_TICK);
    assert_true(u->is_in_flight);
  }
}

/* The same revision, rejected by many, is raised once. */
static void one_revision_is_raised_once(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  uint32_t before;

  actor_open(st);
  before = pub->counter_input;
  answer(st, flying(st, 0), EVENT_UPLOAD_FAILED, true);
  answer(st, flying(st, 0), EVENT_UPLOAD_FAILED, true);
  answer(st, flying(st, 0), EVENT_UPLOAD_FAILED, true);
  assert_int_equal(pub->counter_input, before + 60);
}

/* Most have taken it: the one that does not is strange. */
static void one_rejecter_raises_little(void **state)
{
  struct stage *st = *state;
  struct publication *pub;
  struct upload *u;
  uint32_t last;

  actor_publish(st);
  pub = publication(st, 0);
  u = &pub->uploads[0];
  u->is_wanted = true;
  for (int i = 0; i < 8; i++) {
    service(st)->wake = u->next_try = st->now.mono;
    stage_tell(st, EVENT_TICK);
    last = pub->counter_input;
    answer(st, u, EVENT_UPLOAD_FAILED, true);
    assert_true(pub->counter_input <= last + 61);
  }
}

/* At the end of the scale revisions rise all the same. */
static void the_end_of_the_scale_still_rises(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  struct upload *u;
  uint64_t last;

  actor_open(st);
  u = flying(st, 0);
  pub->counter_input = OPE_MAX - 10;
  for (int i = 0; i < 5; i++) {
    last = pub->revision;
    answer(st, u, EVENT_UPLOAD_FAILED, true);
    assert_true(pub->revision > last);
    st->now.mono = u->next_try;
    stage_tell(st, EVENT_TICK);
  }
  assert_true(pub->counter_input > OPE_MAX);
}

/* ---- clocks ---- */

static void a_clock_that_jumps_back_does_not_lower_it(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  uint64_t last;

  actor_publish(st);
  last = pub->revision;
  st->now.wall.s -= 5 * MAKER_HOUR;
  pub->next_publish = st->now.mono;
  service(st)->wake = st->now.mono;
  stage_tell(st, EVENT_TICK);
  assert_int_equal(pub->round, 2);
  assert_true(pub->revision > last);
}

/* ---- strays ---- */

/* Two uploads of a service are never on their way to the same HSDir, and an
 * answer for one that has left is not taken for the next. */
static void strays_hold_their_hsdir(void **state)
{
  struct stage *st = *state;
  struct step s = {.core = st->core, .rng = &st->maker.rng, .out = &st->out};
  uint32_t places[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  struct upload left;
  unsigned before;

  actor_open(st);
  s.now = st->now;
  left = *flying(st, 0);
  before = st->core->uploads_in_flight;
  round_leave(service(st), publication(st, 0));
  assert_true(service(st)->n_strays > 0);
  assert_int_equal(st->core->uploads_in_flight, before);
  round_set_hsdirs(&s, service(st), publication(st, 0), places, 8);
  answer(st, &left, EVENT_UPLOADED, false);
  assert_int_equal(publication_confirmed(publication(st, 0)), 0);
  assert_false(round_settle_stray(&s, service(st), left.fingerprint));
  stage_pass(st, st->core->timing.upload_timeout);
  assert_int_equal(service(st)->n_strays, 0);
}

static void hsdirs_that_stay_keep_their_state(void **state)
{
  struct stage *st = *state;
  struct publication *pub = publication(st, 0);
  struct step s = {.core = st->core, .rng = &st->maker.rng, .out = &st->out};
  uint32_t places[8];
  uint64_t confirmed;

  actor_publish(st);
  s.now = st->now;
  for (uint32_t i = 0; i < 8; i++) {
    places[i] = (uint32_t)pub->uploads[7 - i].fingerprint[0] - 1;
  }
  confirmed = pub->uploads[7].confirmed_revision;
  round_set_hsdirs(&s, service(st), pub, places, 8);
  assert_false(pub->has_new_hsdir);
  assert_int_equal(pub->uploads[0].confirmed_revision, confirmed);
  assert_int_equal(publication_confirmed(pub), 8);
  round_set_hsdirs(&s, service(st), pub, places, 5); /* some leave: no reason to publish */
  assert_false(pub->has_new_hsdir);
  round_set_hsdirs(&s, service(st), pub, places, 6);
  assert_true(pub->has_new_hsdir);
}

static void without_tor_nothing_is_in_flight(void **state)
{
  struct stage *st = *state;

  actor_open(st);
  round_leave(service(st), publication(st, 0));
  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(st->core->uploads_in_flight, 0);
  assert_int_equal(service(st)->n_strays, 0);
  stage_clear(st);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  assert_true(stage_count(st, ACTION_UPLOAD) >= 8);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_hsdir_gets_its_own_encoding, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(uploads_can_be_read, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_revision_is_what_tor_would_take, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(all_confirmed_is_said_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_failure_is_retried_with_a_higher_revision, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(a_timeout_is_a_failure, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_third_failure_is_a_warning, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(rejections_by_all_raise_ever_more, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(one_revision_is_raised_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(one_rejecter_raises_little, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(the_end_of_the_scale_still_rises, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_clock_that_jumps_back_does_not_lower_it, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(strays_hold_their_hsdir, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(hsdirs_that_stay_keep_their_state, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(without_tor_nothing_is_in_flight, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
