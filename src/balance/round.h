/* One round of uploads of a descriptor: the same content to all its HSDirs. */
#ifndef BALANCE_ROUND_H
#define BALANCE_ROUND_H

#include "balance/state.h"

/* Sets the HSDirs of a descriptor, by their n places in the network's view;
 * those that stay keep their state, uploads in flight to the others become
 * strays of the service. */
void round_set_hsdirs(struct step *s, struct service *sv, struct publication *pub,
                      const uint32_t *places, size_t n);

/* Starts a round: a fresh revision, every HSDir wanted, the timer set. */
void round_start(struct step *s, struct service *sv, struct publication *pub,
                 enum publication_reason why);

/* Sends what is wanted and due, first tries or retries, as far as there is
 * room, and never to an HSDir that another upload of the service is on its way
 * to: tor's answers could not be told apart. False if it lacks room. */
bool round_send(struct step *s, struct service *sv, struct publication *pub, bool retries);

/* The HSDir has it. */
void round_confirm(struct step *s, struct service *sv, struct publication *pub, struct upload *u);

/* The HSDir said no: it may have a copy with a higher revision, so the next
 * try has a higher one. */
void round_reject(struct step *s, struct service *sv, struct publication *pub, struct upload *u);

/* It failed on the way; the HSDir may or may not have it. */
void round_fail(struct step *s, struct service *sv, struct publication *pub, struct upload *u);

/* An answer about an HSDir that no descriptor waits for: true if it was for a
 * stray, which is gone now. */
bool round_settle_stray(struct step *s, struct service *sv,
                        const uint8_t fingerprint[FINGERPRINT_SIZE]);

/* Ends what tor has not answered in time, strays included. */
void round_time_out(struct step *s, struct service *sv);

/* Ends a descriptor's uploads in flight: they become strays. */
void round_leave(struct service *sv, struct publication *pub);

/* Forgets everything that is in flight: tor has gone, and will not answer. */
void round_abandon(struct step *s, struct service *sv);

/* The next moment at which something is due; while the service waits for room
 * only what is in flight counts. */
struct mono round_next_wake(const struct service *sv, const struct publication *pub);

#endif
