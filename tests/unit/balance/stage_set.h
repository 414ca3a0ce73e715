/* The set of a stage: a core, services and instances with real keys. All
 * services have all instances. */
#ifndef TESTS_BALANCE_STAGE_SET_H
#define TESTS_BALANCE_STAGE_SET_H

#include "balance/state.h"
#include "descriptor.h"

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

/* For the setup and the teardown of a group of tests. */
static inline struct stage *stage_new(size_t n_services, size_t n_instances)
{
  struct stage *st = mem_new(sizeof *st);

  stage_init(st, n_services, n_instances);
  return st;
}

static inline int stage_teardown(void **state)
{
  stage_deinit(*state);
  free(*state);
  return 0;
}

#endif
