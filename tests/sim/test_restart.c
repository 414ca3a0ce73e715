/* The balancer is killed and started again, with what it has kept. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

static void begin(struct world *w)
{
  w->balancer.disk.is_on = true;
  balancer_start(&w->balancer);
  world_run_until_published(w, 400);
}

static void restart(struct world *w, int64_t pause)
{
  balancer_stop(&w->balancer);
  world_run(w, pause);
  balancer_start(&w->balancer);
}

static void play_many_kills(struct world *w)
{
  struct client *fresh;

  begin(w);
  fresh = world_add_client(w, false, 60);
  w->tor.upload_failed = 0; /* an answer about an upload of before hides a failure: they
                               name service and HSDir, no more */
  w->tor.upload_lost = 0;
  for (int i = 0; i < 30; i++) {
    world_run(w, dice_between(&w->dice, 0, i % 3 == 0 ? HOUR : 20));
    restart(w, dice_between(&w->dice, 0, 10));
  }
  world_run_until_published(w, 400);
  world_run(w, 12 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* Killed thirty times, often in the middle of its uploads. */
static void kills_at_random_moments(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_many_kills);
}

static void play_at_once(struct world *w)
{
  size_t before;

  begin(w);
  world_run(w, HOUR / 2); /* not while tor lacks microdescriptors of a new consensus */
  w->tor.fetch_lost = 1000;
  restart(w, 60);
  before = w->checks.n_uploads;
  world_run(w, 10);
  world_expect(w, w->checks.n_uploads >= before + 8);
}

/* No HSDir answers a fetch. */
static void the_first_upload_needs_no_fetch(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_at_once);
}

static void play_clocks(struct world *w)
{
  static const int64_t errors[] = {18 * HOUR, 0, -20 * HOUR, 3 * HOUR, -60, 0};
  struct client *fresh;

  begin(w);
  fresh = world_add_client(w, false, 60);
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    world_run(w, 2 * HOUR + 60); /* both descriptors are published again */
    balancer_stop(&w->balancer);
    w->balancer.clock_error = errors[i];
    balancer_start(&w->balancer);
    world_run_until_published(w, 600);
  }
  world_expect(w, w->balancer.n_rejected == 0);
  world_expect(w, client_failures(fresh) == 0);
}

/* Each start finds another clock, by up to 38 hours before that of the last
 * one: counters rise, and no upload is rejected. */
static void the_clock_goes_back_meanwhile(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_clocks);
}

static void play_damage(struct world *w)
{
  struct client *fresh;

  begin(w);
  fresh = world_add_client(w, false, 60);
  for (int i = 0; i < 4; i++) {
    world_run(w, HOUR);
    disk_damage(&w->balancer.disk);
    w->balancer.remembers_since = w->balancer.starts + 1;
    restart(w, 5);
    world_run_until_published(w, 600);
    restart(w, 5); /* and what it has kept since is good */
    world_run_until_published(w, 400);
  }
  world_expect(w, client_failures(fresh) == 0);
}

static void damage_is_survived(void **state)
{
  struct world_options o = {.waits = true, .bound = 600};

  (void)state;
  scenario_play(&o, play_damage);
}

static void play_long_pause(struct world *w)
{
  begin(w);
  world_run(w, HOUR);
  restart(w, 30 * HOUR); /* other periods, other introduction points */
  world_run_until_published(w, 400);
  world_expect(w, w->balancer.n_rejected == 0);
}

static void old_descriptors_are_not_used(void **state)
{
  struct world_options o = {.waits = true, .bound = 40 * HOUR};

  (void)state;
  scenario_play(&o, play_long_pause);
}

static void play_dead_before(struct world *w)
{
  begin(w);
  world_run(w, 300);
  for (unsigned i = 0; i < 6; i++) {
    struct backend *b = &w->backends[i % 4];

    b->is_web_dead = i % 2 == 0;
    b->is_hung = i % 2 == 1;
    world_run(w, 60); /* known, and out */
    for (int k = 0; k < 3; k++) {
      restart(w, dice_between(&w->dice, 0, 10));
      world_run_until_published(w, 600);
      world_expect(w, !reach_has(w, i % 4));
      world_run(w, dice_between(&w->dice, 0, 300));
      world_expect(w, !reach_has(w, i % 4));
    }
    b->is_web_dead = b->is_hung = false;
    restart(w, 5);
    world_run(w, 75);
    world_expect(w, reach_has(w, i % 4));
    world_run(w, 300);
  }
}

/* Who is down when the balancer is killed is in no descriptor of the next one,
 * and back soon after it is well. */
static void the_dead_are_remembered(void **state)
{
  struct world_options o = {.waits = true, .n_backends = 4};

  (void)state;
  scenario_play(&o, play_dead_before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kills_at_random_moments),
      cmocka_unit_test(the_first_upload_needs_no_fetch),
      cmocka_unit_test(the_clock_goes_back_meanwhile),
      cmocka_unit_test(damage_is_survived),
      cmocka_unit_test(old_descriptors_are_not_used),
      cmocka_unit_test(the_dead_are_remembered),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
