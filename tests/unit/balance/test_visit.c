#include "balance/visit.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N 2

#define CLAIM "MasterOnionAddress"

/* How the instances take visits of the frontend and probes of their own. */
struct play {
  struct stage stage;
  bool is_deaf[N]; /* drops what is meant for the frontend */
  bool is_dead[N]; /* and what is meant for itself */
  bool is_shaky;   /* all have just been checked, well again after an illness */
  size_t turn;     /* of the instance that a visit is led to */
  size_t n_visits;
  size_t n_fetches;
  size_t n_claims; /* errors in the log that name a black hole */
  bool fails;      /* fetches of the frontend's descriptor */
};

static int setup(void **state)
{
  struct play *p = mem_new(sizeof *p);

  stage_init(&p->stage, 1, N);
  actor_publish(&p->stage);
  p->stage.core->can_probe = true;
  *state = p;
  return 0;
}

static int teardown(void **state)
{
  struct play *p = *state;

  stage_deinit(&p->stage);
  free(p);
  return 0;
}

static void tell(struct play *p, enum event_kind kind, uint64_t probe, const uint8_t *relay)
{
  struct event e = {.kind = kind, .probe = probe, .probe_end = PROBE_ANSWERED};

  if (relay != NULL) {
    memcpy(e.fingerprint, relay, sizeof e.fingerprint);
  }
  stage_step(&p->stage, &e);
}

static void take_probe(struct play *p, const struct action *a)
{
  size_t i = address_equal(&a->address, &p->stage.instances[1].address);
  bool is_visit = address_equal(&a->address, &p->stage.services[0].address);
  bool comes;

  if (is_visit) {
    i = p->turn++ % N;
    p->n_visits++;
  }
  comes = !p->is_dead[i] && !(is_visit && p->is_deaf[i]);
  tell(p, EVENT_INTRODUCED, a->probe, p->stage.core->instances[i].knowledge.intros[0].relay_id);
  if (comes) {
    tell(p, EVENT_JOINED, a->probe, NULL);
    tell(p, EVENT_PROBED, a->probe, NULL);
  }
}

static void take_fetch(struct play *p, const struct action *a)
{
  if (address_equal(&a->address, &p->stage.services[0].address)) {
    p->n_fetches++;
    actor_answer(&p->stage, a, p->fails ? EVENT_FETCH_FAILED : EVENT_FETCHED, false);
  }
}

static void take_all(struct play *p)
{
  struct action_list todo = p->stage.out;

  p->stage.out = (struct action_list){0};
  p->stage.n_signed = 0;
  for (size_t i = 0; i < todo.n; i++) {
    const struct action *a = &todo.items[i];

    if (a->kind == ACTION_PROBE) {
      take_probe(p, a);
    } else if (a->kind == ACTION_FETCH) {
      take_fetch(p, a);
    } else if (a->kind == ACTION_UPLOAD) {
      actor_answer(&p->stage, a, EVENT_UPLOADED, false);
    } else if (a->kind == ACTION_LOG && a->level == LOG_LEVEL_ERROR) {
      p->n_claims += memmem(a->text.p, a->text.n, CLAIM, strlen(CLAIM)) != NULL;
    }
  }
  action_list_deinit(&todo);
}

static void note_first_good(struct health *h, struct moment now)
{
  health_note_bad(h, HEALTH_NOT_JOINED, now);
  health_note_good(h, HEALTH_JOINED, now);
}

/* Lets the core do all that is due within a time; how many
 * claims it has made. */
static size_t live(struct play *p, int64_t ms)
{
  struct stage *st = &p->stage;
  int64_t end = st->now.mono.ms + ms;
  size_t before = p->n_claims;

  while (core_next_wake(st->core).ms <= end) {
    int64_t wait = core_next_wake(st->core).ms - st->now.mono.ms;

    assert_true(wait >= 0);
    stage_pass(st, wait);
    take_all(p);
    for (size_t i = 0; i < N; i++) {
      st->core->instances[i].knowledge.since = st->now.mono; /* they are well */
      if (p->is_shaky) {
        note_first_good(&st->core->instances[i].health, st->now);
      }
    }
  }
  stage_pass(st, end - st->now.mono.ms);
  take_all(p);
  return p->n_claims - before;
}

static enum visit_verdict verdict(const struct play *p, size_t i)
{
  return p->stage.core->services[0].members[i].seen.verdict;
}

