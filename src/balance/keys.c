#include "balance/keys.h"

#include "crypto/blind.h"

#include <inttypes.h>
#include <string.h>

/* What is published with a certificate is served for three hours. */
#define CERT_MARGIN_SECONDS (4 * 3600)

/* The descriptor that an answer of the signer belongs to, or NULL if it is no
 * longer wanted. */
static struct desc *find_desc(struct core *c, const struct event *e)
{
  if (e->service >= c->n_services) {
    return NULL;
  }
  for (size_t i = 0; i < 2; i++) {
    struct desc *d = &c->services[e->service].descs[i];

    if (d->is_used && d->slot.period.number == e->period.number &&
        d->slot.period.minutes == e->period.minutes) {
      return d;
    }
  }
  return NULL;
}

static struct action *ask(struct step *s, enum action_kind kind, uint32_t service, struct desc *d)
{
  struct action *a = action_add(s->out, kind);

  a->service = service;
  a->period = d->slot.period;
  d->key_deadline = mono_plus(s->now.mono, s->core->timing.signer_timeout);
  return a;
}

static void ask_certificate(struct step *s, uint32_t service, struct desc *d)
{
  struct action *a = ask(s, ACTION_CERTIFY, service, d);

  d->keys = KEY_CERTIFYING;
  d->cert_expiration_hours = cert_desc_expiration(s->now.wall);
  a->expiration_hours = d->cert_expiration_hours;
  memcpy(a->blinded_key, d->frame.blinded_key, sizeof a->blinded_key);
  memcpy(a->key, d->frame.signing_key, sizeof a->key);
}

bool keys_are_lasting(const struct step *s, const struct desc *d)
{
  return (int64_t)d->cert_expiration_hours * 3600 > s->now.wall.s + CERT_MARGIN_SECONDS;
}

void keys_advance(struct step *s, uint32_t service, struct desc *d)
{
  bool is_overdue = mono_is_due(d->key_deadline, s->now.mono);

  if (!s->core->signer_is_up) {
    return;
  }
  switch (d->keys) {
  case KEY_BLINDING:
    if (!is_overdue) {
      break;
    }
    /* fall through */
  case KEY_NONE:
    d->keys = KEY_BLINDING;
    ask(s, ACTION_BLIND, service, d);
    break;
  case KEY_CERTIFYING:
    if (is_overdue) {
      ask_certificate(s, service, d);
    }
    break;
  case KEY_READY:
    if (!keys_are_lasting(s, d)) {
      ask_certificate(s, service, d);
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

static bool is_certificate(const struct step *s, const struct desc *d, const uint8_t raw[CERT_SIZE])
{
  struct cert cert;

  return cert_parse(slice_of(raw, CERT_SIZE), &cert) == 0 &&
         memcmp(cert.key, d->frame.signing_key, sizeof cert.key) == 0 &&
         cert_check(&cert, CERT_DESC_SIGNING, d->frame.blinded_key, s->now.wall) == 0;
}

static void log_misfit(struct step *s, const struct event *e, const char *what)
{
  action_log(s->out, LOG_LEVEL_WARNING,
             "%s: the signer's %s for time period %" PRIu64 " does not fit, ignored",
             s->core->services[e->service].label, what, e->period.number);
}

void keys_blinded(struct step *s, const struct event *e)
{
  struct desc *d = find_desc(s->core, e);
  struct service *sv;

  if (d == NULL || d->keys != KEY_BLINDING) {
    return;
  }
  sv = &s->core->services[e->service];
  if (!is_blinded_key(s, sv, e)) {
    log_misfit(s, e, "blinded key");
    return;
  }
  desc_frame_init(&d->frame, s->rng);
  memcpy(d->frame.blinded_key, e->blinded_key, sizeof d->frame.blinded_key);
  subcredential_of(s->core->suite, &sv->address, e->blinded_key, d->frame.subcredential);
  d->revision_key = secret_new(SHA3_256_SIZE);
  memcpy(secret_bytes(d->revision_key), e->revision_key, SHA3_256_SIZE);
  ask_certificate(s, e->service, d);
  sv->wake = s->now.mono;
}

void keys_certified(struct step *s, const struct event *e)
{
  struct desc *d = find_desc(s->core, e);

  if (d == NULL || d->keys != KEY_CERTIFYING) {
    return;
  }
  if (!is_certificate(s, d, e->cert)) {
    log_misfit(s, e, "certificate");
    return;
  }
  memcpy(d->frame.cert, e->cert, sizeof d->frame.cert);
  d->keys = KEY_READY;
  d->is_changed = d->is_changed || d->round > 0; /* a renewed certificate goes out at once */
  s->core->services[e->service].wake = s->now.mono;
}

void keys_refused(struct step *s, const struct event *e)
{
  struct desc *d = find_desc(s->core, e);

  if (d == NULL) {
    return;
  }
  action_log(s->out, LOG_LEVEL_ERROR, "%s: the signer refuses time period %" PRIu64 ": %s",
             s->core->services[e->service].label, e->period.number, e->why);
  d->key_deadline = mono_plus(s->now.mono, s->core->timing.signer_timeout);
}

void keys_signer_changed(struct step *s, bool is_up)
{
  struct core *c = s->core;

  c->signer_is_up = is_up;
  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < 2; k++) {
      c->services[i].descs[k].key_deadline = s->now.mono; /* ask again */
    }
    c->services[i].wake = s->now.mono;
  }
}
