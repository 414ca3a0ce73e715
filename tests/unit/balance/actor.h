/* The parts of tor and signer on the stage. */
#ifndef TESTS_BALANCE_ACTOR_H
#define TESTS_BALANCE_ACTOR_H

#include "stage.h"

/* Answers ACTION_LOAD_NETWORK with a consensus of that time. */
static inline void actor_show_network(struct stage *st, int64_t valid_after)
{
  struct netview v = maker_view(valid_after, STAGE_HSDIRS);
  struct event e = {.kind = EVENT_NETWORK, .view = &v};

  stage_step(st, &e);
  netview_deinit(&v);
}

/* Gives the answer to one question of the core. */
static inline void actor_sign_one(struct stage *st, const struct action *question)
{
  struct action a = *question; /* the list grows meanwhile */
  struct event e = {.service = a.service, .period = a.period};
  uint8_t secret[64], public_key[32], revision_key[32], cert[CERT_SIZE];

  maker_blind(&st->maker, &st->services[a.service], a.period, secret, public_key);
  if (a.kind == ACTION_BLIND) {
    blind_revision_key(st->maker.suite, secret, revision_key);
    e.kind = EVENT_BLINDED;
    e.blinded_key = public_key;
    e.revision_key = revision_key;
  } else {
    maker_certify(secret, public_key, a.key, a.expiration_hours, cert);
    e.kind = EVENT_CERTIFIED;
    e.cert = cert;
  }
  stage_step(st, &e);
}

/* Answers all questions to the signer since the last time. */
static inline void actor_sign(struct stage *st)
{
  for (; st->n_signed < st->out.n; st->n_signed++) {
    const struct action *a = &st->out.items[st->n_signed];

    if (a->kind == ACTION_BLIND || a->kind == ACTION_CERTIFY) {
      actor_sign_one(st, a);
    }
  }
}

/* An answer of tor about an address and an HSDir. */
static inline void actor_answer(struct stage *st, const struct action *a, enum event_kind kind,
                                bool is_definite)
{
  struct event e = {.kind = kind, .is_definite = is_definite, .address = a->address};

  memcpy(e.fingerprint, a->fingerprint, sizeof e.fingerprint);
  stage_step(st, &e);
}

/* Tells what became of every action of a kind since the last stage_clear. */
static inline void actor_answer_all(struct stage *st, enum action_kind what, enum event_kind kind,
                                    bool is_definite)
{
  size_t n = st->out.n;

  for (size_t i = 0; i < n; i++) {
    struct action a = st->out.items[i];

    if (a.kind == what) {
      actor_answer(st, &a, kind, is_definite);
    }
  }
}

/* The descriptor of an instance with its three points, in the period that
 * the core is in. */
static inline struct descriptor actor_descriptor(const struct stage *st, size_t instance,
                                                 uint64_t revision)
{
  return (struct descriptor){.period = st->core->instances[0].period,
                             .revision = revision,
                             .now = st->now.wall,
                             .intros = st->intros[instance],
                             .n_intros = 3,
                             .flow_control = "1-2 31"};
}

/* An HSDir (of a number that no relay has, unless one is given) has a
 * descriptor. */
static inline void actor_give(struct stage *st, size_t instance, const struct descriptor *d,
                              const uint8_t *fingerprint)
{
  struct event e = {.kind = EVENT_FETCHED, .address = st->instances[instance].address};
  struct buf text = {0};

  descriptor_build(&st->maker, &st->instances[instance], d, &text);
  if (fingerprint != NULL) {
    memcpy(e.fingerprint, fingerprint, sizeof e.fingerprint);
  }
  e.text = buf_slice(&text);
  stage_step(st, &e);
  buf_deinit(&text);
}

/* Every instance's descriptor comes, of that revision, from its first HSDir. */
static inline void actor_give_all(struct stage *st, uint64_t revision)
{
  for (size_t i = 0; i < st->n_instances; i++) {
    struct descriptor d = actor_descriptor(st, i, revision);
    const struct target *t = &st->core->instances[i].targets[0];
    uint8_t fingerprint[FINGERPRINT_SIZE];

    memcpy(fingerprint, t->fingerprint, sizeof fingerprint);
    actor_give(st, i, &d, fingerprint);
  }
}

/* From nothing to both descriptors of each service on their way. */
static inline void actor_open(struct stage *st)
{
  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  actor_give_all(st, 100);
  stage_pass(st, 1);
}

/* The same, and all confirmed; the list of actions is empty. */
static inline void actor_publish(struct stage *st)
{
  actor_open(st);
  for (int i = 0; i < 20 && stage_count(st, ACTION_UPLOAD) > 0; i++) {
    struct action_list todo = st->out;

    st->out = (struct action_list){0};
    for (size_t k = 0; k < todo.n; k++) {
      if (todo.items[k].kind == ACTION_UPLOAD) {
        actor_answer(st, &todo.items[k], EVENT_UPLOADED, false);
      }
    }
    action_list_deinit(&todo);
  }
  stage_clear(st);
}

#endif
