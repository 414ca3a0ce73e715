#include "world.h"

#include "base/mem.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LOOK_MS       10000
#define HEAD_START_S  60         /* that the backends have of the balancer */
#define DEFAULT_START 1795341600 /* 2026-11-22 10:00:00 UTC */

/* A consensus that others than the balancer's tor get, and when: seconds after
 * valid-after (measured with stock tor; a testing network in proportion). */
#define OTHERS_MIN         (45 * 60)
#define OTHERS_MAX         (111 * 60)
#define OTHERS_TESTING_MIN 10
#define OTHERS_TESTING_MAX 36

struct world_task {
  struct task task;
  struct world *world;
  size_t who; /* a backend, or behind them a client */
  size_t vote;
};

static struct world_task *new_task(struct world *w, void (*run)(struct task *))
{
  struct world_task *t = mem_new(sizeof *t);

  t->task.run = run;
  t->world = w;
  return t;
}

struct wall world_wall(const struct world *w)
{
  return (struct wall){w->options.start + w->now / 1000};
}

void world_add(struct world *w, int64_t delay, struct task *t)
{
  queue_add(&w->queue, w->now + delay, t);
}

static void run_look(struct task *t)
{
  struct world *w = ((struct world_task *)t)->world;

  reach_look(&w->reach);
  world_add(w, LOOK_MS, &new_task(w, run_look)->task);
}

static void run_see_vote(struct task *t)
{
  struct world_task *wt = (struct world_task *)t;
  struct world *w = wt->world;

  if (wt->who < w->options.n_backends) {
    backend_take_vote(&w->backends[wt->who], wt->vote);
  } else {
    client_take_vote(w->clients[wt->who - w->options.n_backends], wt->vote);
  }
}

/* The authorities publish the next consensus, and everybody gets it some time
 * later. */
static void run_vote(struct task *t)
{
  struct world *w = ((struct world_task *)t)->world;
  bool testing = w->options.testing;
  int64_t next;

  net_vote(&w->net, &w->dice);
  tor_see_vote(&w->tor, w->net.n_votes - 1);
  for (size_t i = 0; i < w->options.n_backends + w->n_clients; i++) {
    struct world_task *wt = new_task(w, run_see_vote);

    wt->who = i;
    wt->vote = w->net.n_votes - 1;
    world_add(w,
              1000 * dice_between(&w->dice, testing ? OTHERS_TESTING_MIN : OTHERS_MIN,
                                  testing ? OTHERS_TESTING_MAX : OTHERS_MAX),
              &wt->task);
  }
  next = net_valid_after(&w->net, w->net.n_votes) - w->options.start;
  queue_add(&w->queue, next * 1000, &new_task(w, run_vote)->task);
}

static void set_default(size_t *value, size_t fallback)
{
  *value = *value == 0 ? fallback : *value;
}

static void fill_options(struct world_options *o)
{
  set_default(&o->n_relays, 60);
  set_default(&o->n_services, 1);
  set_default(&o->n_backends, 3);
  set_default(&o->points_per_backend, 3);
  o->start = o->start == 0 ? DEFAULT_START : o->start;
  o->bound = o->bound == 0 ? (o->testing ? 60 : 300) : o->bound;
}

static void build_network(struct world *w)
{
  const struct world_options *o = &w->options;
  struct net_options net = {.n_relays = o->n_relays,
                            .testing = o->testing,
                            .churn_permille = o->churn_permille,
                            .start = o->start};
  int64_t next;

  net_init(&w->net, &net, w->suite, &w->dice);
  w->hsdirs = mem_array(o->n_relays, sizeof *w->hsdirs);
  next = net_valid_after(&w->net, w->net.n_votes) - o->start;
  queue_add(&w->queue, next * 1000, &new_task(w, run_vote)->task);
}

struct world *world_new(const struct world_options *options)
{
  struct world *w = mem_new(sizeof *w);

