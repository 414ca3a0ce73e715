#include "io/timer.h"

#include "base/mem.h"

#include <event2/event.h>
#include <stdlib.h>

struct timer {
  struct event *event;
  void (*fire)(void *ctx);
  void *ctx;
};

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
  struct timer *t = ctx;

  (void)fd;
  (void)what;
  t->fire(t->ctx);
}

static struct timer *make(void (*fire)(void *ctx), void *ctx)
{
  struct timer *t = mem_new(sizeof *t);

  t->fire = fire;
  t->ctx = ctx;
  return t;
}

struct timer *timer_new(struct event_base *base, void (*fire)(void *ctx), void *ctx)
{
  struct timer *t = make(fire, ctx);

  t->event = evtimer_new(base, on_event, t);
  if (t->event == NULL) {
    abort();
  }
  return t;
}

struct timer *timer_new_signal(struct event_base *base, int signal, void (*fire)(void *ctx),
                               void *ctx)
{
  struct timer *t = make(fire, ctx);

  t->event = evsignal_new(base, signal, on_event, t);
  if (t->event == NULL || event_add(t->event, NULL) != 0) {
    abort();
  }
  return t;
}

void timer_free(struct timer *t)
{
  if (t != NULL) {
    event_free(t->event);
    free(t);
  }
}

void timer_set(struct timer *t, int64_t ms)
{
  struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

  if (event_add(t->event, &tv) != 0) {
    abort();
  }
}

void timer_cancel(struct timer *t)
{
  event_del(t->event);
}
