/* HSDirs and paths to them that misbehave. */
#include "scenario.h"

#include "balance/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

/* Some of the HSDirs that the first service's current descriptor goes to. */
static void pick_hsdirs(struct world *w, struct hsdir **out, size_t n)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  const struct blinded *keys = signer_keys(&w->signer, 0, v->slots[v->client_slot].period);
  uint32_t places[NET_HSDIRS_MAX];
  size_t found = vote_hsdirs(v, v->client_slot, keys->public_key,
                             v->consensus.params.hsdir_spread_fetch, places);

  world_expect(w, found >= n);
  for (size_t i = 0; i < n; i++) {
    out[i] = &w->hsdirs[places[i]];
    out[i]->is_bad = true;
  }
}

static void play_rejects(struct world *w)
{
  struct hsdir *bad[2];
  struct core_progress p;
  struct client *fresh;

  world_run(w, 1);
  pick_hsdirs(w, bad, 2);
  bad[0]->rejects = true;
  bad[1]->is_down = true;
  world_run(w, 120);
  fresh = world_add_client(w, false, 60);
  world_run(w, HOUR);
  core_progress(w->balancer.core, &p);
  world_expect(w, p.n_confirmed == p.n_uploads - 2);
  bad[0]->rejects = false;
  bad[1]->is_down = false;
  world_run_until_published(w, 690); /* a wait of 300 s, an answer that is lost, and another */
  world_expect(w, client_failures(fresh) == 0);
}

/* Of the six HSDirs that clients ask, one rejects everything for an hour and
 * one cannot be reached: the others serve, and both get the descriptor within
 * minutes once they take it. */
static void some_reject_or_are_down(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_rejects);
}

static void play_reject_for_days(struct world *w)
{
  struct hsdir *bad[1];

  world_run(w, 1);
  pick_hsdirs(w, bad, 1);
  bad[0]->rejects = true;
  world_run(w, 20 * HOUR);
  balancer_stop(&w->balancer);
  balancer_start(&w->balancer);
  world_run(w, 180);
}

/* One HSDir that rejects everything all day does not push the revision so far
 * that a restarted balancer would be rejected by all the others. */
static void one_rejecter_cannot_drive_the_revision(void **state)
{
  struct world_options o = {.bound = 120};

  (void)state;
  scenario_play(&o, play_reject_for_days);
}

static void play_losses(struct world *w)
{
  struct client *fresh;

  w->tor.fetch_failed = 300;
  w->tor.fetch_lost = 150;
  w->tor.upload_failed = 300;
  w->tor.upload_lost = 150;
  w->tor.answer_lost = 150;
  world_run(w, 600);
  fresh = world_add_client(w, false, 60);
  world_run(w, 2 * 24 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* A third of everything fails and a third of the rest is never answered. */
static void heavy_losses_are_survived(void **state)
{
  struct world_options o = {.bound = 900, .churn_permille = 10};

  (void)state;
  scenario_play(&o, play_losses);
}

/* True if what the core knows of a backend is what it publishes now. */
static bool is_known_well(const struct world *w, size_t backend)
{
  const struct knowledge *k = &w->balancer.core->instances[backend].knowledge;

  for (size_t i = 0; i < k->n_intros; i++) {
    if (!w->points.items[points_find(&w->points, k->intros[i].auth_key)].is_alive) {
      return false;
    }
  }
  return k->n_intros > 0;
}

static void play_liar(struct world *w)
{
  for (size_t i = 0; i < w->options.n_relays; i += 6) {
    w->hsdirs[i].lies = true;
    w->hsdirs[i].is_bad = true;
  }
  world_run_until_published(w, 400);
  for (int i = 0; i < 12; i++) {
    world_run(w, 2 * HOUR);
    backend_renew_points(&w->backends[i % 3]);
    world_run(w, 600);
    world_expect(w, is_known_well(w, (size_t)i % 3));
  }
}

/* Every sixth HSDir hands out the first copy that it ever got, for ever: an
 * old copy never replaces a newer one. */
static void stale_copies_are_ignored(void **state)
{
  struct world_options o = {.bound = 600};

  (void)state;
  scenario_play(&o, play_liar);
}

static void play_forgetting(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  for (int i = 0; i < 30; i++) {
    struct hsdir *h = &w->hsdirs[dice_between(&w->dice, 0, (int64_t)w->options.n_relays - 1)];

    hsdir_forget(h);
    h->is_bad = true; /* for it does not have what it confirmed */
    world_run(w, HOUR);
  }
  world_expect(w, client_failures(fresh) == 0);
}

/* Every hour one HSDir loses all that it had. */
static void some_forget(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_forgetting);
}

static void play_churn(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  world_run(w, 2 * 24 * HOUR);
  world_expect(w, client_failures(fresh) <= 2);
}

/* A tenth of all HSDirs leaves with every consensus. */
static void hsdirs_come_and_go(void **state)
{
  struct world_options o = {.churn_permille = 100};

  (void)state;
  scenario_play(&o, play_churn);
}

static void play_tiny_ring(struct world *w)
{
  world_run_until_published(w, 400);
  world_run(w, 24 * HOUR);
}

/* With five HSDirs every one is responsible for both descriptors: they are
 * never on their way to the same one at the same time. */
static void tiny_ring_works(void **state)
{
  struct world_options o = {.n_relays = 5, .n_services = 2};

  (void)state;
  scenario_play(&o, play_tiny_ring);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(some_reject_or_are_down),
      cmocka_unit_test(one_rejecter_cannot_drive_the_revision),
      cmocka_unit_test(heavy_losses_are_survived),
      cmocka_unit_test(stale_copies_are_ignored),
      cmocka_unit_test(some_forget),
      cmocka_unit_test(hsdirs_come_and_go),
      cmocka_unit_test(tiny_ring_works),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
