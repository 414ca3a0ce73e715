#include "tor.h"

#include "world.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* tor asks an HSDir for the same descriptor of its own accord only so often. */
#define REFETCH_MS (15 * 60 * 1000LL)

/* Something that tor is about to do, or to tell. Owns a hold on doc. */
struct tor_task {
  struct task task;
  struct tor *tor;
  unsigned generation;
  enum event_kind kind;
  bool is_definite;
  struct address address;
  uint32_t hsdir;
  size_t vote;
  struct doc *doc;
};

static void drop_task(struct task *t)
{
  struct tor_task *tt = (struct tor_task *)t;

  doc_release(tt->doc);
  free(tt);
}

static struct tor_task *new_task(struct tor *t, void (*run)(struct task *))
{
  struct tor_task *tt = mem_new(sizeof *tt);

  tt->task.run = run;
  tt->task.drop = drop_task;
  tt->tor = t;
  tt->generation = t->generation;
  return tt;
}

void tor_init(struct tor *t, struct world *w)
{
  bool testing = w->options.testing;

  *t = (struct tor){
      .world = w,
      .vote_delay_min = testing ? 2 : 120,
      .vote_delay_max = testing ? 9 : 180,
      .missing_permille = 50,
      .fetch_failed = 20,
      .fetch_lost = 10,
      .upload_failed = 10,
      .upload_lost = 5,
      .answer_lost = 5,
      .keys = mem_array(w->options.n_backends, sizeof *t->keys),
      .last_asked = mem_array(w->options.n_backends * w->options.n_relays, sizeof *t->last_asked),
  };
  for (size_t i = 0; i < w->options.n_backends * w->options.n_relays; i++) {
    t->last_asked[i] = -REFETCH_MS;
  }
}

void tor_deinit(struct tor *t)
{
  free(t->keys);
  free(t->last_asked);
  *t = (struct tor){0};
}

/* Tells the balancer what the task says. */
static void tell(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct world *w = tt->tor->world;
  struct event e = {.kind = tt->kind, .is_definite = tt->is_definite, .address = tt->address};

  if (tt->generation != tt->tor->generation || !tt->tor->is_up) {
    return;
  }
  memcpy(e.fingerprint, w->net.relays[tt->hsdir].node.fingerprint, FINGERPRINT_SIZE);
  if (tt->doc != NULL) {
    e.text = buf_slice(&tt->doc->text);
  }
  balancer_step(&w->balancer, &e);
}

/* ---- consensus ---- */

static void take_vote(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct tor *t = tt->tor;
  struct event e = {.kind = EVENT_CONSENSUS_ARRIVED};

  if (tt->generation != t->generation || !t->is_up || (t->has_vote && tt->vote <= t->vote)) {
    return;
  }
  t->has_vote = true;
  t->vote = tt->vote;
  t->complete_at = t->world->now + dice_between(&t->world->dice, 500, 8000);
  balancer_step(&t->world->balancer, &e);
}

static void get_vote(struct tor *t, size_t vote, int64_t delay_ms)
{
  struct tor_task *tt = new_task(t, take_vote);

  tt->vote = vote;
  world_add(t->world, delay_ms, &tt->task);
}

void tor_see_vote(struct tor *t, size_t vote)
{
  get_vote(t, vote,
           dice_between(&t->world->dice, t->vote_delay_min * 1000, t->vote_delay_max * 1000));
}

static void answer_load(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct tor *t = tt->tor;
  struct world *w = t->world;
  struct netview view = {0};
  struct event e = {.kind = EVENT_NETWORK, .view = &view};

  if (tt->generation != t->generation) {
    return;
  }
  if (t->has_vote) {
    net_view(&w->net, t->vote, w->now < t->complete_at ? t->missing_permille : 0, &w->dice, &view);
  } else {
    e = (struct event){.kind = EVENT_NETWORK_FAILED, .why = "551 no consensus"};
  }
  balancer_step(&w->balancer, &e);
  netview_deinit(&view);
}

/* ---- life ---- */

