/* When each of many things is due next: a heap, so that a step looks only at
 * those whose time has come, however many there are. */
#ifndef BALANCE_AGENDA_H
#define BALANCE_AGENDA_H

#include "base/mono.h"

#include <stddef.h>

/* A time for each of n places. Owns its arrays. All zero is one of no
 * places. */
struct agenda {
  struct mono *times; /* by place */
  size_t *heap;       /* places; none is due before the one at (i - 1) / 2 */
  size_t *at;         /* by place: where it stands in the heap */
  size_t *due;        /* what agenda_due found last */
  size_t n;
};

/* n places, none of them planned: MONO_NEVER. */
void agenda_init(struct agenda *a, size_t n);
void agenda_deinit(struct agenda *a);

/* Moves the time of a place, which is below n. */
void agenda_set(struct agenda *a, size_t place, struct mono when);

/* The time of a place. */
struct mono agenda_get(const struct agenda *a, size_t place);

/* The earliest of all times; MONO_NEVER if nothing is planned. */
struct mono agenda_first(const struct agenda *a);

/* Finds all places that are due, in order; returns how many. *places is borrowed
 * until the next call. They stay in the agenda. */
size_t agenda_due(struct agenda *a, struct mono now, const size_t **places);

#endif
