/* Backends that stop serving in all the ways there are, and probes that are
 * not to be trusted. */
#include "scenario.h"

#include "balance/checker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60
#define HOUR   3600

/* Within this many seconds a dead backend is out of every descriptor, and one
 * that is well again is back in them. */
#define BOUND 60

/* Uploads come to something, so that times show the core's own doing. */
static void make_uploads_good(struct world *w)
{
  w->tor.upload_failed = 0;
  w->tor.upload_lost = 0;
  w->tor.answer_lost = 0;
}

/* Seconds until the backend is (not) in any descriptor; the world fails after
 * `bound`. */
static int64_t wait_for(struct world *w, size_t backend, bool is_in, int64_t bound)
{
  int64_t start = w->now;

  while (reach_has(w, backend) != is_in) {
    world_run(w, 1);
    if (w->now - start > bound * 1000) {
      world_fail(w, "node%zu is %s the descriptors after %lld s", backend + 1,
                 is_in ? "not in" : "still in", (long long)bound);
    }
  }
  return (w->now - start) / 1000;
}

static void break_it(struct backend *b, unsigned how)
{
  if (how == 0) {
    backend_stop(b);
  } else if (how == 1) {
    b->is_hung = true;
  } else {
    b->is_web_dead = true;
  }
}

static void mend_it(struct backend *b, unsigned how)
{
  if (how == 0) {
    backend_start(b);
  }
  b->is_hung = false;
  b->is_web_dead = false;
}

static void play_failover(struct world *w)
{
  struct client *fresh;

  make_uploads_good(w);
  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  fresh = world_add_client(w, false, 10);
  for (unsigned i = 0; i < 9; i++) {
    size_t backend = i % w->options.n_backends;
    int64_t out, in;

    world_run(w, dice_between(&w->dice, 6 * MINUTE, 7 * MINUTE));
    break_it(&w->backends[backend], i % 3);
    out = wait_for(w, backend, false, BOUND);
    client_reset(fresh);
    world_run(w, dice_between(&w->dice, 4 * MINUTE, 5 * MINUTE));
    world_expect(w, client_failures(fresh) == 0);
    mend_it(&w->backends[backend], i % 3);
    in = wait_for(w, backend, true, BOUND + 15); /* tor has made its points by then */
    printf("# way %u: out after %lld s, in after %lld s\n", i % 3, (long long)out, (long long)in);
  }
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 0);
}

/* A backend is killed, or hangs, or loses its web server: out of every
 * descriptor within a minute; from then on no fresh client notices; and back within
 * a minute. */
static void failover_takes_a_minute(void **state)
{
  struct world_options o = {.n_backends = 4};

  (void)state;
  scenario_play(&o, play_failover);
}

static void play_all_at_once(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    w->backends[i].is_hung = true;
  }
  world_run(w, 30 * MINUTE);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, reach_has(w, i));
  }
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 1);
  w->backends[2].is_hung = false;
  world_run(w, 5 * MINUTE);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, reach_has(w, i) == (i == 2));
  }
  for (size_t i = 0; i < w->options.n_backends; i++) {
    w->backends[i].is_hung = false;
  }
  world_run(w, 5 * MINUTE);
  fresh = world_add_client(w, false, 10);
  world_run(w, HOUR);
  world_expect(w, client_failures(fresh) == 0);
  world_expect(w, balancer_has_logged(&w->balancer, "can be told apart again"));
}

/* All hang at once: all stay published, with one loud line. One that answers
 * again is believed, and the others leave; then they come back too. */
static void all_hang_at_once(void **state)
{
  struct world_options o = {.n_backends = 5};

  (void)state;
  scenario_play(&o, play_all_at_once);
}

static void play_one_by_one(struct world *w)
{
  size_t n = w->options.n_backends;

  make_uploads_good(w);
  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  for (size_t i = 0; i < n; i++) {
    break_it(&w->backends[i], (unsigned)i % 3);
    world_run(w, 3 * MINUTE);
    for (size_t k = 0; k < n; k++) {
      world_expect(w, reach_has(w, k) == (k > i || i == n - 1) || (i == n - 1 && k < i));
    }
  }
  world_expect(w, reach_has(w, n - 1) && !reach_has(w, n - 2));
  world_expect(w, balancer_has_logged(&w->balancer, "no other is up: it stays published"));
}

/* Real deaths, one after the other: each one goes, down to the last. */
static void they_die_one_by_one(void **state)
{
  struct world_options o = {.n_backends = 4};

  (void)state;
  scenario_play(&o, play_one_by_one);
}

