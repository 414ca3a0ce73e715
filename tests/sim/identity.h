/* An onion service's long-term key, and what a signer makes of it. */
#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

#include "dice.h"
#include "hs/address.h"
#include "hs/schedule.h"
#include "netdoc/cert.h"

struct identity {
  uint8_t secret[ED25519_EXPANDED_SIZE];
  struct address address;
};

/* The key pair of a time period, and the key of its revision counters. */
struct blinded {
  uint8_t secret[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  uint8_t revision_key[SHA3_256_SIZE];
};

void identity_init(struct identity *id, struct dice *d);

void identity_blind(const struct identity *id, struct suite *s, struct period p,
                    struct blinded *out);

/* The certificate of a descriptor signing key. */
void blinded_certify(const struct blinded *b, const uint8_t signing_key[32],
                     uint32_t expiration_hours, uint8_t out[CERT_SIZE]);

#endif
