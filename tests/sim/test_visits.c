/* Backends that swallow clients of a frontend, and the visits that find them. */
#include "scenario.h"

#include "balance/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60
#define HOUR   3600

static enum visit_verdict verdict(const struct world *w, size_t service, size_t backend)
{
  return w->balancer.core->services[service].members[backend].seen.verdict;
}

/* Seconds until visits have shown that; the world fails after `bound`. */
static int64_t wait_verdict(struct world *w, size_t service, size_t backend,
                            enum visit_verdict wanted, int64_t bound)
{
  int64_t start = w->now;

  while (verdict(w, service, backend) != wanted) {
    world_run(w, 5);
    if (w->now - start > bound * 1000) {
      world_fail(w, "node%zu behind service %zu is still %s after %lld s", backend + 1, service,
                 visit_verdict_text(verdict(w, service, backend)), (long long)bound);
    }
  }
  return (w->now - start) / 1000;
}

static void expect_innocent(struct world *w, size_t guilty)
{
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, i == guilty || verdict(w, 0, i) != VISIT_BLACK_HOLE);
  }
}

static void restart(struct backend *b)
{
  backend_stop(b);
  backend_start(b);
}

static void play_one(struct world *w)
{
  size_t guilty = (size_t)dice_between(&w->dice, 0, (int64_t)w->options.n_backends - 1);
  struct backend *b = &w->backends[guilty];
  int64_t found, mended;

  b->unknown_frontend = &w->services[0].address;
  world_run_until_published(w, 400);
  found = wait_verdict(w, 0, guilty, VISIT_BLACK_HOLE, HOUR);
  expect_innocent(w, guilty);
  world_expect(w, balancer_has_logged(&w->balancer, "must have the line \"MasterOnionAddress"));
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 1);
  world_expect(w, reach_has(w, guilty)); /* its tor is well: an operator must mend it */
  b->unknown_frontend = NULL;
  restart(b);
  mended = wait_verdict(w, 0, guilty, VISIT_GOOD, HOUR);
  printf("# found after %lld s, mended after %lld s\n", (long long)found, (long long)mended);
  world_run(w, HOUR);
  expect_innocent(w, w->options.n_backends);
}

/* One of four does not know of the frontend: it is found and named, no other is, and
 * when it has the line it is known to be good again. */
static void one_swallows_clients(void **state)
{
  struct world_options o = {.n_backends = 4};

  (void)state;
  scenario_play(&o, play_one);
}

static void play_one_of_two_frontends(struct world *w)
{
  w->backends[1].unknown_frontend = &w->services[1].address;
  world_run_until_published(w, 400);
  wait_verdict(w, 1, 1, VISIT_BLACK_HOLE, HOUR);
  wait_verdict(w, 0, 1, VISIT_GOOD, HOUR);
  expect_innocent(w, w->options.n_backends);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 1);
}

/* It knows one of two frontends: it is blamed for the other one alone. */
static void one_of_two_frontends_is_unknown(void **state)
{
  struct world_options o = {.n_backends = 3, .n_services = 2};

  (void)state;
  scenario_play(&o, play_one_of_two_frontends);
}

/* Breaks or mends something: never in a way that is an ob_config. */
static void disturb(struct world *w)
{
  struct backend *b = &w->backends[dice_between(&w->dice, 0, (int64_t)w->options.n_backends - 1)];

  switch (dice_between(&w->dice, 0, 4)) {
  case 0:
    b->is_hung = !b->is_hung;
    break;
  case 1:
    b->is_web_dead = !b->is_web_dead;
    break;
  case 2:
    if (b->is_running) {
      backend_stop(b);
    } else {
      backend_start(b);
    }
    break;
  case 3:
    w->probing.circuit_failed = (unsigned)dice_between(&w->dice, 0, 600);
    w->probing.slow_permille = (unsigned)dice_between(&w->dice, 0, 500);
    break;
  default:
    tor_stop(&w->tor);
    tor_start(&w->tor, true);
    break;
  }
}

static void play_innocents(struct world *w)
{
  world_run_until_published(w, 400);
  reach_watch(&w->reach, false);
  for (int i = 0; i < 100; i++) {
    disturb(w);
    world_run(w, dice_between(&w->dice, 10, 10 * MINUTE));
    expect_innocent(w, w->options.n_backends);
  }
}

/* Backends die, hang, lose their web servers and come back, circuits fail, tor is
 * restarted: nobody is taken for one that swallows clients. */
static void nobody_is_blamed_for_bad_luck(void **state)
{
  struct world_options o = {.n_backends = 4};

  (void)state;
  scenario_play(&o, play_innocents);
}

static void play_thirty(struct world *w)
{
  size_t guilty = (size_t)dice_between(&w->dice, 0, 29);
  int64_t found;

  w->backends[guilty].unknown_frontend = &w->services[0].address;
  world_run_until_published(w, 600);
  found = wait_verdict(w, 0, guilty, VISIT_BLACK_HOLE, 12 * HOUR);
  printf("# one of thirty found after %lld s\n", (long long)found);
  expect_innocent(w, guilty);
}

/* One of thirty, each HSDir with other points: chance alone leads visits to it, and
 * they go to HSDirs that have somebody left to find out about. */
static void one_of_thirty_swallows_clients(void **state)
{
  struct world_options o = {
      .n_backends = 30, .n_relays = 100, .mode = CONTENT_DISTINCT, .points_per_backend = 3};

  (void)state;
  scenario_play_once(&o, play_thirty);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_swallows_clients),
      cmocka_unit_test(one_of_two_frontends_is_unknown),
      cmocka_unit_test(nobody_is_blamed_for_bad_luck),
      cmocka_unit_test(one_of_thirty_swallows_clients),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
