/* Long stretches of ordinary life. */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void play_days(struct world *w)
{
  struct client *keeping = world_add_client(w, true, 1800);
  struct client *fresh = world_add_client(w, false, 1800);

  world_run_until_published(w, 400);
  client_reset(keeping);
  client_reset(fresh);
  world_run(w, 30LL * 24 * 3600);
  world_expect(w, client_failures(keeping) == 0);
  world_expect(w, client_failures(fresh) == 0);
}

/* In thirty days with an HSDir that comes or goes every hour, no client ever
 * finds nothing. */
static void thirty_days_pass(void **state)
{
  struct world_options o = {.churn_permille = 20, .n_backends = 2};

  (void)state;
  scenario_play_once(&o, play_days);
}

static void play_many_services(struct world *w)
{
  world_run_until_published(w, 400);
  world_run(w, 24 * 3600);
  world_expect(w, w->balancer.n_counted[LOG_LEVEL_ERROR] == 0);
}

/* Twelve services over the same six backends: more uploads are due than may
 * be in flight, and all get their turn. */
static void services_share_backends(void **state)
{
  struct world_options o = {.n_services = 12, .n_backends = 6, .churn_permille = 5};

  (void)state;
  scenario_play_once(&o, play_many_services);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thirty_days_pass),
      cmocka_unit_test(services_share_backends),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
