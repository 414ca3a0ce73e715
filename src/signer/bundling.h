/* Making bundles. */
#ifndef SIGNER_BUNDLING_H
#define SIGNER_BUNDLING_H

#include "signer/calendar.h"
#include "signer/keyring.h"
#include "signer/recipient.h"

/* What all bundles of one run have in common. Borrows. */
struct bundling {
  struct suite *suite;
  uint8_t recipient[RECIPIENT_SIZE];
  struct calendar_range range; /* at most LIMIT_BUNDLE_PERIODS periods */
  uint64_t minutes;
  struct wall now;
};

/* Appends the sealed bundle of key i of the ring, whose status is good: new
 * signing keys, and the identity key's certificates for them, checked. Errors
 * of cert_build and envelope_seal. */
int bundling_build(const struct bundling *b, const struct keyring *keys, size_t i,
                   struct buf *out) MUST_USE;

#endif
