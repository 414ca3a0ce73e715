#include "probing.h"

#include "world.h"

#include "balance/state.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* How long tor leaves out an introduction point that failed
 * (HS_CACHE_CLIENT_INTRO_STATE_MAX_AGE). */
#define FAILED_MS (120 * 1000LL)

/* The next thing to happen to one of them. */
struct probing_task {
  struct task task;
  struct probing *probing;
  uint64_t id;
  unsigned generation; /* ids begin anew with each start of the balancer */
  size_t point;        /* in the world's points */
  enum probe_end how;
};

void probing_init(struct probing *p, struct world *w)
{
  *p = (struct probing){.world = w};
  p->cache = mem_array(w->options.n_backends + w->options.n_services, sizeof(struct doc *));
  p->slow_permille = 20;
  p->circuit_failed = 30;
}

void probing_forget(struct probing *p)
{
  p->n = 0;
  p->generation++;
  for (size_t i = 0; i < p->world->options.n_backends + p->world->options.n_services; i++) {
    doc_release(p->cache[i]);
    p->cache[i] = NULL;
  }
}

void probing_deinit(struct probing *p)
{
  probing_forget(p);
  free(p->cache);
  free(p->flights);
  *p = (struct probing){0};
}

/* What tor's client has of that address. */
static struct doc **find_cached(struct probing *p, const struct address *a)
{
  const struct world *w = p->world;
  size_t i = 0, k = 0;

  while (i < w->options.n_backends && !address_equal(&w->backends[i].identity.address, a)) {
    i++;
  }
  while (i == w->options.n_backends && k + 1 < w->options.n_services &&
         !address_equal(&w->services[k].address, a)) {
    k++;
  }
  return &p->cache[i + k];
}

static bool is_of(const struct doc *doc, const uint8_t key[32])
{
  return doc != NULL && memcmp(doc->outer.blinded_key, key, 32) == 0;
}

void probing_cache(struct probing *p, const struct address *a, struct doc *doc)
{
  struct doc **cached = find_cached(p, a);
  struct doc *old = *cached;

  if (!is_of(old, doc->outer.blinded_key) || old->outer.revision <= doc->outer.revision) {
    *cached = doc_hold(doc);
    doc_release(old);
  }
}

static struct probing_flight *find_flight(struct probing *p, uint64_t id)
{
  for (size_t i = 0; i < p->n; i++) {
    if (p->flights[i].id == id) {
      return &p->flights[i];
    }
  }
  return NULL;
}

void probing_stop(struct probing *p, uint64_t id)
{
  struct probing_flight *f = find_flight(p, id);

  if (f != NULL) {
    *f = p->flights[--p->n];
  }
}

static struct probing_task *new_task(struct probing *p, uint64_t id, void (*run)(struct task *))
{
  struct probing_task *t = mem_new(sizeof *t);

  t->task.run = run;
  t->probing = p;
  t->id = id;
  t->generation = p->generation;
  return t;
}

/* What a task is about, or NULL if that has ended. */
static struct probing_flight *find(const struct probing_task *t)
{
  return t->generation == t->probing->generation ? find_flight(t->probing, t->id) : NULL;
}

static void later(struct probing *p, uint64_t id, void (*run)(struct task *))
{
  struct probing_task *t = new_task(p, id, run);

  world_add(p->world, 0, &t->task);
}

static void end(struct probing *p, uint64_t id, enum probe_end how)
{
  struct event e = {.kind = EVENT_PROBED, .probe = id, .probe_end = how};

  probing_stop(p, id);
  balancer_step(&p->world->balancer, &e);
}

static void run_end(struct task *task)
{
  struct probing_task *t = (struct probing_task *)task;

  if (find(t) != NULL) {
    end(t->probing, t->id, t->how);
  }
}

/* It ends that way, some time from now. */
static void end_later(struct probing *p, uint64_t id, int64_t delay, enum probe_end how)
{
  struct probing_task *t = new_task(p, id, run_end);

  t->how = how;
  world_add(p->world, delay, &t->task);
}

static void run_point(struct task *task);

/* The backend has come to the rendezvous point. */
static void run_join(struct task *task)
{
  struct probing_task *t = (struct probing_task *)task;
  struct world *w = t->probing->world;
  const struct backend *b = &w->backends[w->points.items[t->point].backend];
  const struct probing_flight *f = find(t);
  struct event e = {.kind = EVENT_JOINED, .probe = t->id};

  if (f == NULL || b->is_hung || !b->is_running ||
      (b->unknown_frontend != NULL && address_equal(b->unknown_frontend, &f->address))) {
    return;
  }
  balancer_step(&w->balancer, &e);
  end_later(t->probing, t->id, dice_between(&w->dice, 100, 500),
            b->is_web_dead ? PROBE_REFUSED : PROBE_ANSWERED);
}

