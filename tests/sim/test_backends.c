/* Backends that die, come back, and are of all kinds. */
#include "scenario.h"

#include "balance/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

/* True if the core would put the backend into a descriptor. */
static bool is_in(const struct world *w, size_t backend)
{
  return instance_is_usable(&w->balancer.core->instances[backend]);
}

static void play_gone_and_back(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  for (size_t i = 0; i < 3; i++) {
    backend_stop(&w->backends[i]);
    world_run(w, 3 * HOUR + 15 * 60); /* HSDirs keep what it published for three */
    world_expect(w, !is_in(w, i));
    client_reset(fresh);
    world_run(w, 2 * HOUR);
    backend_start(&w->backends[i]);
    world_run(w, 300);
    world_expect(w, is_in(w, i));
    client_reset(fresh);
    world_run(w, 2 * HOUR);
    world_expect(w, fresh->served_by[i] > 0);
    world_expect(w, client_failures(fresh) == 0);
  }
}

/* One backend after the other dies, is taken out once its descriptor is gone,
 * and serves again within five minutes of its return. */
static void one_is_gone_and_comes_back(void **state)
{
  struct world_options o = {.churn_permille = 10};

  (void)state;
  scenario_play(&o, play_gone_and_back);
}

static void play_restarts(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 30);
  for (size_t i = 0; i < 40; i++) {
    struct backend *b = &w->backends[i % w->options.n_backends];

    backend_stop(b);
    world_run(w, dice_between(&w->dice, 5, 900));
    backend_start(b);
    world_run(w, dice_between(&w->dice, 400, 3600));
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* Backends restart all day and have new points each time: at any time the
 * others are in the descriptors. */
static void restarts_are_followed(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_restarts);
}

static void play_all_gone(struct world *w)
{
  struct core_progress p;

  world_run_until_published(w, 400);
  for (size_t i = 0; i < 3; i++) {
    backend_stop(&w->backends[i]);
  }
  world_run(w, 20 * HOUR); /* over a period and an SRV change */
  core_progress(w->balancer.core, &p);
  world_expect(w, p.n_usable == 0);
  /* One when they look down, one when their descriptors are gone too. */
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 2);
  world_run_until_published(w, 400); /* the last good set stays published */
  backend_start(&w->backends[1]);
  world_run(w, 300);
  world_expect(w, balancer_has_logged(&w->balancer, "1 of 3 instances usable again"));
  world_run(w, 24 * HOUR);
}

/* All backends die: the last descriptors stay published, over changes of the
 * period and the SRV too, with loud lines, but few; and the first one that comes
 * back is published within minutes. */
static void all_are_gone(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_all_gone);
}

static void play_strange_points(struct world *w)
{
  struct client *fresh;

  for (size_t i = 0; i < 4; i++) {
    static const size_t points[] = {1, 0, 21, 20};

    w->backends[i].n_points = points[i];
    if (i > 0) {
      backend_renew_points(&w->backends[i]);
    }
  }
  backend_renew_points(&w->backends[0]);
  balancer_start(&w->balancer);
  world_run(w, 120);
  fresh = world_add_client(w, false, 60);
  world_run(w, 12 * HOUR);
  world_expect(w, is_in(w, 0) && !is_in(w, 1) && !is_in(w, 2) && is_in(w, 3) && is_in(w, 4));
  world_expect(w, fresh->served_by[0] > 100 && fresh->served_by[3] > 100);
  world_expect(w, fresh->served_by[4] > 100 && client_failures(fresh) == 0);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_WARNING] < 20);
}

/* Backends with 1, 0, 21, 20 and 3 introduction points: those with none or
 * too many are left out and said so, the others have equal shares. */
static void strange_numbers_of_points(void **state)
{
  struct world_options o = {.n_backends = 5, .waits = true};

  (void)state;
  scenario_play(&o, play_strange_points);
}

static void play_twenty_five(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 20);
  world_run(w, 2 * 24 * HOUR);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, fresh->served_by[i] * w->options.n_backends * 3 > fresh->counts[CLIENT_SERVED]);
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* Twenty-five backends: never more than twenty at a time, and over two days
 * every one has at least a third of its even share. */
static void more_than_fit(void **state)
{
  struct world_options o = {.n_backends = 25};

  (void)state;
  scenario_play_once(&o, play_twenty_five);
}

static void play_even_shares(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 10);
  world_run(w, 12 * HOUR);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, fresh->served_by[i] * 4 * 10 > fresh->counts[CLIENT_SERVED] * 9);
    world_expect(w, fresh->served_by[i] * 4 * 10 < fresh->counts[CLIENT_SERVED] * 11);
  }
}

/* Four backends with different numbers of points: each has a quarter of all
 * requests, within a tenth of that. */
static void shares_are_even(void **state)
{
  struct world_options o = {.n_backends = 4};

  (void)state;
  scenario_play(&o, play_even_shares);
}

static void play_flow_control(struct world *w)
{
  size_t with;

  w->backends[2].flow_control = NULL;
  for (size_t i = 0; i < 3; i++) {
    backend_renew_points(&w->backends[i]);
  }
  world_run(w, 30);
  balancer_start(&w->balancer);
  world_run(w, 4 * HOUR);
  world_expect(w, w->checks.n_uploads > 0 && w->checks.n_with_flow_control == 0);
  backend_stop(&w->backends[2]);
  world_run(w, 4 * HOUR);
  with = w->checks.n_with_flow_control;
  world_expect(w, with > 0);
  w->backends[2].flow_control = "1-2 31";
  backend_start(&w->backends[2]);
  world_run(w, 4 * HOUR);
  world_expect(w, is_in(w, 2) && w->checks.n_with_flow_control > with);
}

/* The flow-control line is there only while every backend announces it. */
static void flow_control_by_unanimity(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_flow_control);
}

static void play_points_expire(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  for (int i = 0; i < 60; i++) {
    backend_renew_one_point(&w->backends[dice_between(&w->dice, 0, 2)]);
    world_run(w, dice_between(&w->dice, 10, 7200));
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* Single points are replaced at random times, as tor does after a day. */
static void points_expire_one_by_one(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_points_expire);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_is_gone_and_comes_back),
      cmocka_unit_test(restarts_are_followed),
      cmocka_unit_test(all_are_gone),
      cmocka_unit_test(strange_numbers_of_points),
      cmocka_unit_test(more_than_fit),
      cmocka_unit_test(shares_are_even),
      cmocka_unit_test(flow_control_by_unanimity),
      cmocka_unit_test(points_expire_one_by_one),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
