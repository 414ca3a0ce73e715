/* What probes have shown, kept for the next start: who was down stays out of the
 * descriptors until it answers, and a port that has answered once is known to be
 * the right one. */
#ifndef BALANCE_CHART_H
#define BALANCE_CHART_H

#include "balance/memo.h"
#include "balance/state.h"

/* Something has changed that chart_keep keeps: it is, at the end of the step. */
void chart_changed(struct step *s);

/* Keeps it, if something has changed. */
void chart_keep(struct step *s);

/* Takes it from a memo of an earlier run, for instances that have not been
 * probed since. A service that would have nobody left keeps all of its
 * instances. ERR_SYNTAX and errors of address_parse: it is not one of ours;
 * lines before the bad one count. */
int chart_restore(struct step *s, const struct memo *m) MUST_USE;

#endif