void tor_start(struct tor *t, bool has_vote)
{
  struct world *w = t->world;
  struct event e = {
      .kind = EVENT_TOR_UP, .testing_network = w->options.testing, .can_probe = !w->probing.is_off};

  t->is_up = true;
  t->generation++;
  t->has_vote = t->has_vote && has_vote;
  if (t->has_vote && t->vote + 1 < w->net.n_votes) {
    tor_see_vote(t, w->net.n_votes - 1);
  } else if (!t->has_vote) {
    get_vote(t, w->net.n_votes - 1, dice_between(&w->dice, 5000, 30000));
  }
  balancer_step(&w->balancer, &e);
}

void tor_stop(struct tor *t)
{
  struct event e = {.kind = EVENT_TOR_DOWN};

  t->is_up = false;
  t->generation++;
  probing_forget(&t->world->probing);
  balancer_step(&t->world->balancer, &e);
}

/* ---- fetches ---- */

static size_t find_backend(const struct world *w, const struct address *a)
{
  for (size_t i = 0; i < w->options.n_backends; i++) {
    if (address_equal(&w->backends[i].identity.address, a)) {
      return i;
    }
  }
  return SIZE_MAX;
}

static size_t find_service(const struct world *w, const struct address *a)
{
  for (size_t i = 0; i < w->options.n_services; i++) {
    if (address_equal(&w->services[i].address, a)) {
      return i;
    }
  }
  return SIZE_MAX;
}

const uint8_t *tor_blinded(struct tor *t, size_t backend)
{
  const struct vote *v = &t->world->net.votes[t->vote];
  struct period p = v->slots[v->client_slot].period;
  struct tor_key *key = &t->keys[backend];
  struct blinded keys;

  if (key->period != p.number) {
    identity_blind(&t->world->backends[backend].identity, t->world->suite, p, &keys);
    key->period = p.number;
    memcpy(key->blinded, keys.public_key, sizeof key->blinded);
  }
  return key->blinded;
}

static void fetch(struct tor *t, size_t backend, uint32_t hsdir);

/* After a failure tor tries the descriptor's usual HSDirs by itself. */
static void go_on(struct tor *t, size_t backend)
{
  struct world *w = t->world;
  const struct vote *v = &w->net.votes[t->vote];
  uint32_t usual[NET_HSDIRS_MAX];
  size_t n = vote_hsdirs(v, v->client_slot, tor_blinded(t, backend),
                         v->consensus.params.hsdir_spread_fetch, usual);

  for (size_t i = 0; i < n; i++) {
    if (w->now - t->last_asked[backend * w->options.n_relays + usual[i]] > REFETCH_MS) {
      fetch(t, backend, usual[i]);
      return;
    }
  }
}

/* The HSDir has been reached, or not. */
static void run_fetch(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct tor *t = tt->tor;
  struct world *w = t->world;
  size_t backend = find_backend(w, &tt->address);
  const struct hsdir *h = &w->hsdirs[tt->hsdir];
  bool is_reached = !h->is_down && !dice_hits(&w->dice, t->fetch_failed);
  struct doc *found;

  if (tt->generation != t->generation) {
    return;
  }
  found = is_reached ? hsdir_fetch(h, tor_blinded(t, backend), w->now) : NULL;
  tt->kind = found != NULL ? EVENT_FETCHED : EVENT_FETCH_FAILED;
  tt->is_definite = is_reached;
  if (found != NULL) {
    tt->doc = doc_hold(found);
    probing_cache(&w->probing, &tt->address, found);
  }
  tell(task);
  if (found == NULL) {
    go_on(t, backend);
  }
}

static void fetch(struct tor *t, size_t backend, uint32_t hsdir)
{
  struct world *w = t->world;
  struct tor_task *tt = new_task(t, run_fetch);

  t->last_asked[backend * w->options.n_relays + hsdir] = w->now;
  tt->address = w->backends[backend].identity.address;
  tt->hsdir = hsdir;
  world_add(w, dice_between(&w->dice, 100, w->options.testing ? 800 : 4000), &tt->task);
}

