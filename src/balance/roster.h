/* The roster: which services and instances there are, by configuration. */
#ifndef BALANCE_ROSTER_H
#define BALANCE_ROSTER_H

#include "balance/state.h"

/* Sets the services and instances of a core that has none. */
void roster_install(struct core *c, const struct core_config *config);

/* Replaces them: those whose address stays keep all that is known of them,
 * descriptors, keys, counters and uploads in flight included. */
void roster_replace(struct step *s, const struct core_config *config);

/* Frees all services and instances. */
void roster_deinit(struct core *c);

#endif
