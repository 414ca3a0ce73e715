#include "balance/checker.h"

#include "balance/fetcher.h"

#include "prober_actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(1, 3);

  prober_actor_open(st);
  *state = st;
  return 0;
}

static struct instance *instance(struct stage *st, size_t i)
{
  return &st->core->instances[i];
}

static bool is_published(struct stage *st, size_t i)
{
  struct plan_source source = {st->intros[i], 3, 1};

  return plan_has_source(&st->core->services[0].publications[0].content->variants[0].plan,
                         &source) ||
         plan_has_source(&st->core->services[0].publications[1].content->variants[0].plan, &source);
}

static const struct prober_actor_end *const all_good[] = {&prober_actor_good, &prober_actor_good,
                                                          &prober_actor_good};
static const struct prober_actor_end *const one_hung[] = {&prober_actor_good, &prober_actor_hung,
                                                          &prober_actor_good};
static const struct prober_actor_end *const one_dead[] = {&prober_actor_dead, &prober_actor_good,
                                                          &prober_actor_good};

static void all_are_probed_once_in_an_interval(void **state)
{
  struct stage *st = *state;
  size_t n;

  prober_actor_play(st, 21, all_good);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(instance(st, i)->health.state, HEALTH_UP);
    assert_int_equal(instance(st, i)->health.why, HEALTH_ANSWERED);
  }
  stage_clear(st);
  prober_actor_play(st, 200, all_good);
  n = stage_count(st, ACTION_PROBE_STOP); /* the taken ones */
  assert_in_range(n, 3 * 9, 3 * 13);
}

static void a_probe_asks_for_what_is_configured(void **state)
{
  struct stage *st = *state;
  struct health_config http = health_config_default();
  const struct action *a;
  uint64_t probe;

  http.check = HEALTH_HTTP;
  http.port = 8080;
  http.path = "/alive";
  http.text = "fine";
  http.http_max = 204;
  for (size_t i = 0; i < 3; i++) {
    health_configure(&instance(st, i)->health, &http);
  }
  (void)prober_actor_next(st, &probe);
  a = stage_last(st, ACTION_PROBE_STOP);
  assert_int_equal(a->port, 8080);
  assert_int_equal(a->timeout, http.timeout);
  assert_int_equal(a->http_min, 200);
  assert_int_equal(a->http_max, 204);
  assert_memory_equal(a->text.p, "/alive", 6);
  assert_memory_equal(a->http_text.p, "fine", 4);
}

static void a_hung_one_leaves_at_its_second_failure(void **state)
{
  struct stage *st = *state;

  prober_actor_play(st, 21, all_good);
  assert_true(is_published(st, 1));
  prober_actor_play(st, 24, one_hung);
  assert_int_equal(instance(st, 1)->health.state, HEALTH_DOWN);
  assert_int_equal(instance(st, 1)->health.why, HEALTH_NOT_JOINED);
  assert_false(is_published(st, 1));
  assert_true(is_published(st, 0) && is_published(st, 2));
  assert_int_equal(stage_logged(st, "two: down: its introduction points answer"), 1);
  prober_actor_play(st, 21, all_good);
  assert_int_equal(instance(st, 1)->health.state, HEALTH_UP);
  assert_true(is_published(st, 1));
  assert_int_equal(stage_logged(st, "two: up again: its port answers"), 1);
}

static void one_failure_changes_nothing(void **state)
{
  struct stage *st = *state;
  uint64_t probe;
  int who;

  prober_actor_play(st, 21, all_good);
  who = prober_actor_next(st, &probe);
  prober_actor_end_it(st, probe, &prober_actor_hung);
  assert_int_equal(instance(st, (size_t)who)->health.bads, 1);
  prober_actor_play(st, 30, all_good);
  assert_int_equal(instance(st, (size_t)who)->health.bads, 0);
  assert_int_equal(stage_logged(st, ": down: "), 0);
}

static bool is_fetched(struct stage *st, int who)
{
  for (size_t i = 0; i < st->out.n; i++) {
    if (st->out.items[i].kind == ACTION_FETCH && prober_actor_whom(st, &st->out.items[i]) == who) {
      return true;
    }
  }
  return false;
}

/* Before a probe of one that could not be introduced its descriptor is fetched:
 * its introduction points may be others now. */
static void a_dead_one_is_fetched_first(void **state)
{
  struct stage *st = *state;
  uint64_t probe;

  prober_actor_play(st, 21, all_good);
  fetcher_abandon(st->core, instance(st, 0));
  instance(st, 0)->next_round = mono_plus(st->now.mono, 3600 * 1000);
  agenda_set(&st->core->fetches, 0, instance(st, 0)->next_round);
  while (prober_actor_next(st, &probe) != 0) {
    prober_actor_end_it(st, probe, &prober_actor_good);
  }
  stage_clear(st);
  prober_actor_end_it(st, probe, &prober_actor_dead);
  assert_true(instance(st, 0)->health.wants_fresh);
  stage_pass(st, 1000);
  assert_int_equal(instance(st, 0)->health.phase, HEALTH_FETCHING);
  assert_true(is_fetched(st, 0));
  stage_pass(st, st->core->timing.fresh_wait - 1);
  assert_int_equal(instance(st, 0)->health.phase, HEALTH_FETCHING);
  stage_pass(st, 1);
  assert_int_equal(instance(st, 0)->health.phase, HEALTH_PROBING);
}

