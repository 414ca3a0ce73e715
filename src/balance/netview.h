/* The network as tor shows it at one moment: its consensus, joined with its
 * microdescriptors. */
#ifndef BALANCE_NETVIEW_H
#define BALANCE_NETVIEW_H

#include "hs/ring.h"
#include "netdoc/microdesc.h"

/* Owns nodes. consensus.hsdirs is empty here: the join has replaced it. */
struct netview {
  struct consensus consensus;
  struct ring_node *nodes; /* HSDirs whose Ed25519 identity is known */
  size_t n_nodes;
  size_t n_missing; /* HSDirs of the consensus without a microdescriptor */
};

/* Parses and joins both texts. Errors as of consensus_parse and
 * microdesc_parse_all; *out is then empty. */
int netview_build(struct suite *s, struct slice consensus, struct slice microdescs,
                  struct netview *out) MUST_USE;

/* Frees what it owns; *v is empty afterwards. */
void netview_deinit(struct netview *v);

#endif
