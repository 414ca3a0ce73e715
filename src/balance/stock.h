/* How long the bundles of a service last: its keys were made in advance by a
 * machine that is not there, so somebody has to be told in time. */
#ifndef BALANCE_STOCK_H
#define BALANCE_STOCK_H

#include "balance/state.h"

/* Levels: all is well; four warnings, each more urgent; at the end. */
#define STOCK_LEVEL_GOOD  0U
#define STOCK_LEVEL_ENDED 5U

/* The level with so many seconds left of a span. Warnings begin 14, 7, 3 and 1
 * days before the end; of a short bundle when a half, a quarter, an eighth and
 * a sixteenth of it is left. */
unsigned stock_level(int64_t left, int64_t span);

/* After a change of the configuration: until it is told again, no service is
 * known to live on bundles. */
void stock_forget(struct core *c);

/* EVENT_STOCKED: remembers it, and logs each change of the level. */
void stock_told(struct step *s, const struct event *e);

#endif
