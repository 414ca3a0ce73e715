/* Distinct descriptors: each HSDir gets introduction points of its own. */
#include "scenario.h"

#include "balance/state.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60
#define HOUR   3600
#define DAY    (24 * HOUR)

/* What the HSDirs have that clients ask in one slot. */
struct look {
  double *shares; /* per backend: of the clients that fetch now */
  size_t n;       /* HSDirs that have a descriptor */
  size_t n_different;
  size_t least; /* points in one */
  size_t most;
  const struct doc *docs[NET_HSDIRS_MAX];
};

static bool have_same_points(const struct doc *a, const struct doc *b)
{
  size_t n = 0;

  for (size_t i = 0; i < a->n_points; i++) {
    for (size_t k = 0; k < b->n_points; k++) {
      n += a->points[i] == b->points[k];
    }
  }
  return n == a->n_points && n == b->n_points;
}

static void take(struct look *l, const struct world *w, const struct doc *doc)
{
  bool is_new = true;

  for (size_t i = 0; i < l->n; i++) {
    is_new = is_new && !have_same_points(l->docs[i], doc);
  }
  l->n_different += is_new;
  l->docs[l->n++] = doc;
  l->least = l->n == 1 || doc->n_points < l->least ? doc->n_points : l->least;
  l->most = doc->n_points > l->most ? doc->n_points : l->most;
  for (size_t i = 0; i < doc->n_points; i++) {
    l->shares[w->points.items[doc->points[i]].backend] += 1.0 / (double)doc->n_points;
  }
}

/* Looks at the descriptor that clients use now, or at the other one. */
static void look_init(struct look *l, struct world *w, bool current)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  unsigned slot = current ? v->client_slot : 1 - v->client_slot;
  const struct blinded *keys = signer_keys(&w->signer, 0, v->slots[slot].period);
  uint32_t hsdirs[NET_HSDIRS_MAX];
  size_t n = vote_hsdirs(v, slot, keys->public_key, v->consensus.params.hsdir_spread_fetch, hsdirs);

  *l = (struct look){.shares = mem_array(w->options.n_backends, sizeof *l->shares)};
  for (size_t i = 0; i < n; i++) {
    const struct doc *doc = hsdir_peek(&w->hsdirs[hsdirs[i]], keys->public_key, w->now);

    if (doc != NULL) {
      take(l, w, doc);
    }
  }
  for (size_t i = 0; i < w->options.n_backends; i++) {
    l->shares[i] /= (double)(l->n == 0 ? 1 : l->n);
  }
}

static void look_deinit(struct look *l)
{
  free(l->shares);
}

static size_t count_present(const struct look *l, const struct world *w)
{
  size_t n = 0;

  for (size_t i = 0; i < w->options.n_backends; i++) {
    n += l->shares[i] > 0;
  }
  return n;
}

/* Fails unless all backends from .. to have their even share of clients, but
 * for a part of it. */
static void expect_served_evenly(struct world *w, const struct client *c, size_t from, double part)
{
  double n = (double)(w->options.n_backends - from);

  for (size_t i = from; i < w->options.n_backends; i++) {
    double share = (double)c->served_by[i] / (double)c->counts[CLIENT_SERVED] * n;

    if (share < 1 - part || share > 1 + part) {
      world_fail(w, "node%zu has %.2f of an even share, of %zu requests", i + 1, share,
                 c->counts[CLIENT_SERVED]);
    }
  }
}

static void play_forty(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  for (unsigned k = 0; k < 2; k++) {
    CLEANUP(look_deinit) struct look l;

    look_init(&l, w, k == 0);
    world_expect(w, l.n == 6 && l.n_different == 6);
    world_expect(w, l.least == 20 && l.most == 20);
    world_expect(w, count_present(&l, w) == 40);
  }
  fresh = world_add_client(w, false, 2);
  world_run(w, 16 * HOUR);
  expect_served_evenly(w, fresh, 0, 0.25);
  world_expect(w, client_failures(fresh) == 0);
}

/* Forty backends by default: six descriptors with twenty points each, every
 * backend in them at once, and even shares over the day. */
static void forty_are_all_there(void **state)
{
  struct world_options o = {.n_backends = 40, .n_relays = 200, .churn_permille = 10};

  (void)state;
  scenario_play_once(&o, play_forty);
}

static void play_hundreds(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 600);
  fresh = world_add_client(w, false, 2);
  world_run(w, DAY);
  expect_served_evenly(w, fresh, 0, 0.4);
  world_expect(w, client_failures(fresh) == 0);
}

/* More backends than six descriptors have points: they take turns with each
 * descriptor's random timer, and everyone gets its share. */
static void rotation_reaches_all(void **state)
{
  struct world_options o = {.n_backends = 140, .n_relays = 300, .churn_permille = 5};

  (void)state;
  scenario_play_once(&o, play_hundreds);
}