  if (sodium_init() < 0) {
    abort();
  }
  w->options = *options;
  fill_options(&w->options);
  dice_init(&w->dice, w->options.seed);
  w->suite = suite_new();
  build_network(w);
  w->services = mem_array(w->options.n_services, sizeof *w->services);
  for (size_t i = 0; i < w->options.n_services; i++) {
    identity_init(&w->services[i], &w->dice);
  }
  w->backends = mem_array(w->options.n_backends, sizeof *w->backends);
  for (size_t i = 0; i < w->options.n_backends; i++) {
    backend_init(&w->backends[i], w, i);
    backend_start(&w->backends[i]);
  }
  checks_init(&w->checks, w);
  reach_init(&w->reach, w);
  signer_init(&w->signer, w);
  tor_init(&w->tor, w);
  probing_init(&w->probing, w);
  w->probing.is_off = w->options.no_socks;
  balancer_init(&w->balancer, w, w->options.seed);
  world_run(w, HEAD_START_S);
  w->tor.has_vote = true;
  tor_start(&w->tor, true);
  world_add(w, LOOK_MS, &new_task(w, run_look)->task);
  if (!w->options.waits) {
    balancer_start(&w->balancer);
  }
  return w;
}

void world_free(struct world *w)
{
  balancer_deinit(&w->balancer);
  for (size_t i = 0; i < w->n_clients; i++) {
    client_free(w->clients[i]);
  }
  for (size_t i = 0; i < w->options.n_backends; i++) {
    backend_deinit(&w->backends[i]);
  }
  queue_deinit(&w->queue);
  for (size_t i = 0; i < w->options.n_relays; i++) {
    hsdir_deinit(&w->hsdirs[i]);
  }
  checks_deinit(&w->checks);
  reach_deinit(&w->reach);
  signer_deinit(&w->signer);
  tor_deinit(&w->tor);
  probing_deinit(&w->probing);
  net_deinit(&w->net);
  points_deinit(&w->points);
  suite_free(w->suite);
  free(w->backends);
  free(w->services);
  free(w->hsdirs);
  free(w);
}

/* One thing: the next task, or the balancer's wake-up. False if both come
 * after `end`. */
static bool run_one(struct world *w, int64_t end)
{
  int64_t task = queue_next(&w->queue);
  int64_t wake = balancer_wake(&w->balancer);
  int64_t next = task < wake ? task : wake;

  if (next > end) {
    return false;
  }
  w->now = next;
  if (task <= wake) {
    queue_run(&w->queue);
  } else {
    balancer_tick(&w->balancer);
  }
  return true;
}

static void run_to(struct world *w, int64_t end)
{
  while (run_one(w, end)) {
  }
  w->now = end;
}

void world_run(struct world *w, int64_t seconds)
{
  run_to(w, w->now + seconds * 1000);
}

void world_run_until(struct world *w, int hh, int mm, int ss)
{
  int64_t day = 24 * 3600;
  int64_t at = hh * 3600 + mm * 60 + ss;
  int64_t now = world_wall(w).s % day;

  world_run(w, at > now ? at - now : at - now + day);
}

static bool is_published(const struct world *w)
{
  struct core_progress p;

  core_progress(w->balancer.core, &p);
  return p.n_descriptors == 2 * w->options.n_services && p.n_uploads > 0 &&
         p.n_confirmed == p.n_uploads;
}

int64_t world_run_until_published(struct world *w, int64_t seconds)
{
  int64_t start = w->now;
  int64_t end = w->now + seconds * 1000;

  while (!is_published(w)) {
    if (!run_one(w, end)) {
      world_fail(w, "not all published after %lld s", (long long)seconds);
    }
  }
  return (w->now - start) / 1000;
}

struct client *world_add_client(struct world *w, bool keeps, int64_t interval)
{
  world_expect(w, w->n_clients < sizeof w->clients / sizeof w->clients[0]);
  w->clients[w->n_clients] = client_new(w, keeps, interval * 1000);
  return w->clients[w->n_clients++];
}

void world_fail(struct world *w, const char *fmt, ...)
{
  char time[WALL_TEXT_SIZE];
  va_list ap;

  wall_format(world_wall(w), time);
  fprintf(stderr, "\nseed %llu, %s + %lld ms: ", (unsigned long long)w->options.seed, time,
          (long long)w->now % 1000);
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fprintf(stderr, "\nlast lines of the log:\n");
  balancer_print_log(&w->balancer);
  _fail(__FILE__, __LINE__);
  abort(); /* not reached: the test has been left */
}
