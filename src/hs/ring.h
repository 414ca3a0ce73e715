/* The hash ring of HSDirs (rend-spec-v3.txt section 2.2.3). */
#ifndef HS_RING_H
#define HS_RING_H

#include "hs/schedule.h"

/* An HSDir with both identities. */
struct ring_node {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  uint8_t ed25519_id[32];
};

/* A ring for one period and one SRV. Owns its positions, borrows nothing. */
struct ring;

/* Hashes all nodes: index = SHA3-256("node-idx" | Ed25519 identity | SRV |
 * INT_8(number) | INT_8(minutes)). nodes are copied by position: results name
 * them by their place in this array. The caller frees with ring_free. */
struct ring *ring_new(struct suite *s, const struct ring_node *nodes, size_t n,
                      const struct period *p, const struct srv *srv);
void ring_free(struct ring *r);

/* What is looked for on a ring: `spread` HSDirs for each replica. */
struct ring_query {
  const uint8_t *blinded; /* 32 bytes: blinded key */
  uint32_t replicas;
  uint32_t spread;
};

/* The HSDirs responsible for a blinded key: for each replica the first
 * `spread` nodes at or after SHA3-256("store-at-idx" | blinded key |
 * INT_8(replica) | INT_8(minutes) | INT_8(number)), wrapping around, nodes
 * chosen already passed over, until one whole turn is done. Writes places in
 * the array given to ring_new, in that order, at most max of them; returns
 * how many. A replica holds out[k * spread ...] only while the ring is large
 * enough. */
size_t ring_find(struct suite *s, const struct ring *r, const struct ring_query *q, uint32_t *out,
                 size_t max);

#endif
