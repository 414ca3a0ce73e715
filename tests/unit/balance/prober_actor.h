/* The part of a tor that can be probed through. */
#ifndef TESTS_BALANCE_PROBER_ACTOR_H
#define TESTS_BALANCE_PROBER_ACTOR_H

#include "actor.h"

/* From nothing to published, with a tor that can probe. */
static inline void prober_actor_open(struct stage *st)
{
  actor_publish(st);
  stage_step(st, &(struct event){.kind = EVENT_TOR_UP, .can_probe = true});
  actor_show_network(st, MAKER_VALID_AFTER);
  stage_clear(st);
}

/* The place of the instance that an action is about, or -1. */
static inline int prober_actor_whom(const struct stage *st, const struct action *a)
{
  for (size_t i = 0; i < st->n_instances; i++) {
    if (address_equal(&a->address, &st->instances[i].address)) {
      return (int)i;
    }
  }
  return -1;
}

/* Lets time pass until the next probe; returns its instance, and what names it. */
static inline int prober_actor_next(struct stage *st, uint64_t *probe_out)
{
  for (int i = 0; i < 100000; i++) {
    for (size_t k = 0; k < st->out.n; k++) {
      struct action *a = &st->out.items[k];

      if (a->kind == ACTION_PROBE) {
        a->kind = ACTION_PROBE_STOP; /* it is taken */
        *probe_out = a->probe;
        return prober_actor_whom(st, a);
      }
    }
    stage_pass(st, 100);
  }
  abort();
}

/* How one ends. */
struct prober_actor_end {
  enum probe_end end;
  bool is_introduced;
  bool is_joined;
};

static const struct prober_actor_end prober_actor_good = {PROBE_ANSWERED, true, true};
static const struct prober_actor_end prober_actor_hung = {PROBE_TIMED_OUT, true, false};
static const struct prober_actor_end prober_actor_dead = {PROBE_FAILED, false, false};

/* Of a probe of a frontend. */
static const struct prober_actor_end prober_actor_untried = {PROBE_NOT_READY, false, false};

static inline void prober_actor_end_it(struct stage *st, uint64_t probe,
                                       const struct prober_actor_end *end)
{
  if (end->is_introduced) {
    stage_step(st, &(struct event){.kind = EVENT_INTRODUCED, .probe = probe});
  }
  if (end->is_joined) {
    stage_step(st, &(struct event){.kind = EVENT_JOINED, .probe = probe});
  }
  stage_step(st, &(struct event){.kind = EVENT_PROBED, .probe = probe, .probe_end = end->end});
}

/* Plays so many seconds: every probe of instance i ends after a moment as ends[i] says.
 * The last ones may still be open, and stage_clear would lose them. */
static inline void prober_actor_play(struct stage *st, int64_t seconds,
                                     const struct prober_actor_end *const *ends)
{
  int64_t until = st->now.mono.ms + seconds * 1000;

  while (st->now.mono.ms < until) {
    size_t n = st->out.n;

    for (size_t i = 0; i < n; i++) {
      struct action *a = &st->out.items[i];

      if (a->kind == ACTION_PROBE) {
        int whom = prober_actor_whom(st, a);

        a->kind = ACTION_PROBE_STOP; /* it is taken */
        prober_actor_end_it(st, a->probe, whom < 0 ? &prober_actor_untried : ends[whom]);
      }
    }
    stage_pass(st, 1000);
  }
}

#endif
