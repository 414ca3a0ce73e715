#include "balance/publisher.h"

#include "balance/keys.h"
#include "balance/planner.h"
#include "balance/round.h"

#include <string.h>

/* Which of the two slots of the network a descriptor is in. */
static unsigned slot_of(const struct core *c, const struct publication *pub)
{
  return c->network.slots[0].period.number == pub->slot.period.number ? 0 : 1;
}

/* The descriptor of a service for a period, or NULL. */
static struct publication *find_publication(struct service *sv, const struct period *p)
{
  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = &sv->publications[i];

    if (pub->is_used && pub->slot.period.number == p->number &&
        pub->slot.period.minutes == p->minutes) {
      return pub;
    }
  }
  return NULL;
}

/* Notes which HSDirs clients ask: they spread over fewer than we store on. */
static void note_asked(struct step *s, struct publication *pub)
{
  const struct network *net = &s->core->network;
  uint32_t places[NETWORK_HSDIRS_MAX];
  size_t n = network_hsdirs_asked(net, s->core->suite, slot_of(s->core, pub),
                                  pub->frame.blinded_key, places);

  for (size_t i = 0; i < pub->n_uploads; i++) {
    pub->uploads[i].is_asked = false;
  }
  for (size_t i = 0; i < n; i++) {
    struct upload *u = publication_find_upload(pub, net->view.nodes[places[i]].fingerprint);

    if (u != NULL) {
      u->is_asked = true;
    }
  }
}

static void update_hsdirs(struct step *s, struct service *sv, struct publication *pub)
{
  uint32_t places[NETWORK_HSDIRS_MAX];
  struct core *c = s->core;
  size_t n;

  if (pub->keys < KEY_CERTIFYING) {
    return; /* the blinded key decides on them */
  }
  n = network_hsdirs_to_store(&c->network, c->suite, slot_of(c, pub), pub->frame.blinded_key,
                              places);
  round_set_hsdirs(s, sv, pub, places, n);
  note_asked(s, pub);
  planner_hsdirs_changed(s, sv, pub);
}

/* Drops the descriptors of periods that are over, and starts those of new
 * ones; a descriptor whose period goes on keeps its keys and its counter. */
static void update_publications(struct step *s, struct service *sv)
{
  const struct network *net = &s->core->network;

  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = &sv->publications[i];

    if (pub->is_used && find_publication(sv, &net->slots[0].period) != pub &&
        find_publication(sv, &net->slots[1].period) != pub) {
      round_leave(sv, pub);
      publication_deinit(pub);
    }
  }
  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = find_publication(sv, &net->slots[i].period);

    if (pub != NULL) {
      pub->slot = net->slots[i];
      update_hsdirs(s, sv, pub);
      continue;
    }
    pub = sv->publications[0].is_used ? &sv->publications[1] : &sv->publications[0];
    publication_init(pub, &net->slots[i]);
    planner_plan(s, sv, pub, false);
  }
}

void publisher_network_changed(struct step *s)
{
  for (size_t i = 0; i < s->core->n_services; i++) {
    update_publications(s, &s->core->services[i]);
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
  struct publication *desc;
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
    struct upload *u = publication_find_upload(&sv->publications[i], e->fingerprint);

    if (u != NULL && u->is_in_flight) {
      a.desc = &sv->publications[i];
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
static bool is_publishable(const struct step *s, const struct publication *pub)
{
  return pub->is_used && pub->keys == KEY_READY && pub->content != NULL && pub->n_uploads > 0 &&
         keys_are_lasting(s, pub);
}

/* Why a round should begin now. While instances are being asked anew, a new
 * HSDir and the timer can wait: what they answer would be published right
 * after. */
static enum publication_reason find_reason(const struct step *s, const struct service *sv,
                                           const struct publication *pub)
{
  if (!is_publishable(s, pub)) {
    return PUBLICATION_NOTHING;
  }
  if (pub->round == 0) {
    return PUBLICATION_FIRST;
  }
  if (pub->is_changed) {
    return mono_is_due(pub->changed_due, s->now.mono) ? PUBLICATION_POINTS : PUBLICATION_NOTHING;
  }
  if (pub->is_ordered) {
    return PUBLICATION_COMMAND;
  }
  if (sv->needs_plan) {
    return PUBLICATION_NOTHING;
  }
  if (pub->has_new_hsdir) {
    return PUBLICATION_HSDIRS;
  }
  return mono_is_due(pub->next_publish, s->now.mono) ? PUBLICATION_TIMER : PUBLICATION_NOTHING;
}

/* Begins what is due for one descriptor. */
static void tick_publication(struct step *s, struct service *sv, struct publication *pub)
{
  enum publication_reason why;

  keys_advance(s, (uint32_t)(sv - s->core->services), pub);
  if (pub->keys >= KEY_CERTIFYING && pub->n_uploads == 0) {
    update_hsdirs(s, sv, pub);
  }
  why = find_reason(s, sv, pub);
  if (why == PUBLICATION_TIMER) {
    planner_plan(s, sv, pub, true);
  }
  if (why != PUBLICATION_NOTHING) {
    round_start(s, sv, pub, why);
  }
}

static struct mono publication_wake(const struct step *s, const struct service *sv,
                                    const struct publication *pub)
{
  struct mono t = round_next_wake(sv, pub);

  if (pub->is_used && s->core->signer_is_up && pub->keys != KEY_READY) {
    t = mono_earlier(t, pub->key_deadline);
  }
  /* What keeps it from being published ends with an event of its own. */
  if (!is_publishable(s, pub)) {
    return t;
  }
  if (pub->is_changed) {
    return mono_earlier(t, pub->changed_due);
  }
  return sv->needs_plan ? t : mono_earlier(t, pub->next_publish);
}

/* Both descriptors of a service, that which clients use now first; NULL where
 * there is none. */
static void order_publications(const struct core *c, struct service *sv, struct publication *out[2])
{
  for (unsigned i = 0; i < 2; i++) {
    out[i] = find_publication(sv, &c->network.slots[i ^ c->network.client_slot].period);
  }
}

static void tick_service(struct step *s, struct service *sv)
{
  struct publication *pubs[2];

  planner_advance(s, sv);
  order_publications(s->core, sv, pubs);
  for (unsigned i = 0; i < 2; i++) {
    if (pubs[i] != NULL) {
      tick_publication(s, sv, pubs[i]);
    }
  }
  sv->is_waiting = false;
  /* Retries come last: silent HSDirs do not keep the room from others. */
  for (unsigned i = 0; i < 4; i++) {
    if (pubs[i % 2] != NULL && !round_send(s, sv, pubs[i % 2], i >= 2)) {
      sv->is_waiting = true;
    }
  }
  sv->wake = sv->needs_plan ? sv->plan_at : MONO_NEVER;
  sv->wake = mono_earlier(sv->wake, publication_wake(s, sv, &sv->publications[0]));
  sv->wake = mono_earlier(sv->wake, publication_wake(s, sv, &sv->publications[1]));
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
    unsigned before = c->uploads_in_flight;
    bool has_room = before < c->timing.max_uploads;

    if (!mono_is_due(sv->wake, s->now.mono) && !(sv->is_waiting && has_room)) {
      continue;
    }
    tick_service(s, sv);
    if (sv->is_waiting && !is_full) {
      /* Whoever got no room is first next time: one service whose HSDirs are
       * silent does not keep all the room for its retries. */
      is_full = true;
      c->next_uploader = c->uploads_in_flight > before ? (place + 1) % c->n_services : place;
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
