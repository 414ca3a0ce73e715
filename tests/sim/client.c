#include "client.h"

#include "world.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct client_task {
  struct task task;
  struct client *client;
};

static void plan_request(struct client *c);

static void run_request(struct task *t)
{
  struct client *c = ((struct client_task *)t)->client;

  client_request(c);
  plan_request(c);
}

static void plan_request(struct client *c)
{
  struct client_task *t = mem_new(sizeof *t);

  t->task.run = run_request;
  t->client = c;
  world_add(c->world, c->interval, &t->task);
}

struct client *client_new(struct world *w, bool keeps, int64_t interval_ms)
{
  struct client *c = mem_new(sizeof *c);

  *c = (struct client){.world = w,
                       .keeps = keeps,
                       .interval = interval_ms,
                       .vote = w->net.n_votes - 1,
                       .last_failure = -1};
  c->served_by = mem_array(w->options.n_backends, sizeof *c->served_by);
  plan_request(c);
  return c;
}

void client_free(struct client *c)
{
  free(c->served_by);
  free(c);
}

void client_take_vote(struct client *c, size_t vote)
{
  c->vote = vote > c->vote ? vote : c->vote;
}

/* Takes the points of a descriptor as tor does, which rejects one with none
 * or too many. Its text was decrypted when it was uploaded (checks.h). */
static bool read_descriptor(struct client *c, const struct doc *doc)
{
  c->n_points = doc->n_points;
  memcpy(c->points, doc->points, sizeof c->points);
  return doc->n_points > 0;
}

/* Asks the responsible HSDirs in random order until one has the descriptor. */
static enum client_outcome fetch(struct client *c)
{
  struct world *w = c->world;
  const struct vote *v = &w->net.votes[c->vote];
  struct period p = v->slots[v->client_slot].period;
  const struct blinded *keys = signer_keys(&w->signer, 0, p);
  struct rng rng = dice_rng(&w->dice);
  uint32_t hsdirs[NET_HSDIRS_MAX];
  size_t n = vote_hsdirs(v, v->client_slot, keys->public_key,
                         v->consensus.params.hsdir_spread_fetch, hsdirs);

  rng_shuffle(&rng, hsdirs, n, sizeof hsdirs[0]);
  for (size_t i = 0; i < n; i++) {
    const struct hsdir *h = &w->hsdirs[hsdirs[i]];
    const struct doc *doc = h->is_down ? NULL : hsdir_fetch(h, keys->public_key, w->now);

    if (doc != NULL) {
      c->has_descriptor = read_descriptor(c, doc);
      c->period = p.number;
      return c->has_descriptor ? CLIENT_SERVED : CLIENT_BAD_DESCRIPTOR;
    }
  }
  return CLIENT_NO_DESCRIPTOR;
}

/* Tries the points in random order. */
static enum client_outcome introduce(struct client *c)
{
  struct world *w = c->world;
  struct rng rng = dice_rng(&w->dice);

  rng_shuffle(&rng, c->points, c->n_points, sizeof c->points[0]);
  for (size_t i = 0; i < c->n_points; i++) {
    const struct point *point = &w->points.items[c->points[i]];

    if (point->is_alive && !backend_is_reachable(&w->backends[point->backend])) {
      return CLIENT_STUCK;
    }
    if (point->is_alive) {
      c->served_by[point->backend]++;
      return CLIENT_SERVED;
    }
  }
  return CLIENT_DEAD_POINTS;
}

enum client_outcome client_request(struct client *c)
{
  const struct vote *v = &c->world->net.votes[c->vote];
  enum client_outcome outcome = CLIENT_SERVED;

  if (!c->keeps || !c->has_descriptor || c->period != v->slots[v->client_slot].period.number) {
    c->has_descriptor = false;
    outcome = fetch(c);
  }
  if (outcome == CLIENT_SERVED) {
    outcome = introduce(c);
  }
  c->counts[outcome]++;
  if (outcome != CLIENT_SERVED) {
    c->last_failure = c->world->now;
  }
  return outcome;
}

size_t client_failures(const struct client *c)
{
  return c->counts[CLIENT_NO_DESCRIPTOR] + c->counts[CLIENT_BAD_DESCRIPTOR] +
         c->counts[CLIENT_DEAD_POINTS] + c->counts[CLIENT_STUCK];
}

void client_reset(struct client *c)
{
  memset(c->counts, 0, sizeof c->counts);
  memset(c->served_by, 0, c->world->options.n_backends * sizeof *c->served_by);
}
