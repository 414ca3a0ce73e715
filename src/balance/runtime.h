/* What an operator has changed while it runs, kept for the next start: a backend
 * that was taken out stays out. */
#ifndef BALANCE_RUNTIME_H
#define BALANCE_RUNTIME_H

#include "balance/memo.h"
#include "balance/state.h"

/* Keeps all states and weights that are not as configured. */
void runtime_keep(struct step *s);

/* Takes them from a memo of an earlier run; what is about instances or services
 * that are no more is left out. ERR_SYNTAX, ERR_RANGE and errors of address_parse: it is
 * not one of ours; lines before the bad one count. */
int runtime_restore(struct step *s, const struct memo *m) MUST_USE;

#endif
