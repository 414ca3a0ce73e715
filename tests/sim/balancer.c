#include "balancer.h"

#include "world.h"

#include "balance/state.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The mono clock does not begin with the world. */
#define MONO_START 1000000

/* More wake-ups than these in one second are a busy loop. */
#define TICKS_PER_SECOND 200

void balancer_init(struct balancer *b, struct world *w, uint64_t seed)
{
  *b = (struct balancer){.world = w};
  dice_init(&b->dice, seed ^ 0x62616c616e636572U);
}

void balancer_deinit(struct balancer *b)
{
  core_free(b->core);
  action_list_deinit(&b->actions);
  disk_deinit(&b->disk);
  for (size_t i = 0; i < BALANCER_LOG_LINES; i++) {
    buf_deinit(&b->log[i]);
  }
  *b = (struct balancer){0};
}

static struct moment moment_now(const struct balancer *b)
{
  return (struct moment){
      .wall = wall_plus(world_wall(b->world), b->clock_error),
      .mono = {MONO_START + b->world->now},
  };
}

static void log_line(struct balancer *b, const struct action *a)
{
  struct buf *line = &b->log[b->n_logged % BALANCER_LOG_LINES];

  b->n_counted[a->level]++;
  b->n_rejected += a->text.n > 0 && memmem(a->text.p, a->text.n, " rejected, try", 14) != NULL;
  buf_clear(line);
  log_line_build(moment_now(b).wall, (int)(b->world->now % 1000), a->level, buf_slice(&a->text),
                 line);
  if (getenv("SIM_VERBOSE") != NULL) {
    fprintf(stderr, "%.*s", (int)line->n, (const char *)line->p);
  }
  b->n_logged += a->level > LOG_LEVEL_DEBUG;
}

static void do_action(struct balancer *b, const struct action *a)
{
  struct world *w = b->world;
  struct doc *doc;

  switch (a->kind) {
  case ACTION_LOG:
    log_line(b, a);
    break;
  case ACTION_LOAD_NETWORK:
    tor_load(&w->tor);
    break;
  case ACTION_FETCH:
    checks_fetch(&w->checks, a);
    tor_fetch(&w->tor, a);
    break;
  case ACTION_UPLOAD:
    doc = checks_upload(&w->checks, a);
    tor_upload(&w->tor, a, doc);
    doc_release(doc);
    break;
  case ACTION_BLIND:
  case ACTION_CERTIFY:
    signer_ask(&w->signer, a);
    break;
  case ACTION_KEEP:
    disk_keep(&w->balancer.disk, a);
    break;
  case ACTION_PROBE:
    probing_start(&w->probing, a);
    break;
  case ACTION_PROBE_STOP:
    probing_stop(&w->probing, a->probe);
    break;
  }
}

void balancer_step(struct balancer *b, const struct event *e)
{
  struct rng rng = dice_rng(&b->dice);
  struct moment now = moment_now(b);

  if (b->core == NULL) {
    return;
  }
  b->n_steps++;
  checks_event(&b->world->checks, e);
  core_step(b->core, e, now, &rng, &b->actions);
  checks_state(&b->world->checks);
  for (size_t i = 0; i < b->actions.n; i++) {
    do_action(b, &b->actions.items[i]);
  }
  action_list_clear(&b->actions);
  if (core_next_wake(b->core).ms < now.mono.ms) {
    world_fail(b->world, "the next wake-up is %lld ms in the past",
               (long long)(now.mono.ms - core_next_wake(b->core).ms));
  }
}

int64_t balancer_wake(const struct balancer *b)
{
  struct mono wake = b->core == NULL ? MONO_NEVER : core_next_wake(b->core);

  return wake.ms == MONO_NEVER.ms ? INT64_MAX : wake.ms - MONO_START;
}

void balancer_tick(struct balancer *b)
{
  struct event e = {.kind = EVENT_TICK};
  int64_t second = b->world->now / 1000;

  b->ticks_in_second = second == b->tick_second ? b->ticks_in_second + 1 : 1;
  b->tick_second = second;
  balancer_step(b, &e);
  if (b->ticks_in_second > TICKS_PER_SECOND || balancer_wake(b) <= b->world->now) {
    world_fail(b->world, "busy loop: %u wake-ups in this second", b->ticks_in_second);
  }
}

/* What a core needs to know of the world, with the first n backends. */
struct setup {
  struct core_service *services;
  struct core_instance *instances;
  uint32_t *places;
  struct core_member *members;
  char (*labels)[32];
  struct core_config config;
};