static void play_dead_circuits(struct world *w)
{
  size_t uploads;

  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  uploads = w->checks.n_uploads;
  w->probing.circuit_failed = 1000;
  world_run(w, 10 * MINUTE);
  w->probing.circuit_failed = 30;
  world_run(w, 5 * MINUTE);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, reach_has(w, i));
    world_expect(w, w->balancer.core->instances[i].health.state == HEALTH_UP);
  }
  world_expect(w, w->checks.n_uploads <= uploads + 6 * 16);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 1);
}

/* Half of tor is dead: it uploads, but no circuit to an introduction point comes to
 * anything. All stay published. */
static void our_own_circuits_fail(void **state)
{
  struct world_options o = {.n_backends = 6};

  (void)state;
  scenario_play(&o, play_dead_circuits);
}

static void play_bad_luck(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 30);
  for (int i = 0; i < 20; i++) {
    w->probing.circuit_failed = (unsigned)dice_between(&w->dice, 0, 700);
    w->probing.slow_permille = (unsigned)dice_between(&w->dice, 0, 500);
    world_run(w, 10 * MINUTE);
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* Probes are slow and fail by the dice: whatever we make of it, clients always
 * find somebody. */
static void probes_are_slow_and_fail(void **state)
{
  struct world_options o = {.n_backends = 5};

  (void)state;
  scenario_play(&o, play_bad_luck);
}

static void play_flapping(struct world *w)
{
  size_t uploads;

  world_run_until_published(w, 400);
  world_run(w, 10 * MINUTE);
  uploads = w->checks.n_uploads;
  for (int i = 0; i < 60; i++) {
    w->backends[1].is_web_dead = i % 2 == 0;
    world_run(w, 5 * MINUTE);
  }
  uploads = w->checks.n_uploads - uploads;
  printf("# %zu uploads\n", uploads);
  world_expect(w, uploads < 30 * 16); /* without back-off: some 60 times 16 */
  world_run(w, 15 * MINUTE);
  world_expect(w, reach_has(w, 1));
}

/* A web server comes and goes every two minutes: it is let back in ever more
 * slowly, and at once again when it has been calm. */
static void one_flaps(void **state)
{
  struct world_options o = {.n_backends = 3};

  (void)state;
  scenario_play(&o, play_flapping);
}

static void play_without_socks(struct world *w)
{
  world_run_until_published(w, 400);
  w->backends[0].is_hung = true;
  reach_watch(&w->reach, false);
  world_run(w, 2 * HOUR);
  world_expect(w, reach_has(w, 0) && w->probing.n_started == 0);
  tor_stop(&w->tor);
  w->probing.is_off = false;
  tor_start(&w->tor, true);
  world_run(w, 3 * MINUTE);
  world_expect(w, !reach_has(w, 0) && w->probing.n_started > 0);
  tor_stop(&w->tor);
  w->probing.is_off = true;
  tor_start(&w->tor, true);
  world_run(w, 3 * MINUTE);
  world_expect(w, reach_has(w, 0));
}

/* tor has no SOCKS port: descriptors alone decide. It gets one, and loses it
 * again: what probes have shown counts in between only. */
static void nothing_can_be_probed(void **state)
{
  struct world_options o = {.no_socks = true};

  (void)state;
  scenario_play(&o, play_without_socks);
}

static void play_thousand(struct world *w)
{
  size_t n = w->options.n_backends;
  int64_t pace = w->balancer.core->timing.probe_pace * (int64_t)n / 1000;

  reach_watch(&w->reach, false);
  world_run(w, 10 * MINUTE);
  for (size_t i = 0; i < n; i += 10) {
    w->backends[i].is_hung = true;
  }
  world_run(w, pace + 5 * MINUTE);
  for (size_t i = 0; i < n; i++) {
    world_expect(w, checker_is_serving(w->balancer.core, &w->balancer.core->instances[i]) ==
                        (i % 10 != 0));
  }
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 0);
}

/* A thousand backends, of which a hundred hang: all of these are found, within
 * the time that the pace of probes allows, and no other is taken for one. */
static void a_thousand_backends(void **state)
{
  struct world_options o = {.n_backends = 1000, .n_relays = 40};

  (void)state;
  scenario_play_once(&o, play_thousand);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(failover_takes_a_minute),  cmocka_unit_test(all_hang_at_once),
      cmocka_unit_test(they_die_one_by_one),      cmocka_unit_test(our_own_circuits_fail),
      cmocka_unit_test(probes_are_slow_and_fail), cmocka_unit_test(one_flaps),
      cmocka_unit_test(nothing_can_be_probed),    cmocka_unit_test(a_thousand_backends),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
