/* A core on a stage: the parts of tor and signer are read out by the test. */
#ifndef TESTS_BALANCE_STAGE_H
#define TESTS_BALANCE_STAGE_H

#include "stage_set.h"

#include <stdio.h>

static inline void stage_step(struct stage *st, const struct event *e)
{
  core_step(st->core, e, st->now, &st->maker.rng, &st->out);
}

/* An event that has nothing but its kind. */
static inline void stage_tell(struct stage *st, enum event_kind kind)
{
  stage_step(st, &(struct event){.kind = kind});
}

/* Lets time pass on both clocks, with one step at its end. */
static inline void stage_pass(struct stage *st, int64_t ms)
{
  st->now.mono.ms += ms;
  st->now.wall.s += ms / 1000;
  stage_tell(st, EVENT_TICK);
}

static inline void stage_clear(struct stage *st)
{
  action_list_clear(&st->out);
  st->n_signed = 0;
}

static inline size_t stage_count(const struct stage *st, enum action_kind kind)
{
  size_t n = 0;

  for (size_t i = 0; i < st->out.n; i++) {
    n += st->out.items[i].kind == kind;
  }
  return n;
}

/* The last action of a kind, which there must be; borrowed until the next
 * step. */
static inline const struct action *stage_last(const struct stage *st, enum action_kind kind)
{
  for (size_t i = st->out.n; i > 0; i--) {
    if (st->out.items[i - 1].kind == kind) {
      return &st->out.items[i - 1];
    }
  }
  abort();
}

/* The level of the last line of the log. */
static inline enum log_level stage_last_level(const struct stage *st)
{
  return stage_last(st, ACTION_LOG)->level;
}

/* How many lines of the log hold the text. */
static inline size_t stage_logged(const struct stage *st, const char *text)
{
  size_t n = 0;

  for (size_t i = 0; i < st->out.n; i++) {
    const struct buf *line = &st->out.items[i].text;

    n += st->out.items[i].kind == ACTION_LOG && line->n > 0 &&
         memmem(line->p, line->n, text, strlen(text)) != NULL;
  }
  return n;
}

#endif