static void play_few(struct world *w)
{
  double even = 1.0 / (double)w->options.n_backends;

  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  for (unsigned k = 0; k < 2; k++) {
    CLEANUP(look_deinit) struct look l;

    look_init(&l, w, k == 0);
    world_expect(w, l.n == 6);
    for (size_t i = 0; i < w->options.n_backends; i++) {
      world_expect(w, l.shares[i] > even - 0.01 && l.shares[i] < even + 0.01);
    }
  }
}

/* Forced with one to seven backends: shares are even to the hundredth, also
 * where the number of HSDirs is no multiple of theirs. */
static void few_have_even_shares(void **state)
{
  (void)state;
  for (size_t n = 1; n <= 7; n++) {
    struct world_options o = {.n_backends = n, .mode = CONTENT_DISTINCT};

    scenario_play(&o, play_few);
  }
}

static void play_deaths(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 5);
  for (size_t i = 0; i < 30; i++) {
    backend_stop(&w->backends[i]);
    world_run(w, 70); /* one after the other: each is believed */
  }
  world_run(w, 3 * MINUTE);
  for (size_t i = 0; i < 30; i++) {
    world_expect(w, !reach_has(w, i));
  }
  client_reset(fresh);
  world_run(w, 2 * HOUR);
  expect_served_evenly(w, fresh, 30, 0.25);
  world_expect(w, client_failures(fresh) == 0);
  for (size_t i = 0; i < 30; i++) {
    backend_start(&w->backends[i]);
  }
  world_run(w, 20 * MINUTE);
  client_reset(fresh);
  world_run(w, 6 * HOUR);
  expect_served_evenly(w, fresh, 0, 0.35);
}

/* Thirty of forty backends die: none of them is in a descriptor a few minutes
 * later, and the ten others share the clients; all come back. */
static void deaths_are_followed(void **state)
{
  struct world_options o = {.n_backends = 40, .n_relays = 200};

  (void)state;
  scenario_play_once(&o, play_deaths);
}

static void play_churn(struct world *w)
{
  struct client *fresh;
  struct client *keeper;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 10);
  keeper = world_add_client(w, true, 30);
  for (int i = 0; i < 60; i++) {
    backend_renew_one_point(&w->backends[dice_between(&w->dice, 0, 29)]);
    world_run(w, dice_between(&w->dice, 10, 3600));
  }
  expect_served_evenly(w, fresh, 0, 0.35);
  world_expect(w, client_failures(fresh) == 0);
  world_expect(w, keeper->counts[CLIENT_SERVED] > 1000);
}

/* A tenth of the relays changes with each consensus, so that HSDirs come and go
 * all the time, and points are replaced. */
static void hsdirs_come_and_go(void **state)
{
  struct world_options o = {.n_backends = 30, .n_relays = 150, .churn_permille = 100};

  (void)state;
  scenario_play_once(&o, play_churn);
}

static void play_silent_hsdir(struct world *w)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  const struct blinded *keys = signer_keys(&w->signer, 0, v->slots[v->client_slot].period);
  uint32_t hsdirs[NET_HSDIRS_MAX];
  struct look l CLEANUP(look_deinit) = {0};

  world_run(w, 1);
  vote_hsdirs(v, v->client_slot, keys->public_key, v->consensus.params.hsdir_spread_fetch, hsdirs);
  w->hsdirs[hsdirs[0]].is_bad = w->hsdirs[hsdirs[0]].rejects = true;
  world_run(w, 3 * HOUR); /* a timer of the descriptor, too */
  look_init(&l, w, true);
  world_expect(w, l.n == 5 && count_present(&l, w) == 22);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    world_expect(w, l.shares[i] > 0.03 && l.shares[i] < 0.06);
  }
}

/* An HSDir that clients ask takes nothing: with the descriptor's next timer the
 * shares are right over the five others. */
static void who_refuses_is_left_out(void **state)
{
  /* 14:00, far from the next period */
  struct world_options o = {.n_backends = 22, .n_relays = 150, .start = 1795356000};

  (void)state;
  scenario_play(&o, play_silent_hsdir);
}

static void play_drain(struct world *w)
{
  const struct core *core = w->balancer.core;

  world_run_until_published(w, 400);
  world_run(w, 5 * MINUTE);
  world_expect(w, reach_has(w, 7) && reach_has(w, 8));
  balancer_command(&w->balancer, ADMIN_STATE, 7, ADMIN_DRAIN);
  balancer_command(&w->balancer, ADMIN_WEIGHT, 8, 0);
  world_run(w, 3 * MINUTE);
  world_expect(w, !reach_has(w, 7) && !reach_has(w, 8));
  world_expect(w, core->instances[7].is_clear && !core->instances[9].is_clear);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    balancer_command(&w->balancer, ADMIN_STATE, i, ADMIN_DRAIN);
  }
  world_run(w, 3 * MINUTE);
  world_expect(w, core->services[0].publications[0].content == NULL);
  reach_watch(&w->reach, false);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    balancer_command(&w->balancer, ADMIN_STATE, i, ADMIN_ENABLED);
  }
  balancer_command(&w->balancer, ADMIN_WEIGHT_RESET, 8, 0);
  world_run(w, 3 * MINUTE);
  world_expect(w, reach_has(w, 7) && reach_has(w, 8));
}

