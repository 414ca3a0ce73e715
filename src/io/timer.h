/* Timers and signals of the event loop. */
#ifndef IO_TIMER_H
#define IO_TIMER_H

#include <stdint.h>

struct event_base;
struct timer;

/* Something that calls back from the loop. base is borrowed for its life, ctx
 * is the caller's. Freed with timer_free, also from the callback. */
struct timer *timer_new(struct event_base *base, void (*fire)(void *ctx), void *ctx);

/* The same, for a signal, as often as it comes; the rest of this file does not
 * apply to it but timer_free. */
struct timer *timer_new_signal(struct event_base *base, int signal, void (*fire)(void *ctx),
                               void *ctx);
void timer_free(struct timer *t);

/* Fires once after so many milliseconds, 0 included; what was set before is
 * forgotten. */
void timer_set(struct timer *t, int64_t ms);
void timer_cancel(struct timer *t);

#endif
