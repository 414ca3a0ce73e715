/* The balancer takes over from another program, restarts, loses its signer,
 * and is reconfigured. */
#include "scenario.h"

#include "base/mem.h"
#include "crypto/ope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600

/* ---- another program ---- */

/* What another program publishes for a period: one live point of each
 * backend, and a revision from a clockwork with another key. */
static struct doc *foreign_descriptor(struct world *w, unsigned slot)
{
  const struct vote *v = &w->net.votes[w->tor.vote];
  const struct blinded *keys = signer_keys(&w->signer, 0, v->slots[slot].period);
  int64_t seconds = world_wall(w).s - v->slots[slot].srv_start.s + 1;
  uint8_t other_key[SHA3_256_SIZE];
  struct rng rng = dice_rng(&w->dice);
  CLEANUP(desc_frame_deinit) struct desc_frame frame;
  CLEANUP(buf_deinit) struct buf inner = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  struct intro intros[LIMIT_INTRO_POINTS];
  struct desc_content content = {.intros = intros, .n_intros = w->options.n_backends};
  struct desc_payload payload;
  struct doc *doc;

  dice_bytes(&w->dice, other_key, sizeof other_key);
  desc_frame_init(&frame, &rng);
  memcpy(frame.blinded_key, keys->public_key, sizeof frame.blinded_key);
  subcredential_of(w->suite, &w->services[0].address, frame.blinded_key, frame.subcredential);
  blinded_certify(keys, frame.signing_key, cert_desc_expiration(world_wall(w)), frame.cert);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    intros[i] = w->backends[i].descs[0].intros[0];
  }
  world_expect(w, ope_encrypt(w->suite, other_key, (uint32_t)seconds, &payload.revision) == 0);
  world_expect(w, desc_inner_build(&frame, &content, world_wall(w), &inner) == 0);
  payload.inner = buf_slice(&inner);
  world_expect(w, desc_encode(w->suite, &frame, &payload, &rng, &text) == 0);
  doc = doc_new(buf_slice(&text), world_wall(w));
  for (size_t i = 0; i < w->options.n_backends; i++) {
    doc->points[doc->n_points++] = w->backends[i].descs[0].points[0];
  }
  return doc;
}

static void publish_foreign(struct world *w)
{
  const struct vote *v = &w->net.votes[w->tor.vote];

  for (unsigned slot = 0; slot < 2; slot++) {
    struct doc *doc = foreign_descriptor(w, slot);
    uint32_t hsdirs[NET_HSDIRS_MAX];
    size_t n = vote_hsdirs(v, slot, doc->outer.blinded_key, v->consensus.params.hsdir_spread_store,
                           hsdirs);

    for (size_t i = 0; i < n; i++) {
      hsdir_store(&w->hsdirs[hsdirs[i]], doc, w->now, world_wall(w));
    }
    doc_release(doc);
  }
}

static void play_takeover(struct world *w)
{
  struct client *fresh;

  for (int i = 0; i < 4; i++) {
    reach_watch(&w->reach, false);
    publish_foreign(w);
    fresh = world_add_client(w, false, 5);
    reach_watch(&w->reach, true);
    world_run(w, 60);
    balancer_start(&w->balancer);
    world_run_until_published(w, 600);
    world_run(w, HOUR);
    world_expect(w, client_failures(fresh) == 0);
    balancer_stop(&w->balancer);
    reach_watch(&w->reach, false);
    world_run(w, 7 * HOUR); /* at another time of the period, the old ones gone */
  }
}

/* Another program's descriptors are on the HSDirs, with revisions that have
 * nothing to do with ours: the balancer gets past them within ten minutes,
 * early and late in a period, and no client fails. */
static void takes_over_from_another_program(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_takeover);
}

/* ---- restarts ---- */

static void play_restarts(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 10);
  w->reach.trusts_answers = false; /* tor still answers what the last one sent */
  for (int i = 0; i < 60; i++) {
    balancer_stop(&w->balancer);
    balancer_start(&w->balancer);
    world_run(w, dice_between(&w->dice, 0, dice_hits(&w->dice, 500) ? 20 : 3 * HOUR));
  }
  world_run_until_published(w, 400);
  world_expect(w, client_failures(fresh) == 0);
}

/* The balancer is killed and started again, for days, often in the middle of
 * its uploads. */
static void restarts_are_survived(void **state)
{
  struct world_options o = {.churn_permille = 5, .bound = 900};

  (void)state;
  scenario_play(&o, play_restarts);
}

static void play_late_restart(struct world *w)
{
  world_run_until_published(w, 400);
  world_run_until(w, 23, 30, 0); /* 47.5 hours after the first one's SRV run began */
  balancer_stop(&w->balancer);
  balancer_start(&w->balancer);
  world_run_until_published(w, 400);
}

/* A restart at the very end of a descriptor's life, where its revisions are
 * highest. */
