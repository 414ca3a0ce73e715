#include "balance/prober.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the last probes became; cmocka runs one test at a time. */
static struct probe_result results[64];
static struct address probed[64];
static size_t n_results;

static void note(struct step *s, const struct address *a, const struct probe_result *r)
{
  (void)s;
  probed[n_results] = *a;
  results[n_results++] = *r;
}

static int setup(void **state)
{
  struct stage *st = stage_new(1, 2);

  st->core->tor_is_ready = true;
  st->core->can_probe = true;
  n_results = 0;
  *state = st;
  return 0;
}

static bool start(struct stage *st, const struct probe_spec *spec)
{
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};

  return prober_start(&s, spec, note);
}

/* A probe of the first instance; returns what names it. */
static uint64_t launch(struct stage *st)
{
  struct probe_spec spec = {.address = st->instances[0].address, .port = 80, .timeout = 20 * 1000};

  assert_true(start(st, &spec));
  return stage_last(st, ACTION_PROBE)->probe;
}

static void tell(struct stage *st, enum event_kind kind, uint64_t probe, enum probe_end end)
{
  struct event e = {.kind = kind, .probe = probe, .probe_end = end};

  memset(e.fingerprint, 7, sizeof e.fingerprint);
  stage_step(st, &e);
}

/* ---- how one begins ---- */

static void action_says_what_to_do(void **state)
{
  struct stage *st = *state;
  struct probe_spec spec = {.address = st->instances[1].address,
                            .port = 8080,
                            .timeout = 9000,
                            .http_path = "/health",
                            .http_min = 200,
                            .http_max = 399,
                            .http_text = "fine"};
  const struct action *a;

  assert_true(start(st, &spec));
  a = stage_last(st, ACTION_PROBE);
  assert_true(address_equal(&a->address, &spec.address));
  assert_int_equal(a->port, 8080);
  assert_int_equal(a->timeout, 9000);
  assert_int_equal(a->http_min, 200);
  assert_int_equal(a->http_max, 399);
  assert_true(slice_is(buf_slice(&a->text), "/health"));
  assert_true(slice_is(buf_slice(&a->http_text), "fine"));
}

static void connecting_alone_asks_nothing(void **state)
{
  struct stage *st = *state;

  launch(st);
  assert_int_equal(stage_last(st, ACTION_PROBE)->text.n, 0);
}

static void nothing_starts_without_tor_or_socks(void **state)
{
  struct stage *st = *state;
  struct probe_spec spec = {.address = st->instances[0].address, .port = 80, .timeout = 1};

  st->core->can_probe = false;
  assert_false(start(st, &spec));
  st->core->can_probe = true;
  st->core->tor_is_ready = false;
  assert_false(start(st, &spec));
  assert_int_equal(stage_count(st, ACTION_PROBE), 0);
}

static void only_so_many_at_once(void **state)
{
  struct stage *st = *state;
  struct probe_spec spec = {.address = st->instances[0].address, .port = 80, .timeout = 1};

  for (unsigned i = 0; i < st->core->timing.max_probes; i++) {
    launch(st);
  }
  assert_false(start(st, &spec));
  tell(st, EVENT_PROBED, stage_last(st, ACTION_PROBE)->probe, PROBE_ANSWERED);
  assert_true(start(st, &spec));
}

/* ---- how one ends ---- */

static void end_is_told_once(void **state)
{
  struct stage *st = *state;
  uint64_t first = launch(st), second = launch(st);

  assert_true(first != second);
  st->now.mono.ms += 300;
  tell(st, EVENT_PROBED, first, PROBE_REFUSED);
  tell(st, EVENT_PROBED, first, PROBE_ANSWERED);
  assert_int_equal(n_results, 1);
  assert_int_equal(results[0].end, PROBE_REFUSED);
  assert_int_equal(results[0].took, 300);
  assert_false(results[0].is_introduced || results[0].is_joined);
  assert_true(address_equal(&probed[0], &st->instances[0].address));
  tell(st, EVENT_PROBED, second, PROBE_ANSWERED);
  assert_int_equal(n_results, 2);
}

static void unknown_ones_are_ignored(void **state)
{
  struct stage *st = *state;
  uint64_t id = launch(st);

  tell(st, EVENT_PROBED, id + 1, PROBE_FAILED);
  tell(st, EVENT_INTRODUCED, 0, PROBE_FAILED);
  tell(st, EVENT_JOINED, id + 9, PROBE_FAILED);
  assert_int_equal(n_results, 0);
}

static void stages_are_part_of_the_result(void **state)
{
  struct stage *st = *state;
  uint64_t id = launch(st);

  tell(st, EVENT_INTRODUCED, id, 0);
  tell(st, EVENT_JOINED, id, 0);
  stage_pass(st, 15000); /* joined: the backend has all the time of the probe */
  assert_int_equal(n_results, 0);
  tell(st, EVENT_PROBED, id, PROBE_ANSWERED);
  assert_true(results[0].is_introduced && results[0].is_joined);
  assert_int_equal(results[0].relay[0], 7);
}

/* tor would wait for it until its own timeout, and then try again. */
static void introduced_but_never_joined_ends_early(void **state)
{
  struct stage *st = *state;
  uint64_t id = launch(st);
  int64_t patience = st->core->timing.join_timeout;

  stage_pass(st, 1000);
  tell(st, EVENT_INTRODUCED, id, 0);
  stage_pass(st, patience - 1);
  tell(st, EVENT_INTRODUCED, id, 0); /* another point: no new patience */
  assert_int_equal(n_results, 0);
  assert_true(core_next_wake(st->core).ms <= st->now.mono.ms + 1);
  stage_pass(st, 1);
  assert_int_equal(n_results, 1);
  assert_int_equal(results[0].end, PROBE_TIMED_OUT);
  assert_true(results[0].is_introduced && !results[0].is_joined);
  assert_int_equal(stage_last(st, ACTION_PROBE_STOP)->probe, id);
  tell(st, EVENT_PROBED, id, PROBE_TIMED_OUT);
  assert_int_equal(n_results, 1);
}

static void silent_shell_is_not_waited_for(void **state)
{
  struct stage *st = *state;

  launch(st);
  stage_pass(st, 24999);
  assert_int_equal(n_results, 0);
  stage_pass(st, 1);
  assert_int_equal(n_results, 1);
  assert_int_equal(results[0].end, PROBE_TIMED_OUT);
}

static void all_end_when_tor_goes(void **state)
{
  struct stage *st = *state;

  launch(st);
  launch(st);
  stage_tell(st, EVENT_TOR_DOWN);
  assert_int_equal(n_results, 2);
  assert_int_equal(results[0].end, PROBE_NOT_READY);
  assert_int_equal(results[1].end, PROBE_NOT_READY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(action_says_what_to_do),
      TEST(connecting_alone_asks_nothing),
      TEST(nothing_starts_without_tor_or_socks),
      TEST(only_so_many_at_once),
      TEST(end_is_told_once),
      TEST(unknown_ones_are_ignored),
      TEST(stages_are_part_of_the_result),
      TEST(introduced_but_never_joined_ends_early),
      TEST(silent_shell_is_not_waited_for),
      TEST(all_end_when_tor_goes),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
