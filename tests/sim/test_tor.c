/* The balancer's tor comes and goes. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

static void play_restarts(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  for (int i = 0; i < 16; i++) {
    world_run(w, dice_between(&w->dice, HOUR, 4 * HOUR));
    tor_stop(&w->tor);
    world_run(w, dice_between(&w->dice, 1, 600));
    tor_start(&w->tor, dice_hits(&w->dice, 500));
    world_run_until_published(w, 600);
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* tor restarts every few hours, also in the middle of uploads and without its
 * cached consensus: clients do not notice. */
static void restarts_are_survived(void **state)
{
  struct world_options o = {.churn_permille = 10, .bound = 1200};

  (void)state;
  scenario_play(&o, play_restarts);
}

static void play_restarts_in_uploads(struct world *w)
{
  world_run(w, 2);
  for (int i = 0; i < 40; i++) {
    tor_stop(&w->tor);
    world_run(w, 1);
    tor_start(&w->tor, true);
    world_run(w, dice_between(&w->dice, 1, 12));
  }
  world_run_until_published(w, 400);
}

/* tor dies again and again while uploads are in flight, some of which reach
 * their HSDirs all the same: revisions keep rising, everything is confirmed
 * in the end. */
static void restarts_during_uploads(void **state)
{
  struct world_options o = {.bound = 900};

  (void)state;
  scenario_play(&o, play_restarts_in_uploads);
}

static void play_absent_tor(struct world *w)
{
  reach_watch(&w->reach, false);
  tor_stop(&w->tor);
  balancer_start(&w->balancer);
  world_run(w, 2 * HOUR);
  world_expect(w, w->balancer.n_steps < 10);
  tor_start(&w->tor, false);
  world_run_until_published(w, 400);
}

/* The balancer is started without tor, waits for it without stirring, and
 * publishes once it has a consensus. */
static void tor_is_absent_at_start(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_absent_tor);
}

static void play_long_absence(struct world *w)
{
  size_t warnings;

  world_run_until_published(w, 400);
  world_run(w, 600);
  warnings = w->balancer.n_counted[LOG_LEVEL_WARNING];
  reach_watch(&w->reach, false);
  tor_stop(&w->tor);
  world_run(w, 6 * HOUR);
  tor_start(&w->tor, false);
  world_run(w, 60);
  world_run_until_published(w, 400);
  reach_watch(&w->reach, true);
  world_run(w, HOUR);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 0);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_WARNING] <= warnings + 4);
}

/* Six hours without tor: no instance is blamed for it. */
static void tor_is_away_for_hours(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_long_absence);
}

static void play_missing_microdescriptors(struct world *w)
{
  w->tor.missing_permille = 400;
  for (int i = 0; i < 40; i++) {
    w->tor.complete_at = w->now + 15000; /* later than usual */
    world_run(w, 1800);
  }
}

/* With every consensus many microdescriptors are missing for some seconds:
 * nothing is published to the wrong HSDirs meanwhile. */
static void microdescriptors_come_late(void **state)
{
  struct world_options o = {.churn_permille = 20};

  (void)state;
  scenario_play(&o, play_missing_microdescriptors);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(restarts_are_survived),      cmocka_unit_test(restarts_during_uploads),
      cmocka_unit_test(tor_is_absent_at_start),     cmocka_unit_test(tor_is_away_for_hours),
      cmocka_unit_test(microdescriptors_come_late),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
