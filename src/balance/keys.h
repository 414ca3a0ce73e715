/* The keys of a descriptor: blinded key and certificate, asked from the
 * signer. */
#ifndef BALANCE_KEYS_H
#define BALANCE_KEYS_H

#include "balance/state.h"

/* Asks the signer for what is missing, and again after a while without an
 * answer. service is the place of the one that pub belongs to. */
void keys_advance(struct step *s, uint32_t service, struct publication *pub);

/* True if the certificate outlives what is published with it now. */
bool keys_are_lasting(const struct step *s, const struct publication *pub);

/* Answers of the signer: taken if they fit what was asked, or reported. */
void keys_blinded(struct step *s, const struct event *e);
void keys_certified(struct step *s, const struct event *e);
void keys_refused(struct step *s, const struct event *e);

/* The signer came or went; what it was asked is asked again. */
void keys_signer_changed(struct step *s, bool is_up);

#endif
