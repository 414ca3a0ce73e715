/* A supply: the instances of a service that a plan can draw on. */
#ifndef BALANCE_SUPPLY_H
#define BALANCE_SUPPLY_H

#include "balance/plan.h"
#include "balance/state.h"

/* Borrows the instances; owns its arrays. */
struct supply {
  const struct instance **instances;
  struct plan_source *sources; /* what each of them has */
  size_t n;
  size_t n_serving; /* 0: those of the supply are all down */
  bool is_backup;   /* they are backup ones */
  bool is_barred;   /* an operator wants every one out */
  bool is_urgent;   /* an instance has to go: the caller's to say */
};

/* Those that clients may be sent to: backup ones only if there is no other,
 * and if none at all serves, those that went down last. The caller ends it
 * with supply_deinit. */
void supply_init(struct supply *o, const struct core *c, const struct service *sv);
void supply_deinit(struct supply *o);

/* True if an operator wants the instance at that place of the service out, by
 * its state or its weight. */
bool supply_is_barred(const struct core *c, const struct service *sv, size_t place);

/* True if nothing but its health can keep it out. */
bool supply_is_admitted(const struct core *c, const struct service *sv, size_t place);

#endif
