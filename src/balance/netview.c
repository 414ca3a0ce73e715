#include "balance/netview.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Gives every HSDir of the consensus its Ed25519 identity. */
static void join(const struct consensus *c, const struct microdesc_set *mds, struct netview *out)
{
  out->nodes = mem_array(c->n_hsdirs, sizeof *out->nodes);
  for (size_t i = 0; i < c->n_hsdirs; i++) {
    const struct microdesc *md = microdesc_find(mds, c->hsdirs[i].md_digest);
    struct ring_node *node = &out->nodes[out->n_nodes];

    if (md == NULL) {
      out->n_missing++;
      continue;
    }
    memcpy(node->fingerprint, c->hsdirs[i].fingerprint, sizeof node->fingerprint);
    memcpy(node->ed25519_id, md->ed25519_id, sizeof node->ed25519_id);
    out->n_nodes++;
  }
}

int netview_build(struct suite *s, struct slice consensus, struct slice microdescs,
                  struct netview *out)
{
  CLEANUP(microdesc_deinit) struct microdesc_set mds = {0};
  CLEANUP(consensus_deinit) struct consensus c = {0};

  *out = (struct netview){0};
  TRY(consensus_parse(consensus, &c));
  TRY(microdesc_parse_all(s, microdescs, &mds));
  join(&c, &mds, out);
  out->consensus = c;
  out->consensus.hsdirs = NULL;
  out->consensus.n_hsdirs = 0;
  return 0;
}

void netview_deinit(struct netview *v)
{
  free(v->nodes);
  consensus_deinit(&v->consensus);
  *v = (struct netview){0};
}
