#include "balance/keys.h"

#include "crypto/blind.h"

#include <inttypes.h>
#include <string.h>

/* What is published with a certificate is served for three hours. */
#define CERT_MARGIN_SECONDS (4 * 3600)

/* The descriptor that an answer of the signer belongs to, or NULL if it is no
 * longer wanted. */
static struct publication *find_publication(struct core *c, const struct event *e)
{
  if (e->service >= c->n_services) {
    return NULL;
  }
  for (size_t i = 0; i < 2; i++) {
    struct publication *pub = &c->services[e->service].publications[i];

    if (pub->is_used && pub->slot.period.number == e->period.number &&
        pub->slot.period.minutes == e->period.minutes) {
      return pub;
    }
  }
  return NULL;
}

static struct action *ask(struct step *s, enum action_kind kind, uint32_t service,
                          struct publication *pub)
{
  struct action *a = action_add(s->out, kind);

  a->service = service;
  a->period = pub->slot.period;
  pub->key_deadline = mono_plus(s->now.mono, s->core->timing.signer_timeout);
  return a;
}

static void ask_certificate(struct step *s, uint32_t service, struct publication *pub)
{
  struct action *a = ask(s, ACTION_CERTIFY, service, pub);

  pub->keys = KEY_CERTIFYING;
  pub->cert_expiration_hours = cert_desc_expiration(s->now.wall);
  a->expiration_hours = pub->cert_expiration_hours;
  memcpy(a->blinded_key, pub->frame.blinded_key, sizeof a->blinded_key);
  memcpy(a->key, pub->frame.signing_key, sizeof a->key);
}

bool keys_are_lasting(const struct step *s, const struct publication *pub)
{
  if (pub->is_given) { /* no better one can be had: it is used to its end */
    return (int64_t)pub->cert_expiration_hours * 3600 > s->now.wall.s;
  }
  return (int64_t)pub->cert_expiration_hours * 3600 > s->now.wall.s + CERT_MARGIN_SECONDS;
}

void keys_advance(struct step *s, uint32_t service, struct publication *pub)
{
  bool is_overdue = mono_is_due(pub->key_deadline, s->now.mono);

  if (!s->core->signer_is_up) {
    return;
  }
  switch (pub->keys) {
  case KEY_BLINDING:
    if (!is_overdue) {
      break;
    }
    /* fall through */
  case KEY_NONE:
    pub->keys = KEY_BLINDING;
    ask(s, ACTION_BLIND, service, pub);
    break;
  case KEY_CERTIFYING:
    if (is_overdue) {
      ask_certificate(s, service, pub);
    }
    break;
  case KEY_READY:
    if (!keys_are_lasting(s, pub)) {
      ask_certificate(s, service, pub);
    }
    break;
  }
}

/* The signer's answers name services by their place, which a reload changes,
 * and may come late: only what fits is believed. */
static bool is_blinded_key(struct step *s, const struct service *sv, const struct event *e)
{
  uint8_t factor[32];
  uint8_t expected[ED25519_PUBLIC_SIZE];

  blind_factor(s->core->suite, sv->address.public_key, e->period.number, e->period.minutes, factor);
  return ed25519_blind_public(sv->address.public_key, factor, expected) == 0 &&
         memcmp(expected, e->blinded_key, sizeof expected) == 0;
}

static bool is_certificate(const struct step *s, const struct publication *pub,
                           const uint8_t raw[CERT_SIZE], uint32_t *expiration_hours)
{
  struct cert cert;

  if (cert_parse(slice_of(raw, CERT_SIZE), &cert) < 0 ||
      memcmp(cert.key, pub->frame.signing_key, sizeof cert.key) != 0 ||
      cert_check(&cert, CERT_DESC_SIGNING, pub->frame.blinded_key, s->now.wall) < 0) {
    return false;
  }
  *expiration_hours = cert.expiration_hours;
  return true;
}

static void log_misfit(struct step *s, const struct event *e, const char *what)
{
  action_log(s->out, LOG_LEVEL_WARNING,
             "%s: the signer's %s for time period %" PRIu64 " does not fit, ignored",
             s->core->services[e->service].label, what, e->period.number);
}

void keys_blinded(struct step *s, const struct event *e)
{
  struct publication *pub = find_publication(s->core, e);
  struct service *sv;

  if (pub == NULL || pub->keys != KEY_BLINDING) {
    return;
  }
  sv = &s->core->services[e->service];
  if (!is_blinded_key(s, sv, e)) {
    log_misfit(s, e, "blinded key");
    return;
  }
  desc_frame_deinit(&pub->frame);
  desc_frame_init(&pub->frame, s->rng);
  pub->is_given = e->signing_seed != NULL;
  if (pub->is_given) {
    desc_frame_set_key(&pub->frame, e->signing_seed);
  }
  memcpy(pub->frame.blinded_key, e->blinded_key, sizeof pub->frame.blinded_key);
  subcredential_of(s->core->suite, &sv->address, e->blinded_key, pub->frame.subcredential);
  secret_free(pub->revision_key);
  pub->revision_key = secret_new(SHA3_256_SIZE);
  memcpy(secret_bytes(pub->revision_key), e->revision_key, SHA3_256_SIZE);
  ask_certificate(s, e->service, pub);
  sv->wake = s->now.mono;
}

void keys_certified(struct step *s, const struct event *e)
{
  struct publication *pub = find_publication(s->core, e);
  uint32_t expiration_hours = 0;

  if (pub == NULL || pub->keys != KEY_CERTIFYING) {
    return;
  }
  if (!is_certificate(s, pub, e->cert, &expiration_hours)) {
    log_misfit(s, e, "certificate");
    return;
  }
  memcpy(pub->frame.cert, e->cert, sizeof pub->frame.cert);
  pub->cert_expiration_hours = expiration_hours;
  pub->keys = KEY_READY;
  pub->is_changed = pub->is_changed || pub->round > 0; /* a renewed certificate goes out at once */
  s->core->services[e->service].wake = s->now.mono;
}

void keys_refused(struct step *s, const struct event *e)
{
  struct publication *pub = find_publication(s->core, e);

  if (pub == NULL) {
    return;
  }
  if (e->why != NULL) {
    action_log(s->out, LOG_LEVEL_ERROR, "%s: the signer refuses time period %" PRIu64 ": %s",
               s->core->services[e->service].label, e->period.number, e->why);
  }
  if (pub->is_given && pub->keys == KEY_CERTIFYING && pub->round == 0) {
    pub->keys = KEY_BLINDING; /* another bundle may have another key */
  }
  pub->key_deadline = mono_plus(s->now.mono, s->core->timing.signer_timeout);
}

void keys_signer_changed(struct step *s, bool is_up)
{
  struct core *c = s->core;

  c->signer_is_up = is_up;
  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < 2; k++) {
      c->services[i].publications[k].key_deadline = s->now.mono; /* ask again */
    }
    c->services[i].wake = s->now.mono;
  }
}
