/* The Tor network: relays that come and go, and the consensuses over them. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "balance/netview.h"
#include "dice.h"
#include "hs/schedule.h"

/* What the network is like. */
struct net_options {
  size_t n_relays;
  bool testing;            /* voting interval of 20 s instead of an hour */
  unsigned churn_permille; /* relays that leave or return at each consensus */
  int64_t start;           /* seconds since 1970 of the first consensus; a full interval */
};

struct relay {
  struct ring_node node;
  bool is_listed; /* in the next consensus */
};

/* One consensus, with everything that its readers compute from it. */
struct vote {
  struct consensus consensus; /* hsdirs is empty */
  uint32_t *relays;           /* places in net.relays, in the order of nodes; owned */
  struct ring_node *nodes;    /* owned */
  size_t n;
  struct schedule_slot slots[2];
  struct ring *rings[2];
  unsigned client_slot;
  struct suite *suite; /* the net's; borrowed */
};

struct net {
  struct net_options options;
  struct suite *suite; /* borrowed */
  int64_t interval;    /* seconds from one consensus to the next */
  struct schedule schedule;
  uint64_t srv_seed;
  struct relay *relays;
  struct vote *votes; /* all of them since the start */
  size_t n_votes;
  size_t votes_cap;
};

void net_init(struct net *n, const struct net_options *options, struct suite *suite,
              struct dice *d);
void net_deinit(struct net *n);

/* Makes the next consensus. */
void net_vote(struct net *n, struct dice *d);

/* When the consensus with that number becomes valid: seconds since 1970. */
int64_t net_valid_after(const struct net *n, size_t vote);

/* What a tor with that consensus shows, some of its microdescriptors not
 * there yet. The caller frees it. */
void net_view(const struct net *n, size_t vote, unsigned missing_permille, struct dice *d,
              struct netview *out);

/* The most HSDirs of one descriptor here. */
#define NET_HSDIRS_MAX 32

/* The HSDirs of a blinded key by that consensus, as places in net.relays: the
 * first `spread` for each of its replicas. Returns how many. */
size_t vote_hsdirs(const struct vote *v, unsigned slot, const uint8_t blinded[32], uint32_t spread,
                   uint32_t out[NET_HSDIRS_MAX]);

/* The place of a relay, or SIZE_MAX. */
size_t net_find(const struct net *n, const uint8_t fingerprint[FINGERPRINT_SIZE]);

/* True if the consensus lists the relay. */
bool vote_lists(const struct vote *v, uint32_t relay);

#endif