/* Whoever is drained is out of every descriptor, and then safe to stop; all of
 * them can be. */
static void drained_ones_leave_every_descriptor(void **state)
{
  struct world_options o = {.n_backends = 30, .n_relays = 150};

  (void)state;
  scenario_play(&o, play_drain);
}

static bool is_distinct(const struct world *w)
{
  const struct service *sv = &w->balancer.core->services[0];

  return sv->publications[0].content->is_distinct && sv->publications[1].content->is_distinct;
}

static void play_to_and_fro(struct world *w)
{
  balancer_start_with(&w->balancer, 20);
  world_run_until_published(w, 400);
  world_expect(w, !is_distinct(w));
  balancer_reload(&w->balancer, 21);
  world_run(w, 3 * MINUTE);
  world_expect(w, is_distinct(w));
  world_expect(w, balancer_has_logged(&w->balancer, "each HSDir gets a distinct one"));
  balancer_reload(&w->balancer, 17);
  world_run(w, 3 * HOUR);
  world_expect(w, is_distinct(w)); /* too many to go back */
  balancer_reload(&w->balancer, 16);
  world_run(w, 3 * MINUTE);
  world_expect(w, is_distinct(w)); /* not before the timer */
  world_run(w, 3 * HOUR);
  world_expect(w, !is_distinct(w));
  w->options.mode = CONTENT_DISTINCT;
  balancer_reload(&w->balancer, 16);
  world_run(w, 3 * MINUTE);
  world_expect(w, is_distinct(w));
  w->options.mode = CONTENT_SINGLE;
  balancer_reload(&w->balancer, 21);
  world_run(w, 3 * MINUTE);
  world_expect(w, !is_distinct(w));
}

/* `auto` leaves the single descriptor at once when it is too small, and comes
 * back late; another word in the configuration counts at once. */
static void modes_change(void **state)
{
  struct world_options o = {.n_backends = 21, .n_relays = 150, .waits = true};

  (void)state;
  scenario_play(&o, play_to_and_fro);
}

static void play_flow_control(struct world *w)
{
  size_t with;

  w->backends[2].flow_control = NULL;
  backend_renew_points(&w->backends[2]);
  world_run(w, 30);
  balancer_start(&w->balancer);
  world_run(w, 4 * HOUR);
  world_expect(w, w->checks.n_uploads > 0 && w->checks.n_with_flow_control == 0);
  with = w->checks.n_uploads;
  backend_stop(&w->backends[2]);
  world_run(w, 3 * MINUTE);
  world_expect(w, w->checks.n_with_flow_control >= 16 && w->checks.n_uploads >= with + 16);
}

/* One backend of thirty does not announce flow control: no variant does. */
static void lines_are_the_same_in_all(void **state)
{
  struct world_options o = {.n_backends = 30, .n_relays = 150, .waits = true};

  (void)state;
  scenario_play(&o, play_flow_control);
}

static void play_losses(struct world *w)
{
  struct client *fresh;

  w->tor.fetch_failed = 200;
  w->tor.upload_failed = 200;
  w->tor.upload_lost = 100;
  w->tor.answer_lost = 100;
  world_run(w, 600);
  fresh = world_add_client(w, false, 20);
  world_run(w, 12 * HOUR);
  balancer_stop(&w->balancer);
  world_run(w, 60);
  balancer_start(&w->balancer);
  world_run(w, 6 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* A third of the uploads fails, and the balancer is restarted: clients notice
 * nothing. */
static void losses_and_a_restart(void **state)
{
  struct world_options o = {.n_backends = 30, .n_relays = 150, .churn_permille = 10};

  (void)state;
  scenario_play_once(&o, play_losses);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forty_are_all_there),
      cmocka_unit_test(rotation_reaches_all),
      cmocka_unit_test(few_have_even_shares),
      cmocka_unit_test(deaths_are_followed),
      cmocka_unit_test(hsdirs_come_and_go),
      cmocka_unit_test(who_refuses_is_left_out),
      cmocka_unit_test(drained_ones_leave_every_descriptor),
      cmocka_unit_test(modes_change),
      cmocka_unit_test(lines_are_the_same_in_all),
      cmocka_unit_test(losses_and_a_restart),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
