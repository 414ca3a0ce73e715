/* Notes when an instance that an operator has taken out may be stopped. */
#ifndef BALANCE_DRAIN_H
#define BALANCE_DRAIN_H

#include "balance/state.h"

/* An HSDir keeps a descriptor for so many seconds (rend-spec-v3.txt section
 * 2.2.6, "descriptor-lifetime"). */
#define DRAIN_LIFETIME (180 * 60)

/* Looks at the instances that are drained, in maintenance or disabled: once all
 * HSDirs of all their services have confirmed descriptors without one, sets
 * is_clear and safe_at. From then on nobody gets a descriptor with it. Who has
 * one already keeps it to the end of the time period at most; but the points in
 * it are tried in random order, so we take safe_at to be the end of the period or
 * DRAIN_LIFETIME later, whichever comes first: until then an HSDir that has left the
 * ring, and that nobody should ask, may still hand one out. */
void drain_tick(struct step *s);

#endif
