/* A signer: holds the services' identity keys and answers, unless it is
 * away. */
#ifndef SIM_SIGNER_H
#define SIM_SIGNER_H

#include "balance/action.h"
#include "identity.h"

struct world;

/* The keys of one service in one period. */
struct signer_key {
  uint32_t service;
  struct period period;
  struct blinded keys;
};

struct signer {
  struct world *world;
  bool is_up;
  bool refuses;
  unsigned generation; /* what an earlier one was asked is not answered */
  struct signer_key *keys;
  size_t n_keys;
  size_t keys_cap;
  size_t n_asked;
};

void signer_init(struct signer *s, struct world *w);
void signer_deinit(struct signer *s);

/* Tells the balancer. */
void signer_start(struct signer *s);
void signer_stop(struct signer *s);

/* Answers ACTION_BLIND and ACTION_CERTIFY, in a moment. */
void signer_ask(struct signer *s, const struct action *a);

/* The keys of a service in a period: borrowed until the next call. */
const struct blinded *signer_keys(struct signer *s, uint32_t service, struct period p);

#endif
