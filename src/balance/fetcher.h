/* Learns about instances: rounds of fetches from their HSDirs. */
#ifndef BALANCE_FETCHER_H
#define BALANCE_FETCHER_H

#include "balance/state.h"

/* The network changed: a new period means that every instance is asked at
 * once. */
void fetcher_network_changed(struct step *s);
void fetcher_tor_down(struct step *s);

/* Ends the round of an instance; answers that still come find nothing. */
void fetcher_abandon(struct core *c, struct instance *in);

/* A descriptor came, or did not. Services whose instance changed are told
 * (state_instance_changed). */
void fetcher_fetched(struct step *s, const struct event *e);
void fetcher_failed(struct step *s, const struct event *e);

/* Something about the instance's fetches has changed: it gets a turn in this
 * step. */
void fetcher_wake(struct step *s, const struct instance *in);

/* Starts a round for the instance now, if none is under way. What it brings goes
 * into tor's own cache too, for the next connection to the instance. */
void fetcher_refresh(struct step *s, struct instance *in);

/* True if no round is under way or about to begin. */
bool fetcher_is_idle(const struct step *s, const struct instance *in);

/* Times out, ends and starts rounds. tor is up and its network usable. */
void fetcher_tick(struct step *s);
struct mono fetcher_next_wake(const struct core *c);

#endif