/* The same, for the frontend's own descriptor. */
static void run_fetch_own(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct tor *t = tt->tor;
  struct world *w = t->world;
  const struct vote *v = &w->net.votes[t->vote];
  const struct hsdir *h = &w->hsdirs[tt->hsdir];
  bool is_reached = !h->is_down && !dice_hits(&w->dice, t->fetch_failed);
  const uint8_t *key = signer_keys(&w->signer, (uint32_t)find_service(w, &tt->address),
                                   v->slots[v->client_slot].period)
                           ->public_key;
  struct doc *found;

  if (tt->generation != t->generation) {
    return;
  }
  found = is_reached ? hsdir_fetch(h, key, w->now) : NULL;
  tt->kind = found != NULL ? EVENT_FETCHED : EVENT_FETCH_FAILED;
  tt->is_definite = is_reached;
  if (found != NULL) {
    tt->doc = doc_hold(found);
    probing_cache(&w->probing, &tt->address, found);
  }
  tell(task);
}

static void fetch_own(struct tor *t, const struct action *a, uint32_t hsdir)
{
  struct tor_task *tt = new_task(t, run_fetch_own);

  tt->address = a->address;
  tt->hsdir = hsdir;
  world_add(t->world, dice_between(&t->world->dice, 100, 4000), &tt->task);
}

/* ---- uploads ---- */

static void run_upload(struct task *task)
{
  struct tor_task *tt = (struct tor_task *)task;
  struct tor *t = tt->tor;
  struct world *w = t->world;
  struct hsdir *h = &w->hsdirs[tt->hsdir];
  bool is_reached = !h->is_down && !dice_hits(&w->dice, t->upload_failed);
  bool is_stored = false;

  if (tt->generation != t->generation && !dice_hits(&w->dice, 300)) {
    return; /* tor has died since, and most of this with it */
  }
  if (is_reached) {
    is_stored = hsdir_store(h, tt->doc, w->now, world_wall(w)) == HSDIR_STORED;
  }
  tt->kind = is_stored ? EVENT_UPLOADED : EVENT_UPLOAD_FAILED;
  tt->is_definite = is_reached;
  doc_release(tt->doc);
  tt->doc = NULL;
  if (!dice_hits(&w->dice, t->answer_lost)) {
    tell(task);
  }
}

/* The HSDir of an action. */
static uint32_t find_hsdir(const struct tor *t, const struct action *a)
{
  size_t hsdir = net_find(&t->world->net, a->fingerprint);

  if (!t->is_up) {
    world_fail(t->world, "action %d for a tor that is down", (int)a->kind);
  }
  if (hsdir == SIZE_MAX) {
    world_fail(t->world, "action %d for an HSDir that does not exist", (int)a->kind);
  }
  return (uint32_t)hsdir;
}

void tor_upload(struct tor *t, const struct action *a, struct doc *doc)
{
  struct world *w = t->world;
  uint32_t hsdir = find_hsdir(t, a);
  struct tor_task *tt;

  if (dice_hits(&w->dice, t->upload_lost)) {
    return;
  }
  tt = new_task(t, run_upload);
  tt->address = a->address;
  tt->hsdir = hsdir;
  if (!t->has_vote || !vote_lists(&w->net.votes[t->vote], hsdir)) {
    tt->task.run = tell; /* "552 Server not found" */
    tt->kind = EVENT_UPLOAD_FAILED;
    world_add(w, 5, &tt->task);
    return;
  }
  tt->doc = doc_hold(doc);
  world_add(w, dice_between(&w->dice, 300, w->options.testing ? 2000 : 8000), &tt->task);
}

void tor_fetch(struct tor *t, const struct action *a)
{
  uint32_t hsdir = find_hsdir(t, a);

  if (!t->has_vote || dice_hits(&t->world->dice, t->fetch_lost)) {
    return;
  }
  if (find_service(t->world, &a->address) != SIZE_MAX) {
    fetch_own(t, a, hsdir);
  } else {
    fetch(t, find_backend(t->world, &a->address), hsdir);
  }
}

void tor_load(struct tor *t)
{
  if (!t->is_up) {
    world_fail(t->world, "asked a tor that is down for its consensus");
  }
  world_add(t->world, dice_between(&t->world->dice, 50, 400), &new_task(t, answer_load)->task);
}
