/* Publishes the descriptors of services: rounds of uploads to their HSDirs. */
#ifndef BALANCE_PUBLISHER_H
#define BALANCE_PUBLISHER_H

#include "balance/state.h"

/* The network changed: other periods mean other descriptors, other HSDirs
 * mean a new round. */
void publisher_network_changed(struct step *s);
void publisher_tor_down(struct step *s);

/* An HSDir confirmed an upload, or it failed. */
void publisher_uploaded(struct step *s, const struct event *e);
void publisher_failed(struct step *s, const struct event *e);

/* Plans, starts rounds, sends and times out uploads. tor is up and its
 * network usable. */
void publisher_tick(struct step *s);
struct mono publisher_next_wake(const struct core *c);

#endif
