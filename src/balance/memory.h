/* What is kept for the next start: the newest descriptor of each instance, so
 * that the first upload can go out at once, and how far the revision counters
 * may have come, so that none goes back. No key is kept: a new descriptor
 * signing key costs one question to the signer. */
#ifndef BALANCE_MEMORY_H
#define BALANCE_MEMORY_H

#include "balance/state.h"

/* EVENT_RESTORED: takes a memo of an earlier run, as far as it still holds. */
void memory_restored(struct step *s, const struct event *e);

/* An instance has published a new descriptor: that text is kept. */
void memory_learned(struct step *s, const struct instance *in, struct slice text);

/* The highest counter that may have been sent for a descriptor before it was
 * begun; 0 if nothing is known. */
uint32_t memory_floor(const struct step *s, const struct service *sv,
                      const struct publication *pub);

/* The counter of a descriptor has moved up and is going to be sent. */
void memory_reserve(struct step *s, const struct service *sv, const struct publication *pub);

/* Ends a step: if a counter has passed its ceiling, new ones are kept, before
 * all that the step wants done since action `first`. */
void memory_finish(struct step *s, size_t first);

/* Keeps a memo under its name; an empty body means that there is nothing to be
 * kept under it any more. Nothing happens if nothing is kept. */
void memory_keep(struct step *s, const struct memo *m);

#endif