static void setup_deinit(struct setup *s)
{
  free(s->services);
  free(s->instances);
  free(s->places);
  free(s->members);
  free(s->labels);
}

static void setup_init(struct setup *s, const struct world *w, size_t n)
{
  size_t n_services = w->options.n_services;

  s->services = mem_array(n_services, sizeof *s->services);
  s->instances = mem_array(n, sizeof *s->instances);
  s->places = mem_array(n, sizeof *s->places);
  s->members = mem_array(n, sizeof *s->members);
  s->labels = mem_array(n + n_services, sizeof *s->labels);
  for (size_t i = 0; i < n; i++) {
    snprintf(s->labels[i], sizeof s->labels[i], "node%zu", i + 1);
    s->instances[i] =
        (struct core_instance){.address = w->backends[i].identity.address, .label = s->labels[i]};
    s->places[i] = (uint32_t)i;
    s->members[i] = (struct core_member){100, i + w->options.n_backups >= w->options.n_backends};
  }
  for (size_t i = 0; i < n_services; i++) {
    snprintf(s->labels[n + i], sizeof s->labels[n + i], "front%zu", i + 1);
    s->services[i] = (struct core_service){.address = w->services[i].address,
                                           .label = s->labels[n + i],
                                           .instances = s->places,
                                           .members = s->members,
                                           .n_instances = n,
                                           .descriptors = w->options.mode};
  }
  s->config = (struct core_config){
      .services = s->services,
      .n_services = n_services,
      .instances = s->instances,
      .n_instances = n,
      .testing_network = w->options.testing,
  };
}

void balancer_start_with(struct balancer *b, size_t n_backends)
{
  CLEANUP(setup_deinit) struct setup s;
  struct world *w = b->world;
  struct event e = {.kind = EVENT_SIGNER_UP};

  setup_init(&s, w, n_backends);
  s.config.remembers = b->disk.is_on;
  b->core = core_new(w->suite, &s.config);
  b->starts++;
  b->started_at = w->now;
  if (!b->disk.is_on) {
    b->remembers_since = b->starts;
  }
  checks_forget_flights(&w->checks);
  disk_restore(&b->disk, b);
  if (w->signer.is_up) {
    balancer_step(b, &e);
  }
  e = (struct event){
      .kind = EVENT_TOR_UP, .testing_network = w->options.testing, .can_probe = !w->probing.is_off};
  if (w->tor.is_up) {
    balancer_step(b, &e);
  }
}

void balancer_start(struct balancer *b)
{
  balancer_start_with(b, b->world->options.n_backends);
}

void balancer_reload(struct balancer *b, size_t n_backends)
{
  CLEANUP(setup_deinit) struct setup s;
  struct event e = {.kind = EVENT_CONFIGURED, .config = &s.config};

  setup_init(&s, b->world, n_backends);
  balancer_step(b, &e);
}

void balancer_command(struct balancer *b, enum admin_op op, size_t backend, unsigned value)
{
  struct admin_command command = {
      .op = op, .instance = b->world->backends[backend].identity.address, .value = value};
  struct admin_result result = {.outcome = ADMIN_BAD_VALUE};
  struct event e = {.kind = EVENT_ADMIN, .admin = &command, .admin_result = &result};

  balancer_step(b, &e);
  if (result.outcome != ADMIN_DONE && result.outcome != ADMIN_NO_CHANGE) {
    world_fail(b->world, "a command: %s", admin_outcome_text(result.outcome));
  }
}

void balancer_stop(struct balancer *b)
{
  core_free(b->core);
  b->core = NULL;
  probing_forget(&b->world->probing);
}

bool balancer_has_logged(const struct balancer *b, const char *text)
{
  for (size_t i = 0; i < BALANCER_LOG_LINES; i++) {
    if (b->log[i].n > 0 && memmem(b->log[i].p, b->log[i].n, text, strlen(text)) != NULL) {
      return true;
    }
  }
  return false;
}

void balancer_print_log(const struct balancer *b)
{
  size_t first = b->n_logged > BALANCER_LOG_LINES ? b->n_logged - BALANCER_LOG_LINES : 0;

  for (size_t i = first; i < b->n_logged; i++) {
    const struct buf *line = &b->log[i % BALANCER_LOG_LINES];

    fprintf(stderr, "  %.*s", (int)line->n, (const char *)line->p);
  }
}
