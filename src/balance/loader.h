/* Keeps the core's picture of the network up to date. */
#ifndef BALANCE_LOADER_H
#define BALANCE_LOADER_H

#include "balance/state.h"

/* tor came, went, or has a new consensus. */
void loader_tor_up(struct step *s);
void loader_tor_down(struct step *s);
void loader_consensus_arrived(struct step *s);

/* Takes the view of the event, now or when its microdescriptors are there.
 * True if the core's network changed. */
bool loader_take(struct step *s, struct netview *view);

/* tor could not give one, or not a good one: asks again later. */
void loader_failed(struct step *s, const char *why);

/* Asks again where that is due. True if the core's network changed. */
bool loader_tick(struct step *s);
struct mono loader_next_wake(const struct core *c);

#endif
