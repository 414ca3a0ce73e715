#include "balance/network.h"

#include <string.h>

/* The slot that holds the period which clients ask for. */
static unsigned find_client_slot(const struct network *n, struct suite *s)
{
  struct schedule_slot client;

  schedule_client_slot(&n->schedule, s, &n->view.consensus, &client);
  return n->slots[0].period.number == client.period.number ? 0 : 1;
}

int network_adopt(struct network *n, struct suite *s, struct netview *view, bool testing_network)
{
  CLEANUP(netview_deinit) struct netview taken = *view;
  struct schedule schedule;

  *view = (struct netview){0};
  TRY(schedule_init(&schedule, &taken.consensus, testing_network));
  if (taken.n_nodes == 0) {
    return ERR_MISSING;
  }
  network_deinit(n);
  n->view = taken;
  taken = (struct netview){0};
  n->schedule = schedule;
  schedule_slots(&n->schedule, s, &n->view.consensus, n->slots);
  for (unsigned i = 0; i < 2; i++) {
    n->rings[i] =
        ring_new(s, n->view.nodes, n->view.n_nodes, &n->slots[i].period, &n->slots[i].srv);
  }
  n->client_slot = find_client_slot(n, s);
  n->is_ready = true;
  return 0;
}

void network_deinit(struct network *n)
{
  ring_free(n->rings[0]);
  ring_free(n->rings[1]);
  netview_deinit(&n->view);
  *n = (struct network){0};
}

size_t network_hsdirs_to_store(const struct network *n, struct suite *s, unsigned slot,
                               const uint8_t blinded[32], uint32_t out[NETWORK_HSDIRS_MAX])
{
  const struct consensus_params *p = &n->view.consensus.params;
  struct ring_query query = {
      .blinded = blinded, .replicas = p->hsdir_n_replicas, .spread = p->hsdir_spread_store};

  return ring_find(s, n->rings[slot], &query, out, NETWORK_HSDIRS_MAX);
}

size_t network_hsdirs_asked(const struct network *n, struct suite *s, unsigned slot,
                            const uint8_t blinded[32], uint32_t out[NETWORK_HSDIRS_MAX])
{
  const struct consensus_params *p = &n->view.consensus.params;
  struct ring_query query = {
      .blinded = blinded, .replicas = p->hsdir_n_replicas, .spread = p->hsdir_spread_fetch};

  return ring_find(s, n->rings[slot], &query, out, NETWORK_HSDIRS_MAX);
}

size_t network_hsdirs_to_fetch(const struct network *n, struct suite *s, const uint8_t blinded[32],
                               uint32_t out[NETWORK_HSDIRS_MAX])
{
  return network_hsdirs_asked(n, s, n->client_slot, blinded, out);
}
