/* The balancer's wall clock is wrong; its mono clock never is. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

static void play_small_jumps(struct world *w)
{
  static const int64_t jumps[] = {3 * HOUR,   -3 * HOUR, -5 * HOUR, 20 * HOUR,
                                  -20 * HOUR, -60,       90,        11 * HOUR};
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
    w->balancer.clock_error = jumps[i];
    world_run(w, 4 * HOUR);
    w->balancer.clock_error = 0;
    world_run(w, 4 * HOUR);
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* The clock jumps by hours in both directions, and back, several times a day:
 * revisions rise all the same, and clients notice nothing. */
static void hours_do_not_matter(void **state)
{
  struct world_options o = {.churn_permille = 10};

  (void)state;
  scenario_play(&o, play_small_jumps);
}

static void play_big_jump(struct world *w, int64_t days)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  world_run(w, HOUR);
  w->balancer.clock_error = days * 24 * HOUR;
  world_run(w, 1800);
  world_expect(w, balancer_has_logged(&w->balancer, "the clock is wrong"));
  w->balancer.clock_error = 0;
  world_run(w, 900);
  world_expect(w, balancer_has_logged(&w->balancer, "working with tor's consensus"));
  world_run(w, 12 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

static void play_days_ahead(struct world *w)
{
  play_big_jump(w, 5);
}

static void play_days_behind(struct world *w)
{
  play_big_jump(w, -5);
}

/* Half an hour with a clock that is five days ahead, or behind: the balancer
 * says so and waits, and goes on when the clock is right again. */
static void days_ahead_are_survived(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_days_ahead);
}

static void days_behind_are_survived(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_days_behind);
}

static void play_restart_after_jump(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  w->balancer.clock_error = 18 * HOUR;
  world_run(w, 2 * HOUR + 60); /* both descriptors have been published again */
  balancer_stop(&w->balancer);
  w->balancer.clock_error = 0;
  balancer_start(&w->balancer);
  world_run_until_published(w, 3600);
  world_expect(w, client_failures(fresh) == 0);
}

/* The HSDirs hold revisions of a clock that was 18 hours ahead, and the
 * balancer that is started then knows nothing of it: it raises its revisions
 * until they are taken. */
static void restart_after_a_clock_ahead(void **state)
{
  struct world_options o = {.bound = 3600};

  (void)state;
  scenario_play(&o, play_restart_after_jump);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hours_do_not_matter),
      cmocka_unit_test(days_ahead_are_survived),
      cmocka_unit_test(days_behind_are_survived),
      cmocka_unit_test(restart_after_a_clock_ahead),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
