/* The balancer's tor: gets consensuses, fetches and uploads descriptors. */
#ifndef SIM_TOR_H
#define SIM_TOR_H

#include "balance/action.h"
#include "doc.h"
#include "identity.h"

struct world;

/* A backend's blinded key in the period that tor asked for last. */
struct tor_key {
  uint64_t period;
  uint8_t blinded[32];
};

struct tor {
  struct world *world;
  bool is_up;
  unsigned generation; /* what an earlier one was asked is not answered */
  bool has_vote;
  size_t vote;          /* the consensus it has */
  int64_t complete_at;  /* world time when its microdescriptors are all there */
  struct tor_key *keys; /* per backend */
  int64_t *last_asked;  /* per backend and relay: when it fetched there last */
  /* How it behaves; a scenario may change it at any time. */
  int64_t vote_delay_min, vote_delay_max; /* seconds after valid-after */
  unsigned missing_permille;              /* microdescriptors of a new consensus */
  unsigned fetch_failed, fetch_lost;      /* permille */
  unsigned upload_failed, upload_lost;    /* on the way to the HSDir */
  unsigned answer_lost;                   /* stored, but we are not told */
};

void tor_init(struct tor *t, struct world *w);
void tor_deinit(struct tor *t);

/* Starts it: the balancer is told at once; without a consensus of its own it
 * gets the newest within half a minute. */
void tor_start(struct tor *t, bool has_vote);

/* Kills it: nothing in flight is answered, some of it was done. */
void tor_stop(struct tor *t);

/* The blinded key by which it asks for a backend: that of the period of its
 * consensus. */
const uint8_t *tor_blinded(struct tor *t, size_t backend);

/* A consensus has been published: tor gets it after its delay. */
void tor_see_vote(struct tor *t, size_t vote);

/* What the balancer may ask for: ACTION_LOAD_NETWORK, ACTION_FETCH,
 * ACTION_UPLOAD with its text as a document. */
void tor_load(struct tor *t);
void tor_fetch(struct tor *t, const struct action *a);
void tor_upload(struct tor *t, const struct action *a, struct doc *doc);

#endif
