/* A core on a stage: services and instances with real keys, a network, and
 * the parts of tor and signer read out by the test. All services have all
 * instances. */
#ifndef TESTS_BALANCE_STAGE_H
#define TESTS_BALANCE_STAGE_H

#include "balance/state.h"
#include "descriptor.h"

#include <stdio.h>

#define STAGE_MAX    4
#define STAGE_HSDIRS 30

struct stage {
  struct maker maker;
  struct core *core;
  struct moment now;
  struct action_list out; /* everything since the last stage_clear */
  struct identity services[STAGE_MAX];
  size_t n_services;
  struct identity instances[STAGE_MAX];
  struct intro intros[STAGE_MAX][3]; /* three points of each instance */
  size_t n_instances;
  size_t n_signed; /* actions that stage_sign has looked at */
};

/* A configuration of the first services and instances; valid until the next
 * call. */
static inline struct core_config stage_config(struct stage *st, size_t n_services,
                                              size_t n_instances)
{
  static struct core_service services[STAGE_MAX];
  static struct core_instance instances[STAGE_MAX];
  static const uint32_t places[STAGE_MAX] = {0, 1, 2, 3};
  static const char *const names[STAGE_MAX] = {"one", "two", "three", "four"};

  for (size_t i = 0; i < STAGE_MAX; i++) {
    services[i] = (struct core_service){.address = st->services[i].address,
                                        .label = names[i],
                                        .instances = places,
                                        .n_instances = n_instances};
    instances[i] = (struct core_instance){.address = st->instances[i].address, .label = names[i]};
  }
  return (struct core_config){.services = services,
                              .n_services = n_services,
                              .instances = instances,
                              .n_instances = n_instances};
}

static inline void stage_init(struct stage *st, size_t n_services, size_t n_instances)
{
  struct core_config config;

  *st = (struct stage){.n_services = n_services, .n_instances = n_instances};
  maker_init(&st->maker, 1);
  st->maker.rng.ctx = &st->maker.seed;
  st->now = (struct moment){.wall = {MAKER_NOW}, .mono = {1000000}};
  for (size_t i = 0; i < STAGE_MAX; i++) {
    maker_identity(&st->maker, &st->services[i]);
    maker_identity(&st->maker, &st->instances[i]);
    for (size_t k = 0; k < 3; k++) {
      st->intros[i][k] = maker_intro(&st->maker, (uint8_t)(10 * i + k + 1));
    }
  }
  config = stage_config(st, n_services, n_instances);
  st->core = core_new(st->maker.suite, &config);
}

static inline void stage_deinit(struct stage *st)
{
  core_free(st->core);
  action_list_deinit(&st->out);
  maker_deinit(&st->maker);
}

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
