/* What the signer agrees to, whatever it is asked: who has taken over the
 * publisher must not get certificates for the time after that. */
#ifndef SIGNER_POLICY_H
#define SIGNER_POLICY_H

#include "base/wall.h"
#include "signer/wire.h"

enum policy_verdict {
  POLICY_GRANTED,
  POLICY_PERIOD_LENGTH,
  POLICY_PERIOD_PAST,
  POLICY_PERIOD_FUTURE,
  POLICY_EXPIRY_PAST,
  POLICY_EXPIRY_FUTURE,
};

/* Bounds of a period's length, in minutes. The upper one is that of tor's
 * consensus parameter hsdir_interval; below its lower one of 5 are testing
 * networks, whose periods are 24 voting intervals. */
#define POLICY_MINUTES_MIN 1
#define POLICY_MINUTES_MAX 14400

/* Tor gives a descriptor signing key 54 hours, rounded up to the hour; the
 * rest is for clocks that differ. */
#define POLICY_EXPIRY_HOURS 60

/* A period must come within two periods of now, in either direction, and a
 * period counts as 12 hours at least: a publisher may lag behind by a
 * consensus that is a day old, on a testing network too. Where in time a
 * period begins depends on the voting interval, which the signer does not
 * know: up to 12 hours after number times length (rend-spec-v3.txt section
 * 2.2.1), and all of these are allowed for. */
enum policy_verdict policy_period(const struct wire_period *p, struct wall now);

/* An expiration, in hours since 1970, must be in the future, by at most
 * POLICY_EXPIRY_HOURS. */
enum policy_verdict policy_expiry(uint32_t hours, struct wall now);

/* "the time period is too far in the future (do the clocks agree?)". Never
 * NULL. */
const char *policy_text(enum policy_verdict v);

#endif
