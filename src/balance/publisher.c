#include "balance/publisher.h"

#include "balance/keys.h"
#include "balance/planner.h"
#include "balance/round.h"

#include <string.h>

/* Which of the two slots of the network a descriptor is in. */
static unsigned slot_of(const struct core *c, const struct desc *d)
{
  return c->network.slots[0].period.number == d->slot.period.number ? 0 : 1;
}

/* The descriptor of a service for a period, or NULL. */
static struct desc *find_desc(struct service *sv, const struct period *p)
{
  for (size_t i = 0; i < 2; i++) {
    struct desc *d = &sv->descs[i];

    if (d->is_used && d->slot.period.number == p->number && d->slot.period.minutes == p->minutes) {
      return d;
    }
  }
  return NULL;
}

static void update_hsdirs(struct step *s, struct service *sv, struct desc *d)
{
  uint32_t places[NETWORK_HSDIRS_MAX];
  struct core *c = s->core;
  size_t n;

  if (d->keys < KEY_CERTIFYING) {
    return; /* the blinded key decides on them */
  }
  n = network_hsdirs_to_store(&c->network, c->suite, slot_of(c, d), d->frame.blinded_key, places);
  round_set_hsdirs(s, sv, d, places, n);
}

/* Drops the descriptors of periods that are over, and starts those of new
 * ones; a descriptor whose period goes on keeps its keys and its counter. */
static void update_descs(struct step *s, struct service *sv)
{
  const struct network *net = &s->core->network;

  for (size_t i = 0; i < 2; i++) {
    struct desc *d = &sv->descs[i];

    if (d->is_used && find_desc(sv, &net->slots[0].period) != d &&
        find_desc(sv, &net->slots[1].period) != d) {
      round_leave(sv, d);
      desc_deinit(d);
    }
  }
  for (size_t i = 0; i < 2; i++) {
    struct desc *d = find_desc(sv, &net->slots[i].period);

    if (d != NULL) {
      d->slot = net->slots[i];
      update_hsdirs(s, sv, d);
      continue;
    }
    d = sv->descs[0].is_used ? &sv->descs[1] : &sv->descs[0];
    desc_init(d, &net->slots[i]);
    planner_plan(s, sv, d, false);
  }
}

void publisher_network_changed(struct step *s)
{
  for (size_t i = 0; i < s->core->n_services; i++) {
    update_descs(s, &s->core->services[i]);
    s->core->services[i].wake = s->now.mono;
  }
}

void publisher_tor_down(struct step *s)
{
  for (size_t i = 0; i < s->core->n_services; i++) {
    round_abandon(s, &s->core->services[i]);
    s->core->services[i].wake = s->now.mono;
  }
}

/* What an answer of tor is about: the one upload of the service that is in
 * flight to the HSDir. desc is NULL if there is none (any more). */
struct answered {
  struct service *service;
  struct desc *desc;
  struct upload *upload;
};

static struct answered find_answered(struct step *s, const struct event *e)
{
  struct service *sv = state_find_service(s->core, &e->address);
  struct answered a = {.service = sv};

  if (sv == NULL) {
    return a;
  }
  for (size_t i = 0; i < 2; i++) {
    struct upload *u = desc_find_upload(&sv->descs[i], e->fingerprint);

    if (u != NULL && u->is_in_flight) {
      a.desc = &sv->descs[i];
      a.upload = u;
    }
  }
  if (a.desc != NULL || round_settle_stray(s, sv, e->fingerprint)) {
    sv->wake = s->now.mono;
  }
  return a;
}

void publisher_uploaded(struct step *s, const struct event *e)
{
  struct answered a = find_answered(s, e);

  if (a.desc != NULL) {
    round_confirm(s, a.service, a.desc, a.upload);
  }
}

void publisher_failed(struct step *s, const struct event *e)
{
  struct answered a = find_answered(s, e);

  if (a.desc != NULL && e->is_definite) {
    round_reject(s, a.service, a.desc, a.upload);
  } else if (a.desc != NULL) {
    round_fail(s, a.service, a.desc, a.upload);
  }
}