static void all_are_found_good(void **state)
{
  struct play *p = *state;

  assert_int_equal(live(p, 300000), 0);
  assert_int_equal(verdict(p, 0), VISIT_GOOD);
  assert_int_equal(verdict(p, 1), VISIT_GOOD);
  assert_int_equal(p->n_visits, 2); /* and no more for hours */
  live(p, 3600000);
  assert_int_equal(p->n_visits, 2);
  live(p, 8 * 3600000);
  assert_true(p->n_visits >= 4 && p->n_visits <= 8);
}

static void a_black_hole_is_named(void **state)
{
  struct play *p = *state;

  p->is_deaf[1] = true;
  assert_int_equal(live(p, 300000), 1);
  assert_int_equal(verdict(p, 0), VISIT_GOOD);
  assert_int_equal(verdict(p, 1), VISIT_BLACK_HOLE);
  /* said once for some hours, but looked at often */
  assert_int_equal(live(p, 3600000), 0);
  assert_true(p->n_visits > 8);
  assert_int_equal(live(p, 4 * 3600000), 1);
}

static void the_end_is_told(void **state)
{
  struct play *p = *state;

  p->is_deaf[1] = true;
  live(p, 300000);
  p->is_deaf[1] = false;
  assert_int_equal(live(p, 1500000), 0);
  assert_int_equal(verdict(p, 1), VISIT_GOOD);
}

/* Without an answer at its own address nothing is claimed. */
static void a_dead_one_is_no_black_hole(void **state)
{
  struct play *p = *state;

  p->is_deaf[0] = true;
  while (verdict(p, 0) != VISIT_SUSPICIOUS) {
    live(p, 1000);
  }
  p->is_dead[0] = true;
  assert_int_equal(live(p, 120000), 0);
  assert_int_equal(verdict(p, 0), VISIT_SUSPICIOUS);
  assert_int_equal(verdict(p, 1), VISIT_GOOD);
}

/* What has just been ill may have been ill while it was visited. */
static void one_that_was_ill_is_no_black_hole(void **state)
{
  struct play *p = *state;

  p->is_deaf[1] = true;
  p->is_shaky = true;
  assert_int_equal(live(p, 3600000), 0);
  assert_int_equal(verdict(p, 1), VISIT_UNKNOWN);
  p->is_shaky = false;
  assert_int_equal(live(p, 3600000), 1);
  assert_int_equal(verdict(p, 1), VISIT_BLACK_HOLE);
}

static void nothing_without_a_socks_port(void **state)
{
  struct play *p = *state;

  p->stage.core->can_probe = false;
  live(p, 3600000);
  assert_int_equal(p->n_fetches, 0);
  assert_int_equal(p->n_visits, 0);
}

/* A descriptor that cannot be had is asked for again, not without end, and
 * leaves nothing in flight. */
static void fetches_fail(void **state)
{
  struct play *p = *state;

  p->fails = true;
  live(p, 3600000);
  assert_int_equal(p->n_visits, 0);
  assert_true(p->n_fetches > 5 && p->n_fetches < 200);
  p->fails = false;
  live(p, 1500000);
  assert_int_equal(verdict(p, 0), VISIT_GOOD);
}

/* tor goes in the middle of it; the rest is up to the next time. */
static void tor_goes(void **state)
{
  struct play *p = *state;
  struct stage *st = &p->stage;

  while (st->core->services[0].visit.phase != VISIT_FETCHING) {
    stage_pass(st, core_next_wake(st->core).ms - st->now.mono.ms);
  }
  assert_true(st->core->fetches_in_flight > 0);
  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(st->core->fetches_in_flight, 0);
  assert_int_equal(st->core->services[0].visit.phase, VISIT_IDLE);
}

static void words(void **state)
{
  (void)state;
  assert_string_equal(visit_verdict_text(VISIT_UNKNOWN), "unknown");
  assert_string_equal(visit_verdict_text(VISIT_BLACK_HOLE), "black hole");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(all_are_found_good),
      TEST(a_black_hole_is_named),
      TEST(the_end_is_told),
      TEST(a_dead_one_is_no_black_hole),
      TEST(one_that_was_ill_is_no_black_hole),
      TEST(nothing_without_a_socks_port),
      TEST(fetches_fail),
      TEST(tor_goes),
      cmocka_unit_test(words),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
