/* Changes of the time period and of the shared random value, and consensuses
 * that come late. Live worlds begin at 10:00; the period changes at 12:00, the
 * SRV at 00:00. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

static void play_live_changes(struct world *w)
{
  struct client *keeping[4];
  struct client *fresh = world_add_client(w, false, 20);

  world_run_until_published(w, 400);
  client_reset(fresh);
  for (size_t i = 0; i < 4; i++) {
    keeping[i] = world_add_client(w, true, 60);
  }
  world_run(w, 3 * 24 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
  for (size_t i = 0; i < 4; i++) {
    world_expect(w, client_failures(keeping[i]) == 0);
  }
}

/* Over three days of changes no client fails, whether it fetches anew for
 * every request or keeps what it fetched to the end of the period. */
static void changes_lose_no_client(void **state)
{
  struct world_options o = {.churn_permille = 10};

  (void)state;
  scenario_play(&o, play_live_changes);
}

/* A network on which nothing gets lost: the seconds can be counted. */
static void make_reliable(struct tor *t)
{
  t->fetch_failed = t->fetch_lost = 0;
  t->upload_failed = t->upload_lost = t->answer_lost = 0;
  t->missing_permille = 0;
}

/* Lets time pass until the balancer's tor has a consensus of the next
 * period. */
static void run_into_next_period(struct world *w)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  uint64_t period = v->slots[v->client_slot].period.number;

  while (v->slots[v->client_slot].period.number == period) {
    world_run(w, 1);
    v = &w->net.votes[w->tor.vote];
  }
}

/* A client whose tor has every consensus before anybody else's fetches some
 * seconds after the balancer's tor has seen the new period, and keeps that. */
static void play_eager_client(struct world *w, int64_t seconds, int64_t period)
{
  struct client *eager;

  make_reliable(&w->tor);
  for (size_t i = 0; i < 3; i++) {
    run_into_next_period(w);
    world_run(w, seconds);
    eager = world_add_client(w, true, w->options.testing ? 2 : 60);
    world_expect(w, client_request(eager) == CLIENT_SERVED);
    world_run(w, period - period / 8); /* past the SRV change, nearly to the end */
    world_expect(w, client_failures(eager) == 0);
  }
}

static void play_eager_live(struct world *w)
{
  play_eager_client(w, 20, 24 * HOUR);
}

/* Live, a client may fetch twenty seconds after the balancer could know of
 * the new period, and is served to its end. */
static void eager_client_keeps_being_served(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_eager_live);
}

static void play_eager_testing(struct world *w)
{
  play_eager_client(w, 7, 8 * 60);
}

/* The same on a testing network with a period of eight minutes, after seven
 * seconds. */
static void eager_client_on_testing_network(void **state)
{
  struct world_options o = {.testing = true};

  (void)state;
  scenario_play(&o, play_eager_testing);
}

static void play_testing_network(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 2);
  world_run(w, HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* Seven short periods on a testing network: no fresh client fails. */
static void testing_network_passes(void **state)
{
  struct world_options o = {.testing = true, .churn_permille = 5};

  (void)state;
  scenario_play(&o, play_testing_network);
}

static void play_late_consensus(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  w->tor.vote_delay_min = 3 * HOUR;
  w->tor.vote_delay_max = 5 * HOUR;
  world_run(w, 3 * 24 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* The balancer's tor gets each consensus three to five hours late: clients,
 * who are ahead of it, do not notice. */
static void late_consensus_is_survived(void **state)
{
  struct world_options o = {.churn_permille = 3};

  (void)state;
  scenario_play(&o, play_late_consensus);
}

static void play_no_consensus(struct world *w)
{
  world_run_until_published(w, 400);
  reach_watch(&w->reach, false); /* its tor asks for what is long over */
  w->tor.vote_delay_min = w->tor.vote_delay_max = 30 * HOUR;
  world_run(w, 29 * HOUR);
  world_expect(w, balancer_has_logged(&w->balancer, "too old or the clock is wrong"));
  w->tor.vote_delay_min = w->tor.vote_delay_max = 60;
  world_run(w, 2 * HOUR);
  reach_watch(&w->reach, true);
  world_expect(w, balancer_has_logged(&w->balancer, "working with tor's consensus"));
  world_run(w, 2 * HOUR);
}

/* No consensus for more than a day: the balancer says so and stops, and goes
 * on by itself when there is one again. */
static void no_consensus_for_a_day(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_no_consensus);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_lose_no_client),
      cmocka_unit_test(eager_client_keeps_being_served),
      cmocka_unit_test(eager_client_on_testing_network),
      cmocka_unit_test(testing_network_passes),
      cmocka_unit_test(late_consensus_is_survived),
      cmocka_unit_test(no_consensus_for_a_day),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
