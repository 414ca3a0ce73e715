/* Keeps the content of a service's descriptors in step with its instances. */
#ifndef BALANCE_PLANNER_H
#define BALANCE_PLANNER_H

#include "balance/state.h"

/* Plans if something changed and the other instances have answered or had
 * their time. */
void planner_advance(struct step *s, struct service *sv);

/* True if the service has an instance that may stand in a descriptor: with a
 * descriptor of its own, and neither an operator nor its weight against it. */
bool planner_has_any(const struct core *c, const struct service *sv);

/* Plans one descriptor anew, now; with rotate, drawing other instances if
 * they do not all fit. */
void planner_plan(struct step *s, struct service *sv, struct publication *pub, bool rotate);

/* The HSDirs of a descriptor have become known or have changed: distinct
 * descriptors are planned for those that there are now, unless they are about to be. */
void planner_hsdirs_changed(struct step *s, struct service *sv, struct publication *pub);

#endif