/* ... and when that brings other points, the probe begins at once. */
static void new_points_are_tried_at_once(void **state)
{
  struct stage *st = *state;
  struct descriptor d;

  prober_actor_play(st, 21, all_good);
  prober_actor_play(st, 40, one_dead);
  assert_int_equal(instance(st, 0)->health.state, HEALTH_DOWN);
  stage_clear(st);
  st->intros[0][1] = maker_intro(&st->maker, 99);
  d = actor_descriptor(st, 0, 500);
  actor_give(st, 0, &d, NULL);
  assert_int_equal(instance(st, 0)->health.phase, HEALTH_PROBING);
  prober_actor_play(st, 2, all_good);
  assert_int_equal(instance(st, 0)->health.state, HEALTH_UP);
}

/* What could not be tried says nothing about anybody, and is not tried again at
 * once. */
static void what_is_not_ready_is_nobodys_fault(void **state)
{
  static const struct prober_actor_end not_ready = {PROBE_NOT_READY, false, false};
  static const struct prober_actor_end *const none[] = {&not_ready, &not_ready, &not_ready};
  struct stage *st = *state;
  size_t before;

  prober_actor_play(st, 21, all_good);
  before = stage_count(st, ACTION_PROBE_STOP);
  prober_actor_play(st, 60, none);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(instance(st, i)->health.bads, 0);
    assert_int_equal(instance(st, i)->health.state, HEALTH_UP);
  }
  assert_true(stage_count(st, ACTION_PROBE_STOP) - before < 3 * 15);
}

static void tor_going_away_is_nobodys_fault(void **state)
{
  struct stage *st = *state;
  uint64_t probe;
  int who = prober_actor_next(st, &probe);

  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(instance(st, (size_t)who)->health.phase, HEALTH_IDLE);
  assert_int_equal(instance(st, (size_t)who)->health.bads, 0);
  assert_false(instance(st, (size_t)who)->health.is_checked);
}

/* Without a SOCKS port what probes have shown is forgotten about. */
static void without_probes_descriptors_decide(void **state)
{
  struct stage *st = *state;

  prober_actor_play(st, 21, all_good);
  prober_actor_play(st, 40, one_dead);
  assert_false(checker_is_serving(st->core, instance(st, 0)));
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  stage_pass(st, 6000);
  assert_true(checker_is_serving(st->core, instance(st, 0)));
  assert_true(is_published(st, 0));
  assert_false(checker_is_probed(st->core, instance(st, 0)));
  assert_int_equal(checker_next_wake(st->core).ms, MONO_NEVER.ms);
}

static void descriptor_and_none_are_not_probed(void **state)
{
  struct stage *st = *state;

  instance(st, 0)->health.config.check = HEALTH_DESCRIPTOR;
  instance(st, 1)->health.config.check = HEALTH_NONE;
  instance(st, 0)->health.state = HEALTH_DOWN; /* from before it was configured so */
  assert_false(checker_is_probed(st->core, instance(st, 0)));
  assert_true(checker_is_serving(st->core, instance(st, 0)));
  assert_false(checker_is_probed(st->core, instance(st, 1)));
  prober_actor_play(st, 60, all_good);
  for (size_t i = 0; i < st->out.n; i++) {
    if (st->out.items[i].kind == ACTION_PROBE_STOP) {
      assert_int_equal(prober_actor_whom(st, &st->out.items[i]), 2);
    }
  }
}

/* No more probes at a time than there is room for, and nobody is forgotten. */
static void room_is_shared(void **state)
{
  struct stage *st = *state;
  uint64_t probe;
  bool seen[3] = {false};

  st->core->timing.max_probes = 1;
  for (int i = 0; i < 12; i++) {
    seen[prober_actor_next(st, &probe)] = true;
    assert_int_equal(st->core->prober.n, 1);
    stage_pass(st, 8000);
    assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
    prober_actor_end_it(st, probe, &prober_actor_good);
  }
  assert_true(seen[0] && seen[1] && seen[2]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(all_are_probed_once_in_an_interval),
      TEST(a_probe_asks_for_what_is_configured),
      TEST(a_hung_one_leaves_at_its_second_failure),
      TEST(one_failure_changes_nothing),
      TEST(a_dead_one_is_fetched_first),
      TEST(new_points_are_tried_at_once),
      TEST(what_is_not_ready_is_nobodys_fault),
      TEST(tor_going_away_is_nobodys_fault),
      TEST(without_probes_descriptors_decide),
      TEST(descriptor_and_none_are_not_probed),
      TEST(room_is_shared),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
