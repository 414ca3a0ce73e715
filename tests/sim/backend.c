#include "backend.h"

#include "world.h"

#include "base/mem.h"
#include "crypto/ope.h"

#include <stdlib.h>
#include <string.h>

/* tor's timer of a descriptor, and its retry of a failed upload. */
#define UPLOAD_MIN_MS   (60 * 60 * 1000LL)
#define UPLOAD_MAX_MS   (120 * 60 * 1000LL)
#define UPLOAD_RETRY_MS (60 * 1000LL)

/* How many of its uploads get lost on the way. */
#define LOST_PERMILLE 10

/* An upload that is due, or one of its copies on the way to an HSDir. */
struct backend_task {
  struct task task;
  struct world *world;
  size_t backend;
  unsigned generation;
  uint64_t period;
  unsigned timer;
  struct doc *doc; /* NULL for an upload that is due */
  uint32_t hsdir;
};

static void upload(struct backend *b, struct backend_desc *d);
static void plan_upload(struct backend *b, struct backend_desc *d, int64_t delay);

static struct backend_desc *find_desc(struct backend *b, uint64_t period)
{
  for (size_t i = 0; i < 2; i++) {
    if (b->descs[i].is_used && b->descs[i].slot.period.number == period) {
      return &b->descs[i];
    }
  }
  return NULL;
}

static void drop_task(struct task *t)
{
  struct backend_task *bt = (struct backend_task *)t;

  doc_release(bt->doc);
  free(bt);
}

static void run_upload(struct task *t)
{
  struct backend_task *bt = (struct backend_task *)t;
  struct backend *b = &bt->world->backends[bt->backend];
  struct backend_desc *d = find_desc(b, bt->period);

  if (b->generation == bt->generation && d != NULL && d->timer == bt->timer && b->is_hung) {
    plan_upload(b, d, UPLOAD_RETRY_MS); /* it is late when it can go on */
  } else if (b->generation == bt->generation && d != NULL && d->timer == bt->timer) {
    upload(b, d);
  }
}

static struct backend_task *new_task(struct backend *b, const struct backend_desc *d)
{
  struct backend_task *bt = mem_new(sizeof *bt);

  bt->task.run = run_upload;
  bt->task.drop = drop_task;
  bt->world = b->world;
  bt->backend = b->index;
  bt->generation = b->generation;
  bt->period = d->slot.period.number;
  bt->timer = d->timer;
  return bt;
}

static void plan_upload(struct backend *b, struct backend_desc *d, int64_t delay)
{
  d->timer++;
  world_add(b->world, delay, &new_task(b, d)->task);
}

/* One copy reaches its HSDir, or has to be sent again. */
static void run_arrival(struct task *t)
{
  struct backend_task *bt = (struct backend_task *)t;
  struct world *w = bt->world;
  struct backend *b = &w->backends[bt->backend];
  struct hsdir *h = &w->hsdirs[bt->hsdir];
  struct backend_desc *d = find_desc(b, bt->period);
  struct backend_task *again;

  if (b->generation != bt->generation || d == NULL) {
    return;
  }
  if (!h->is_down && !dice_hits(&w->dice, LOST_PERMILLE)) {
    hsdir_store(h, bt->doc, w->now, world_wall(w));
    return;
  }
  again = new_task(b, d);
  again->task.run = run_arrival;
  again->doc = doc_hold(bt->doc);
  again->hsdir = bt->hsdir;
  world_add(w, UPLOAD_RETRY_MS, &again->task);
}

static void raise_revision(struct backend *b, struct backend_desc *d)
{
  int64_t seconds = world_wall(b->world).s - d->slot.srv_start.s + 1;
  uint64_t revision = 0;

  if (ope_encrypt(b->world->suite, d->keys.revision_key, (uint32_t)seconds, &revision) < 0) {
    abort();
  }
  d->revision = revision > d->revision ? revision : d->revision + 1;
}

/* The inner layer, also with a number of points that a good service never
 * has: the lines of one more are put behind those of a full one. */
