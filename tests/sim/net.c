#include "net.h"

#include "base/mem.h"
#include "hs/ring.h"

#include <stdlib.h>
#include <string.h>

#define REPLICAS     2
#define SPREAD_STORE 4
#define SPREAD_FETCH 3

void net_init(struct net *n, const struct net_options *options, struct suite *suite, struct dice *d)
{
  *n = (struct net){.options = *options, .suite = suite};
  n->interval = options->testing ? 20 : 3600;
  n->relays = mem_array(options->n_relays, sizeof *n->relays);
  dice_bytes(d, &n->srv_seed, sizeof n->srv_seed);
  for (size_t i = 0; i < options->n_relays; i++) {
    dice_bytes(d, n->relays[i].node.fingerprint, FINGERPRINT_SIZE);
    dice_bytes(d, n->relays[i].node.ed25519_id, sizeof n->relays[i].node.ed25519_id);
    n->relays[i].is_listed = true;
  }
  net_vote(n, d);
}

void net_deinit(struct net *n)
{
  for (size_t i = 0; i < n->n_votes; i++) {
    free(n->votes[i].relays);
    free(n->votes[i].nodes);
    ring_free(n->votes[i].rings[0]);
    ring_free(n->votes[i].rings[1]);
  }
  free(n->votes);
  free(n->relays);
  *n = (struct net){0};
}

int64_t net_valid_after(const struct net *n, size_t vote)
{
  return n->options.start + (int64_t)vote * n->interval;
}

/* Relays come and go, but never so many that the ring is too small. */
static void churn(struct net *n, struct dice *d)
{
  for (size_t i = 0; i < n->options.n_relays; i++) {
    if (n->relays[i].is_listed) {
      n->relays[i].is_listed = !dice_hits(d, n->options.churn_permille);
    } else {
      n->relays[i].is_listed = dice_hits(d, 300);
    }
  }
}

static void list_relays(struct net *n, struct vote *v)
{
  v->relays = mem_array(n->options.n_relays, sizeof *v->relays);
  v->nodes = mem_array(n->options.n_relays, sizeof *v->nodes);
  for (size_t i = 0; i < n->options.n_relays; i++) {
    if (n->relays[i].is_listed) {
      v->relays[v->n] = (uint32_t)i;
      v->nodes[v->n++] = n->relays[i].node;
    }
  }
}

/* The value that a shared-random run ended with. */
static void make_srv(struct net *n, int64_t run, uint8_t out[SRV_SIZE])
{
  struct slice parts[] = {slice_of(&n->srv_seed, sizeof n->srv_seed), slice_of(&run, sizeof run)};

  suite_sha3_256(n->suite, parts, 2, out);
}

static void fill_consensus(struct net *n, int64_t valid_after, struct consensus *c)
{
  int64_t run = valid_after / (24 * n->interval);

  *c = (struct consensus){
      .valid_after = {valid_after},
      .fresh_until = {valid_after + n->interval},
      .valid_until = {valid_after + 3 * n->interval},
      .params = {1440, REPLICAS, SPREAD_STORE, SPREAD_FETCH},
      .has_srv_current = true,
      .has_srv_previous = true,
  };
  make_srv(n, run, c->srv_current);
  make_srv(n, run - 1, c->srv_previous);
}

void net_vote(struct net *n, struct dice *d)
{
  struct vote *v;

  n->votes = mem_grow(n->votes, n->n_votes, &n->votes_cap, sizeof *n->votes);
  v = &n->votes[n->n_votes];
  *v = (struct vote){.suite = n->suite};
  fill_consensus(n, net_valid_after(n, n->n_votes), &v->consensus);
  churn(n, d);
  list_relays(n, v);
  v->consensus.n_relays = v->n;
  if (schedule_init(&n->schedule, &v->consensus, n->options.testing) < 0) {
    abort();
  }
  schedule_slots(&n->schedule, n->suite, &v->consensus, v->slots);
  for (size_t i = 0; i < 2; i++) {
    v->rings[i] = ring_new(n->suite, v->nodes, v->n, &v->slots[i].period, &v->slots[i].srv);
  }
  v->client_slot = schedule_is_after_srv(&n->schedule, v->consensus.valid_after) ? 0 : 1;
  n->n_votes++;
}

void net_view(const struct net *n, size_t vote, unsigned missing_permille, struct dice *d,
              struct netview *out)
{
  const struct vote *v = &n->votes[vote];

  *out = (struct netview){.consensus = v->consensus, .nodes = mem_array(v->n, sizeof *out->nodes)};
  for (size_t i = 0; i < v->n; i++) {
    if (dice_hits(d, missing_permille)) {
      out->n_missing++;
    } else {
      out->nodes[out->n_nodes++] = v->nodes[i];
    }
  }
}

size_t vote_hsdirs(const struct vote *v, unsigned slot, const uint8_t blinded[32], uint32_t spread,
                   uint32_t out[NET_HSDIRS_MAX])
{
  struct ring_query query = {.blinded = blinded, .replicas = REPLICAS, .spread = spread};
  size_t found = ring_find(v->suite, v->rings[slot], &query, out, NET_HSDIRS_MAX);

  for (size_t i = 0; i < found; i++) {
    out[i] = v->relays[out[i]];
  }
  return found;
}

size_t net_find(const struct net *n, const uint8_t fingerprint[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < n->options.n_relays; i++) {
    if (memcmp(n->relays[i].node.fingerprint, fingerprint, FINGERPRINT_SIZE) == 0) {
      return i;
    }
  }
  return SIZE_MAX;
}

bool vote_lists(const struct vote *v, uint32_t relay)
{
  for (size_t i = 0; i < v->n; i++) {
    if (v->relays[i] == relay) {
      return true;
    }
  }
  return false;
}
