/* What a spread from before hands on to the next one. */
#ifndef BALANCE_HERITAGE_H
#define BALANCE_HERITAGE_H

#include "balance/seating.h"
#include "balance/spread.h"

/* Seats the points of in->previous that are still offered into the rows of their
 * slots, which are empty and of in->sources. A slot that is new gets what one held
 * that is gone, rather one of the same fetch. lost[i] is set if that is not all
 * that slot i had, or if it had nothing. */
void heritage_seat(const struct spread_input *in, struct seating *rows, bool *lost);

#endif
