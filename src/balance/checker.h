/* Checks instances: probes those that are to be probed, and turns what comes
 * of it into their health. */
#ifndef BALANCE_CHECKER_H
#define BALANCE_CHECKER_H

#include "balance/state.h"

/* True if the instance is probed: tor can, its settings and the operator want
 * it, and its descriptor can be used. */
bool checker_is_probed(const struct core *c, const struct instance *in);

/* True if nothing speaks against sending clients to it: its descriptor can be
 * used, and no probe has shown it to be down. Without probes the descriptor
 * decides alone. */
bool checker_is_serving(const struct core *c, const struct instance *in);

/* A new descriptor of the instance has come: if it was in doubt, it is probed
 * at once. */
void checker_news(struct step *s, struct instance *in);

/* The fetches of an instance have moved: its probe may have waited for them. */
void checker_fetch_moved(struct step *s, struct instance *in);

/* Something that decides who is probed has changed: all instances are looked at
 * when it is the checker's turn. */
void checker_look(struct step *s);

/* Probes it as soon as there is room, after fetching a fresh descriptor. */
void checker_check_now(struct step *s, struct instance *in);

/* tor can probe now, or cannot any more: the health of all is worth another
 * look. */
void checker_ability_changed(struct step *s);

/* Starts what is due. tor is up and its network usable. */
void checker_tick(struct step *s);
struct mono checker_next_wake(const struct core *c);

#endif
