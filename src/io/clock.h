/* The real clocks. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include "base/moment.h"

/* Milliseconds of the clock that never jumps (CLOCK_MONOTONIC). */
struct mono clock_mono(void);

/* Seconds of the clock on the wall; its milliseconds, 0 to 999, go to ms_out
 * unless that is NULL. */
struct wall clock_wall(int *ms_out);

/* Both, for the pure core. */
struct moment clock_now(void);

#endif