/* True if everything is there that a descriptor needs. */
static bool is_publishable(const struct step *s, const struct desc *d)
{
  return d->is_used && d->keys == KEY_READY && d->content != NULL && d->n_uploads > 0 &&
         keys_are_lasting(s, d);
}

static enum publish_reason find_reason(const struct step *s, const struct desc *d)
{
  if (!is_publishable(s, d)) {
    return PUBLISH_NOTHING;
  }
  if (d->round == 0) {
    return PUBLISH_FIRST;
  }
  if (d->is_changed) {
    return PUBLISH_POINTS;
  }
  if (d->has_new_hsdir) {
    return PUBLISH_HSDIRS;
  }
  return mono_is_due(d->next_publish, s->now.mono) ? PUBLISH_TIMER : PUBLISH_NOTHING;
}

/* One descriptor's turn. False if it waits for room. */
static bool tick_desc(struct step *s, struct service *sv, struct desc *d)
{
  enum publish_reason why;

  keys_advance(s, (uint32_t)(sv - s->core->services), d);
  if (d->keys >= KEY_CERTIFYING && d->n_uploads == 0) {
    update_hsdirs(s, sv, d);
  }
  why = find_reason(s, d);
  if (why == PUBLISH_TIMER) {
    planner_plan(s, sv, d, true);
  }
  if (why != PUBLISH_NOTHING) {
    round_start(s, sv, d, why);
  }
  return round_send(s, sv, d);
}

static struct mono desc_wake(const struct step *s, const struct service *sv, const struct desc *d)
{
  struct mono t = round_next_wake(sv, d);

  if (d->is_used && s->core->signer_is_up && d->keys != KEY_READY) {
    t = mono_earlier(t, d->key_deadline);
  }
  /* What keeps it from being published ends with an event of its own. */
  return is_publishable(s, d) ? mono_earlier(t, d->next_publish) : t;
}

static void tick_service(struct step *s, struct service *sv)
{
  sv->is_waiting = false;
  planner_advance(s, sv);
  for (unsigned i = 0; i < 2; i++) {
    /* The descriptor that clients use now goes first. */
    const struct network *net = &s->core->network;
    struct desc *d = find_desc(sv, &net->slots[i ^ net->client_slot].period);

    if (d != NULL && !tick_desc(s, sv, d)) {
      sv->is_waiting = true;
    }
  }
  sv->wake = sv->needs_plan ? sv->plan_at : MONO_NEVER;
  sv->wake = mono_earlier(sv->wake, desc_wake(s, sv, &sv->descs[0]));
  sv->wake = mono_earlier(sv->wake, desc_wake(s, sv, &sv->descs[1]));
}

void publisher_tick(struct step *s)
{
  struct core *c = s->core;
  size_t first = c->next_uploader;
  bool is_full = false;

  /* All that ends does so before anything begins: the room and the HSDirs
   * that this sets free are for whoever waits for them. */
  for (size_t i = 0; i < c->n_services; i++) {
    if (mono_is_due(c->services[i].wake, s->now.mono)) {
      round_time_out(s, &c->services[i]);
    }
  }
  for (size_t i = 0; i < c->n_services; i++) {
    size_t place = (first + i) % c->n_services;
    struct service *sv = &c->services[place];
    bool has_room = c->uploads_in_flight < c->timing.max_uploads;

    if (!mono_is_due(sv->wake, s->now.mono) && !(sv->is_waiting && has_room)) {
      continue;
    }
    tick_service(s, sv);
    if (sv->is_waiting && !is_full) {
      is_full = true;
      c->next_uploader = place; /* whoever lacked room is first next time */
    }
  }
}

struct mono publisher_next_wake(const struct core *c)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; i < c->n_services; i++) {
    t = mono_earlier(t, c->services[i].wake);
  }
  return t;
}
