/* What an operator says: weights, backup instances, drain, disabling. */
#include "scenario.h"

#include "balance/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MINUTE 60
#define HOUR   3600

static void play_weights(struct world *w)
{
  static const unsigned weights[] = {200, 100, 100, 0};
  struct client *fresh;
  double all;

  world_run_until_published(w, 400);
  for (size_t i = 0; i < 4; i++) {
    balancer_command(&w->balancer, ADMIN_WEIGHT, i, weights[i]);
  }
  world_run(w, 5 * MINUTE);
  fresh = world_add_client(w, false, 10);
  world_run(w, 12 * HOUR);
  all = (double)fresh->counts[CLIENT_SERVED];
  for (size_t i = 0; i < 4; i++) {
    double share = (double)fresh->served_by[i] / all, wanted = weights[i] / 400.0;

    /* 3 of 7 and 2 of 7 points, or 2 of 4 and 1 of 4 */
    world_expect(w, share > wanted - 0.08 && share < wanted + 0.06);
  }
  world_expect(w, fresh->served_by[3] == 0 && !reach_has(w, 3));
  world_expect(w, w->balancer.core->instances[3].health.state == HEALTH_UP);
  for (size_t i = 0; i < 4; i++) {
    balancer_command(&w->balancer, ADMIN_WEIGHT_RESET, i, 0);
  }
  world_run(w, 5 * MINUTE);
  world_expect(w, reach_has(w, 3));
}

/* Weights of 2, 1, 1 and 0: shares are as integers allow, and the last one is
 * in no descriptor, but checked. */
static void weights_are_kept(void **state)
{
  struct world_options o = {.n_backends = 4, .points_per_backend = 6};

  (void)state;
  scenario_play(&o, play_weights);
}

static void play_backups(struct world *w)
{
  world_run_until_published(w, 400);
  world_run(w, 10 * MINUTE);
  world_expect(w, reach_has(w, 0) && reach_has(w, 1) && !reach_has(w, 2) && !reach_has(w, 3));
  backend_stop(&w->backends[0]);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 0) && reach_has(w, 1) && !reach_has(w, 2));
  w->backends[1].is_hung = true;
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 1) && reach_has(w, 2) && reach_has(w, 3));
  world_expect(w, balancer_has_logged(&w->balancer, "only its backup instances are up"));
  w->backends[1].is_hung = false;
  world_run(w, 5 * MINUTE);
  world_expect(w, reach_has(w, 1) && !reach_has(w, 2) && !reach_has(w, 3));
  balancer_command(&w->balancer, ADMIN_STATE, 1, ADMIN_DRAIN);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 1) && reach_has(w, 2) && reach_has(w, 3));
}

/* Two backups serve while the two others are dead, and only then. */
static void backups_serve_when_needed(void **state)
{
  struct world_options o = {.n_backends = 4, .n_backups = 2};

  (void)state;
  scenario_play(&o, play_backups);
}

static void play_drain(struct world *w)
{
  const struct instance *in = &w->balancer.core->instances[1];
  struct client *fresh, *keeper;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 20);
  keeper = world_add_client(w, true, 20);
  world_run(w, 10 * MINUTE);
  balancer_command(&w->balancer, ADMIN_STATE, 1, ADMIN_DRAIN);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 1));
  world_expect(w, in->is_clear && in->safe_at.s > world_wall(w).s);
  world_expect(w, in->safe_at.s <= world_wall(w).s + 3 * HOUR);
  world_run(w, in->safe_at.s - world_wall(w).s);
  world_expect(w, !reach_has(w, 1) && in->health.state == HEALTH_UP);
  backend_stop(&w->backends[1]);
  world_run(w, 2 * HOUR);
  world_expect(w, client_failures(fresh) == 0 && client_failures(keeper) == 0);
  backend_start(&w->backends[1]);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 1));
  balancer_command(&w->balancer, ADMIN_STATE, 1, ADMIN_ENABLED);
  world_run(w, 5 * MINUTE);
  world_expect(w, reach_has(w, 1) && !in->is_clear);
}

/* Drained: out at once, said to be safe within hours, and no client notices
 * when it is stopped then. It comes back by command only. */
static void drained_and_stopped(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_drain);
}

static void play_seized(struct world *w)
{
  size_t uploads;

  world_run_until_published(w, 400);
  balancer_command(&w->balancer, ADMIN_STATE, 0, ADMIN_DISABLED);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 0));
  balancer_reload(&w->balancer, 2);
  world_run(w, 26 * HOUR); /* over everything that republishes */
  world_expect(w, !reach_has(w, 0) && reach_has(w, 1));
  balancer_command(&w->balancer, ADMIN_STATE, 1, ADMIN_DISABLED);
  reach_watch(&w->reach, false);
  world_run(w, 5 * MINUTE);
  world_expect(w, balancer_has_logged(&w->balancer, "nothing is published"));
  uploads = w->checks.n_uploads;
  world_run(w, 26 * HOUR);
  world_expect(w, w->checks.n_uploads == uploads); /* nobody may stand in one */
  balancer_command(&w->balancer, ADMIN_STATE, 1, ADMIN_ENABLED);
  world_run(w, 5 * MINUTE);
  world_expect(w, !reach_has(w, 0) && reach_has(w, 1));
}

/* A seized backend is never in a descriptor again, not even if the other one is
 * disabled too, nor after a reload. */
static void disabled_for_ever(void **state)
{
  struct world_options o = {.n_backends = 3};

  (void)state;
  scenario_play(&o, play_seized);
}

static void play_commands(struct world *w)
{
  static const enum admin_op ops[] = {ADMIN_STATE,        ADMIN_STATE, ADMIN_WEIGHT,
                                      ADMIN_WEIGHT_RESET, ADMIN_CHECK, ADMIN_PUBLISH};

  reach_watch(&w->reach, false);
  for (int i = 0; i < 200; i++) {
    enum admin_op op = ops[dice_between(&w->dice, 0, 5)];
    size_t backend = (size_t)dice_between(&w->dice, 0, 3);
    unsigned most = op == ADMIN_STATE ? ADMIN_DISABLED : LIMIT_WEIGHT;
    unsigned value = (unsigned)dice_between(&w->dice, 0, most);

    balancer_command(&w->balancer, op, backend, dice_hits(&w->dice, 300) ? 0 : value);
    w->backends[backend].is_hung = dice_hits(&w->dice, 100);
    world_run(w, dice_between(&w->dice, 0, 5 * MINUTE));
  }
  for (size_t i = 0; i < 4; i++) {
    w->backends[i].is_hung = false;
    balancer_command(&w->balancer, ADMIN_STATE, i, ADMIN_ENABLED);
    balancer_command(&w->balancer, ADMIN_WEIGHT_RESET, i, 0);
  }
  world_run(w, 20 * MINUTE);
  reach_watch(&w->reach, true);
  world_run(w, 5 * MINUTE);
  for (size_t i = 0; i < 4; i++) {
    world_expect(w, reach_has(w, i));
  }
}

/* Commands of all kinds at random, while backends hang and recover: what is barred
 * is in nothing that is built, and in the end all is well again. */
static void commands_at_random(void **state)
{
  struct world_options o = {.n_backends = 4, .churn_permille = 10};

  (void)state;
  scenario_play(&o, play_commands);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_are_kept),    cmocka_unit_test(backups_serve_when_needed),
      cmocka_unit_test(drained_and_stopped), cmocka_unit_test(disabled_for_ever),
      cmocka_unit_test(commands_at_random),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
