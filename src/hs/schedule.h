/* The time arithmetic of onion services: time periods, shared-random runs,
 * and which two descriptors a service has (rend-spec-v3.txt section 2.2.1 and
 * 2.2.4; tor's hs_common.c). Everything counts from a consensus' valid-after,
 * never from a clock. */
#ifndef HS_SCHEDULE_H
#define HS_SCHEDULE_H

#include "crypto/suite.h"
#include "netdoc/consensus.h"

/* The constants of a network. */
struct schedule {
  int64_t voting_interval; /* seconds */
  uint64_t period_minutes; /* length of a time period */
};

/* A time period by its number, with the length that goes into all hashes. */
struct period {
  uint64_t number;
  uint64_t minutes;
};

/* The shared random value that a ring is made with. */
struct srv {
  uint8_t value[SRV_SIZE];
  bool is_disaster; /* there is none: the value was derived instead */
};

/* One of the two descriptors of a service. */
struct schedule_slot {
  struct period period;
  struct srv srv;
  struct wall srv_start; /* when the SRV's run started: revision counters count from it */
};

/* Works out the constants. On a testing network tor ignores hsdir_interval
 * and uses 24 voting intervals. ERR_RANGE if the voting interval is not
 * positive or so short that the period has no whole minute. */
int schedule_init(struct schedule *out, const struct consensus *c, bool testing_network) MUST_USE;

/* The period at a time, and when a period starts. As in tor, the first rounds
 * the offset of the periods down to a whole minute and the second does not:
 * they agree where the voting interval is a multiple of 5 s. */
struct period schedule_period_at(const struct schedule *s, struct wall t);
struct wall schedule_period_start(const struct schedule *s, uint64_t number);

/* Start of the shared-random protocol run (24 voting intervals) that t is
 * in. */
struct wall schedule_srv_start(const struct schedule *s, struct wall t);

/* True between a new SRV and the next change of the period; then clients use
 * the first descriptor, otherwise the second. */
bool schedule_is_after_srv(const struct schedule *s, struct wall valid_after);

/* The two descriptors of a service under a consensus: first, then second. */
void schedule_slots(const struct schedule *s, struct suite *suite, const struct consensus *c,
                    struct schedule_slot out[2]);

/* The slot that clients under this consensus fetch: period_at(valid_after)
 * and the SRV they use for it. */
void schedule_client_slot(const struct schedule *s, struct suite *suite, const struct consensus *c,
                          struct schedule_slot *out);

/* SHA3-256("shared-random-disaster" | INT_8(minutes) | INT_8(number)). */
void schedule_disaster_srv(struct suite *suite, struct period p, uint8_t out[SRV_SIZE]);

#endif
