/* Which time periods a bundle has to have, and how long their certificates
 * are valid. Pure. */
#ifndef SIGNER_CALENDAR_H
#define SIGNER_CALENDAR_H

#include "base/wall.h"
#include "signer/wire.h"

/* The length of the time periods of the Tor network (rend-spec-v3.txt section 2.2.1). */
#define CALENDAR_PERIOD_MINUTES 1440

/* The span of time in which descriptors of a period may be published: from
 * begin on, up to end. On a network with periods of a day they are two days,
 * from the shared random value before the period to the one after it; with
 * other lengths three periods, because the voting interval, which decides
 * about that, is not known here (hs/schedule). */
struct calendar_window {
  struct wall begin;
  struct wall end;
};

/* Periods, both ends included. */
struct calendar_range {
  uint64_t first;
  uint64_t last;
};

/* Reads "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM", always UTC. ERR_SYNTAX or
 * ERR_RANGE. */
int calendar_parse(struct slice text, struct wall *out) MUST_USE;

/* When a period's descriptors may be published. minutes: POLICY_MINUTES_MIN to
 * POLICY_MINUTES_MAX; number: at most LIMIT_PERIOD_NUMBER. */
struct calendar_window calendar_window_of(const struct wire_period *p);

/* When a period itself begins. */
struct wall calendar_start(const struct wire_period *p);

/* The periods whose window has a part of [from, to). to is after from, and not
 * later than in the year 3000. */
struct calendar_range calendar_cover(struct wall from, struct wall to, uint64_t minutes);

/* The expiration of the certificate of a period, in hours since 1970: what tor
 * would give it at the begin of its window, and in any case some hours after
 * the window. */
uint32_t calendar_expiration(const struct wire_period *p);

#endif