static void restart_at_the_end_of_a_period(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_late_restart);
}

/* ---- signer ---- */

static void play_absent_signer(struct world *w)
{
  struct client *fresh;

  world_run_until_published(w, 400);
  fresh = world_add_client(w, false, 60);
  signer_stop(&w->signer);
  world_run_until(w, 23, 0, 0);
  reach_watch(&w->reach, false); /* the next one cannot be published */
  world_run(w, 4 * HOUR);
  signer_start(&w->signer);
  world_run_until_published(w, 400);
  reach_watch(&w->reach, true);
  world_run(w, 24 * HOUR);
  world_expect(w, client_failures(fresh) == 0);
}

/* Without its signer the balancer goes on with the keys it has, over an SRV
 * change; clients notice nothing, and the new descriptor follows when the
 * signer is back. */
static void signer_is_away(void **state)
{
  struct world_options o = {0};

  (void)state;
  scenario_play(&o, play_absent_signer);
}

static void play_flapping_signer(struct world *w)
{
  for (int i = 0; i < 200; i++) {
    signer_stop(&w->signer);
    world_run(w, 1);
    signer_start(&w->signer);
    w->signer.refuses = dice_hits(&w->dice, 500);
    world_run(w, dice_between(&w->dice, 0, 2));
  }
  w->signer.refuses = false;
  world_run_until_published(w, 400);
  world_expect(w, w->signer.n_asked < 1000);
}

/* The signer crashes again and again while it is asked, and refuses half of
 * what it is asked. */
static void signer_flaps(void **state)
{
  struct world_options o = {.bound = 900};

  (void)state;
  scenario_play(&o, play_flapping_signer);
}

static void play_signer_at_start(struct world *w)
{
  reach_watch(&w->reach, false);
  signer_stop(&w->signer);
  balancer_start(&w->balancer);
  world_run(w, HOUR);
  world_expect(w, w->signer.n_asked == 0 && w->checks.n_uploads == 0);
  signer_start(&w->signer);
  world_run_until_published(w, 400);
}

/* Nothing is asked of a signer that is not there. */
static void signer_comes_late(void **state)
{
  struct world_options o = {.waits = true};

  (void)state;
  scenario_play(&o, play_signer_at_start);
}

/* ---- configuration ---- */

static void play_reload(struct world *w)
{
  struct client *fresh = world_add_client(w, false, 30);
  size_t uploads;

  balancer_start_with(&w->balancer, 2);
  world_run_until_published(w, 400);
  client_reset(fresh);
  world_run(w, HOUR);
  world_expect(w, fresh->served_by[2] == 0);
  balancer_reload(&w->balancer, 4);
  world_run(w, 120);
  client_reset(fresh);
  world_run(w, HOUR);
  world_expect(w, fresh->served_by[2] > 0 && fresh->served_by[3] > 0);
  balancer_reload(&w->balancer, 1);
  world_run(w, 60);
  client_reset(fresh);
  world_run(w, HOUR);
  world_expect(w, fresh->served_by[0] == fresh->counts[CLIENT_SERVED]);
  uploads = w->checks.n_uploads;
  for (int i = 0; i < 20; i++) {
    balancer_reload(&w->balancer, 1);
    world_run(w, 5);
  }
  world_expect(w, w->checks.n_uploads - uploads <= 16);
  world_expect(w, client_failures(fresh) == 0);
}

/* Backends are added and removed while everything runs; a reload that changes
 * nothing publishes nothing. */
static void configuration_changes(void **state)
{
  struct world_options o = {.n_backends = 4, .n_services = 2, .waits = true};

  (void)state;
  scenario_play(&o, play_reload);
}

static void play_reloads_everywhere(struct world *w)
{
  for (int i = 0; i < 150; i++) {
    balancer_reload(&w->balancer, (size_t)dice_between(&w->dice, 1, 5));
    if (dice_hits(&w->dice, 100)) {
      tor_stop(&w->tor);
      tor_start(&w->tor, true);
    }
    world_run(w, dice_between(&w->dice, 0, dice_hits(&w->dice, 300) ? 3600 : 5));
  }
  balancer_reload(&w->balancer, 5);
  world_run(w, 300);
  world_run_until_published(w, 400);
}

/* Reloads at any moment, also in the middle of fetches and uploads. */
static void reloads_at_any_moment(void **state)
{
  struct world_options o = {.n_backends = 5, .n_services = 3, .churn_permille = 10};

  (void)state;
  scenario_play_once(&o, play_reloads_everywhere);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_over_from_another_program),
      cmocka_unit_test(restarts_are_survived),
      cmocka_unit_test(restart_at_the_end_of_a_period),
      cmocka_unit_test(signer_is_away),
      cmocka_unit_test(signer_flaps),
      cmocka_unit_test(signer_comes_late),
      cmocka_unit_test(configuration_changes),
      cmocka_unit_test(reloads_at_any_moment),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
