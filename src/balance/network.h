/* The network that the core works with: one view, its time arithmetic, and
 * a hash ring for each of the two descriptors. */
#ifndef BALANCE_NETWORK_H
#define BALANCE_NETWORK_H

#include "balance/netview.h"

/* Owns everything in it. All zero: there is no network yet. */
struct network {
  bool is_ready;
  struct netview view;
  struct schedule schedule;
  struct schedule_slot slots[2]; /* first and second descriptor */
  struct ring *rings[2];
  unsigned client_slot; /* the slot that clients fetch: 0 or 1 */
};

/* Takes over *view (which is empty afterwards) and works out the rest.
 * ERR_RANGE: the time arithmetic is impossible; ERR_MISSING: not one HSDir.
 * On error the network stays as it was and *view is freed. */
int network_adopt(struct network *n, struct suite *s, struct netview *view,
                  bool testing_network) MUST_USE;

/* Frees what it owns; *n is empty afterwards. */
void network_deinit(struct network *n);

/* The most HSDirs that one blinded key can have here. */
#define NETWORK_HSDIRS_MAX 256

/* The HSDirs responsible for a blinded key in a slot: those that services
 * store on, or those of them that clients ask. Writes places in view.nodes;
 * returns how many, at most NETWORK_HSDIRS_MAX. */
size_t network_hsdirs_to_store(const struct network *n, struct suite *s, unsigned slot,
                               const uint8_t blinded[32], uint32_t out[NETWORK_HSDIRS_MAX]);
size_t network_hsdirs_asked(const struct network *n, struct suite *s, unsigned slot,
                            const uint8_t blinded[32], uint32_t out[NETWORK_HSDIRS_MAX]);

/* Those that we ask as clients do, in the slot of clients. */
size_t network_hsdirs_to_fetch(const struct network *n, struct suite *s, const uint8_t blinded[32],
                               uint32_t out[NETWORK_HSDIRS_MAX]);

#endif