static void build_inner(struct backend *b, struct backend_desc *d, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf more = {0};
  size_t first = d->n_points < LIMIT_INTRO_POINTS ? d->n_points : LIMIT_INTRO_POINTS;
  struct desc_content content = {.intros = d->intros,
                                 .n_intros = first,
                                 .is_single_onion = b->is_single_onion,
                                 .flow_control = b->flow_control};
  struct wall now = world_wall(b->world);

  if (d->n_points == 0) {
    buf_add_str(out, "create2-formats 2\n");
    return;
  }
  if (desc_inner_build(&d->frame, &content, now, out) < 0) {
    abort();
  }
  if (d->n_points > first) {
    content = (struct desc_content){.intros = &d->intros[first], .n_intros = d->n_points - first};
    if (desc_inner_build(&d->frame, &content, now, &more) < 0) {
      abort();
    }
    buf_add_slice(out, slice_skip(buf_slice(&more), strlen("create2-formats 2\n")));
  }
}

static struct doc *encode(struct backend *b, struct backend_desc *d)
{
  CLEANUP(buf_deinit) struct buf inner = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  struct rng rng = dice_rng(&b->world->dice);
  struct desc_payload payload;
  struct doc *doc;

  build_inner(b, d, &inner);
  payload = (struct desc_payload){.inner = buf_slice(&inner), .revision = d->revision};
  if (desc_encode(b->world->suite, &d->frame, &payload, &rng, &text) < 0) {
    abort();
  }
  doc = doc_new(buf_slice(&text), world_wall(b->world));
  doc->n_points = d->n_points < LIMIT_INTRO_POINTS ? d->n_points : LIMIT_INTRO_POINTS;
  memcpy(doc->points, d->points, doc->n_points * sizeof doc->points[0]);
  return doc;
}

static size_t find_hsdirs(const struct backend *b, const struct backend_desc *d,
                          uint32_t out[NET_HSDIRS_MAX])
{
  const struct vote *v = &b->world->net.votes[b->vote];
  unsigned slot = v->slots[0].period.number == d->slot.period.number ? 0 : 1;

  return vote_hsdirs(v, slot, d->keys.public_key, v->consensus.params.hsdir_spread_store, out);
}

/* Uploads one descriptor to all its HSDirs and plans the next time. */
static void upload(struct backend *b, struct backend_desc *d)
{
  struct world *w = b->world;
  struct doc *doc;

  raise_revision(b, d);
  doc = encode(b, d);
  d->n_hsdirs = find_hsdirs(b, d, d->hsdirs);
  for (size_t i = 0; i < d->n_hsdirs; i++) {
    struct backend_task *bt = new_task(b, d);

    bt->task.run = run_arrival;
    bt->doc = doc_hold(doc);
    bt->hsdir = d->hsdirs[i];
    world_add(w, dice_between(&w->dice, 300, w->options.testing ? 2000 : 6000), &bt->task);
  }
  doc_release(doc);
  plan_upload(b, d, dice_between(&w->dice, UPLOAD_MIN_MS, UPLOAD_MAX_MS));
}

static void kill_points(struct backend *b, struct backend_desc *d)
{
  for (size_t i = 0; i < d->n_points; i++) {
    b->world->points.items[d->points[i]].is_alive = false;
  }
  d->n_points = 0;
}

/* True if another point of the descriptor is on the relay. */
static bool is_taken(const struct backend_desc *d, const struct ring_node *relay, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (memcmp(d->intros[i].relay_id, relay->fingerprint, FINGERPRINT_SIZE) == 0) {
      return true;
    }
  }
  return false;
}

/* Makes point i, on a relay that none of the first n is on, if there is
 * one. */
static void make_point(struct backend *b, struct backend_desc *d, size_t i, size_t n)
{
  struct world *w = b->world;
  const struct vote *v = &w->net.votes[b->vote];
  const struct ring_node *relay = NULL;

  for (int tries = 0; relay == NULL || (tries < 100 && is_taken(d, relay, n)); tries++) {
    relay = &v->nodes[dice_between(&w->dice, 0, (int64_t)v->n - 1)];
  }
  d->points[i] = points_add(&w->points, b->index, relay->fingerprint, &w->dice, &d->intros[i]);
}

static void make_points(struct backend *b, struct backend_desc *d)
{
  kill_points(b, d);
  for (size_t i = 0; i < b->n_points; i++) {
    make_point(b, d, i, i);
  }
  d->n_points = b->n_points;
}

static void drop_desc(struct backend *b, struct backend_desc *d)
{
  if (d->is_used) {
    kill_points(b, d);
    desc_frame_deinit(&d->frame);
  }
  *d = (struct backend_desc){0};
}