/* An introduction point has passed it on. */
static void introduce(struct probing *p, uint64_t id, size_t point)
{
  struct world *w = p->world;
  struct event e = {.kind = EVENT_INTRODUCED, .probe = id};
  struct probing_task *t;

  memcpy(e.fingerprint, w->points.items[point].relay_id, FINGERPRINT_SIZE);
  t = new_task(p, id, run_join);
  t->point = point;
  world_add(w, dice_between(&w->dice, 200, 2500), &t->task);
  balancer_step(&w->balancer, &e);
}

/* An introduction point has been reached, or the circuit to it has failed. */
static void run_reached(struct task *task)
{
  struct probing_task *t = (struct probing_task *)task;
  struct world *w = t->probing->world;
  struct point *point = &w->points.items[t->point];

  if (find(t) == NULL) {
    return;
  }
  if (dice_hits(&w->dice, t->probing->circuit_failed)) {
    later(t->probing, t->id, run_point);
  } else if (point->is_alive) {
    introduce(t->probing, t->id, t->point);
  } else {
    point->failed_until = w->now + FAILED_MS;
    later(t->probing, t->id, run_point);
  }
}

/* The key of this period by which tor asks for an address. */
static const uint8_t *find_key(struct probing *p, const struct address *a)
{
  struct world *w = p->world;
  const struct vote *v = &w->net.votes[w->tor.vote];

  for (uint32_t i = 0; i < w->options.n_services; i++) {
    if (address_equal(&w->services[i].address, a)) {
      return signer_keys(&w->signer, i, v->slots[v->client_slot].period)->public_key;
    }
  }
  for (size_t i = 0; i < w->options.n_backends; i++) {
    if (address_equal(&w->backends[i].identity.address, a)) {
      return tor_blinded(&w->tor, i);
    }
  }
  world_fail(w, "a probe of an address that nobody has");
}

/* The descriptor by which tor finds the points of an address: what its client has
 * of this period, or what one of the HSDirs has. NULL if there is none. */
static const struct doc *find_doc(struct probing *p, const struct address *a)
{
  struct world *w = p->world;
  const struct vote *v = &w->net.votes[w->tor.vote];
  const uint8_t *key = find_key(p, a);
  uint32_t hsdirs[NET_HSDIRS_MAX];
  struct doc *found = NULL;
  size_t n;

  if (is_of(*find_cached(p, a), key)) {
    return *find_cached(p, a);
  }
  n = vote_hsdirs(v, v->client_slot, key, v->consensus.params.hsdir_spread_fetch, hsdirs);
  if (n > 0) {
    found = hsdir_fetch(&w->hsdirs[hsdirs[dice_between(&w->dice, 0, (int64_t)n - 1)]], key, w->now);
  }
  if (found != NULL) {
    probing_cache(p, a, found);
  }
  return found;
}

/* Tries one of the points that have not failed lately. */
static void run_point(struct task *task)
{
  struct probing_task *t = (struct probing_task *)task;
  struct probing *p = t->probing;
  struct world *w = p->world;
  const struct probing_flight *f = find(t);
  const struct doc *doc = f == NULL ? NULL : find_doc(p, &f->address);
  size_t fit[LIMIT_INTRO_POINTS], n = 0;
  struct probing_task *next;

  if (f == NULL) {
    return;
  }
  if (doc == NULL) {
    end_later(p, t->id, dice_between(&w->dice, 1000, 6000), PROBE_NO_DESCRIPTOR);
    return;
  }
  for (size_t i = 0; i < doc->n_points; i++) {
    if (w->points.items[doc->points[i]].failed_until <= w->now) {
      fit[n++] = doc->points[i];
    }
  }
  if (n == 0) {
    end_later(p, t->id, dice_between(&w->dice, 100, 4000), PROBE_FAILED);
    return;
  }
  next = new_task(p, t->id, run_reached);
  next->point = fit[dice_between(&w->dice, 0, (int64_t)n - 1)];
  world_add(w,
            dice_between(&w->dice, 300, 2000) + (dice_hits(&w->dice, p->slow_permille) ? 10000 : 0),
            &next->task);
}

void probing_start(struct probing *p, const struct action *a)
{
  struct world *w = p->world;

  if (!w->tor.is_up || p->is_off) {
    world_fail(w, "a probe through a tor that cannot");
  }
  p->flights = mem_grow(p->flights, p->n, &p->cap, sizeof *p->flights);
  p->flights[p->n++] = (struct probing_flight){a->probe, a->address, w->now + a->timeout};
  p->n_started++;
  if (p->n > w->balancer.core->timing.max_probes) {
    world_fail(w, "%zu probes under way", p->n);
  }
  later(p, a->probe, run_point);
  end_later(p, a->probe, a->timeout, PROBE_TIMED_OUT);
}
