#include "signer.h"

#include "world.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A question on its way to its answer. */
struct signer_task {
  struct task task;
  struct signer *signer;
  unsigned generation;
  enum action_kind kind;
  uint32_t service;
  struct period period;
  uint8_t key[32];
  uint32_t expiration_hours;
};

void signer_init(struct signer *s, struct world *w)
{
  *s = (struct signer){.world = w, .is_up = true};
}

void signer_deinit(struct signer *s)
{
  free(s->keys);
  *s = (struct signer){0};
}

static void tell(struct signer *s, enum event_kind kind)
{
  struct event e = {.kind = kind};

  balancer_step(&s->world->balancer, &e);
}

void signer_start(struct signer *s)
{
  s->is_up = true;
  tell(s, EVENT_SIGNER_UP);
}

void signer_stop(struct signer *s)
{
  s->is_up = false;
  s->generation++;
  tell(s, EVENT_SIGNER_DOWN);
}

const struct blinded *signer_keys(struct signer *s, uint32_t service, struct period p)
{
  struct signer_key *key;

  for (size_t i = s->n_keys; i > 0; i--) {
    key = &s->keys[i - 1];
    if (key->service == service && key->period.number == p.number) {
      return &key->keys;
    }
  }
  s->keys = mem_grow(s->keys, s->n_keys, &s->keys_cap, sizeof *s->keys);
  key = &s->keys[s->n_keys++];
  key->service = service;
  key->period = p;
  identity_blind(&s->world->services[service], s->world->suite, p, &key->keys);
  return &key->keys;
}

static void answer(struct task *t)
{
  struct signer_task *st = (struct signer_task *)t;
  struct signer *s = st->signer;
  struct event e = {.service = st->service, .period = st->period};
  const struct blinded *keys = signer_keys(s, st->service, st->period);
  uint8_t cert[CERT_SIZE];

  if (st->generation != s->generation) {
    return;
  }
  if (s->refuses) {
    e.kind = EVENT_SIGNER_REFUSED;
    e.why = "the simulator says so";
  } else if (st->kind == ACTION_BLIND) {
    e.kind = EVENT_BLINDED;
    e.blinded_key = keys->public_key;
    e.revision_key = keys->revision_key;
  } else {
    e.kind = EVENT_CERTIFIED;
    blinded_certify(keys, st->key, st->expiration_hours, cert);
    e.cert = cert;
  }
  balancer_step(&s->world->balancer, &e);
}

void signer_ask(struct signer *s, const struct action *a)
{
  struct signer_task *st;

  s->n_asked++;
  if (!s->is_up) {
    return;
  }
  st = mem_new(sizeof *st);
  *st = (struct signer_task){
      .task.run = answer,
      .signer = s,
      .generation = s->generation,
      .kind = a->kind,
      .service = a->service,
      .period = a->period,
      .expiration_hours = a->expiration_hours,
  };
  memcpy(st->key, a->key, sizeof st->key);
  world_add(s->world, dice_between(&s->world->dice, 1, 20), &st->task);
}