/* Begins a descriptor; its points take some seconds to be established. */
static void make_desc(struct backend *b, const struct schedule_slot *slot)
{
  struct world *w = b->world;
  struct backend_desc *d = b->descs[0].is_used ? &b->descs[1] : &b->descs[0];
  struct rng rng = dice_rng(&w->dice);

  *d = (struct backend_desc){.is_used = true, .slot = *slot};
  identity_blind(&b->identity, w->suite, slot->period, &d->keys);
  desc_frame_init(&d->frame, &rng);
  memcpy(d->frame.blinded_key, d->keys.public_key, sizeof d->frame.blinded_key);
  subcredential_of(w->suite, &b->identity.address, d->frame.blinded_key, d->frame.subcredential);
  blinded_certify(&d->keys, d->frame.signing_key, cert_desc_expiration(world_wall(w)),
                  d->frame.cert);
  make_points(b, d);
  plan_upload(b, d, dice_between(&w->dice, 1000, w->options.testing ? 3000 : 15000));
}

void backend_init(struct backend *b, struct world *w, size_t index)
{
  *b = (struct backend){.world = w,
                        .index = index,
                        .n_points = w->options.points_per_backend,
                        .flow_control = "1-2 31"};
  identity_init(&b->identity, &w->dice);
}

void backend_deinit(struct backend *b)
{
  for (size_t i = 0; i < 2; i++) {
    drop_desc(b, &b->descs[i]);
  }
}

void backend_start(struct backend *b)
{
  b->is_running = true;
  b->is_hung = false;
  b->running_since = b->world->now;
  b->generation++;
  b->has_vote = false;
  backend_take_vote(b, b->world->net.n_votes - 1);
}

void backend_stop(struct backend *b)
{
  b->is_running = false;
  b->generation++;
  for (size_t i = 0; i < 2; i++) {
    drop_desc(b, &b->descs[i]);
  }
}

/* tor uploads again when an HSDir joined, not when one left. */
static bool has_new_hsdir(const struct backend *b, const struct backend_desc *d)
{
  uint32_t now[NET_HSDIRS_MAX];
  size_t n = find_hsdirs(b, d, now);

  for (size_t i = 0; i < n; i++) {
    bool is_known = false;

    for (size_t k = 0; k < d->n_hsdirs; k++) {
      is_known = is_known || d->hsdirs[k] == now[i];
    }
    if (!is_known) {
      return true;
    }
  }
  return false;
}

void backend_take_vote(struct backend *b, size_t vote)
{
  const struct vote *v = &b->world->net.votes[vote];

  if (!b->is_running || (b->has_vote && vote <= b->vote)) {
    return;
  }
  b->has_vote = true;
  b->vote = vote;
  for (size_t i = 0; i < 2; i++) {
    struct backend_desc *d = &b->descs[i];
    uint64_t period = d->slot.period.number;

    if (d->is_used && period != v->slots[0].period.number && period != v->slots[1].period.number) {
      drop_desc(b, d);
    }
  }
  for (size_t i = 0; i < 2; i++) {
    struct backend_desc *d = find_desc(b, v->slots[i].period.number);

    if (d == NULL) {
      make_desc(b, &v->slots[i]);
    } else if (d->n_hsdirs > 0 && has_new_hsdir(b, d)) {
      plan_upload(b, d, dice_between(&b->world->dice, 1000, 5000));
    }
  }
}

void backend_renew_points(struct backend *b)
{
  for (size_t i = 0; i < 2; i++) {
    make_points(b, &b->descs[i]);
    plan_upload(b, &b->descs[i], dice_between(&b->world->dice, 1000, 5000));
  }
}

void backend_renew_one_point(struct backend *b)
{
  for (size_t k = 0; k < 2; k++) {
    struct backend_desc *d = &b->descs[k];
    size_t i = (size_t)dice_between(&b->world->dice, 0, (int64_t)d->n_points - 1);

    b->world->points.items[d->points[i]].is_alive = false;
    make_point(b, d, i, d->n_points);
    plan_upload(b, d, dice_between(&b->world->dice, 1000, 5000));
  }
}

bool backend_is_reachable(const struct backend *b)
{
  return b->is_running && !b->is_hung && !b->is_web_dead &&
         b->descs[0].n_points + b->descs[1].n_points > 0;
}
