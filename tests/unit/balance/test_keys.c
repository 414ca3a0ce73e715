#include "balance/keys.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
  struct stage *st = stage_new(2, 1);

  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  *state = st;
  return 0;
}

static const struct publication *publication(const struct stage *st, size_t service, size_t i)
{
  return &st->core->services[service].publications[i];
}

static void nothing_is_asked_of_an_absent_signer(void **state)
{
  struct stage *st = *state;

  stage_pass(st, 3600000);
  assert_int_equal(stage_count(st, ACTION_BLIND), 0);
  stage_tell(st, EVENT_SIGNER_UP);
  assert_int_equal(stage_count(st, ACTION_BLIND), 4);
}

/* Blinded key, then certificate, for both descriptors of each service. */
static void keys_become_ready(void **state)
{
  struct stage *st = *state;
  struct cert cert;

  stage_tell(st, EVENT_SIGNER_UP);
  actor_sign(st);
  assert_int_equal(stage_count(st, ACTION_BLIND), 4);
  assert_int_equal(stage_count(st, ACTION_CERTIFY), 4);
  for (size_t i = 0; i < 4; i++) {
    const struct publication *pub = publication(st, i / 2, i % 2);

    assert_int_equal(pub->keys, KEY_READY);
    assert_int_equal(cert_parse(slice_of(pub->frame.cert, CERT_SIZE), &cert), 0);
    assert_int_equal(cert_check(&cert, CERT_DESC_SIGNING, pub->frame.blinded_key, st->now.wall), 0);
    assert_memory_equal(cert.key, pub->frame.signing_key, 32);
    assert_int_equal(cert.expiration_hours, cert_desc_expiration(st->now.wall));
  }
}

static void an_unanswered_question_is_asked_again(void **state)
{
  struct stage *st = *state;
  int64_t timeout = st->core->timing.signer_timeout;

  stage_tell(st, EVENT_SIGNER_UP);
  stage_pass(st, timeout - 1);
  assert_int_equal(stage_count(st, ACTION_BLIND), 4);
  stage_pass(st, 1);
  assert_int_equal(stage_count(st, ACTION_BLIND), 8);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
}

static void a_restarted_signer_is_asked_at_once(void **state)
{
  struct stage *st = *state;

  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_SIGNER_DOWN);
  stage_pass(st, 100000);
  assert_int_equal(stage_count(st, ACTION_BLIND), 4);
  stage_tell(st, EVENT_SIGNER_UP);
  assert_int_equal(stage_count(st, ACTION_BLIND), 8);
  actor_sign(st);
  assert_int_equal(stage_count(st, ACTION_CERTIFY), 4);
}

static void a_refusal_is_said_and_asked_again_later(void **state)
{
  struct stage *st = *state;
  struct event e = {.kind = EVENT_SIGNER_REFUSED, .service = 1, .why = "not today"};

  stage_tell(st, EVENT_SIGNER_UP);
  e.period = publication(st, 1, 0)->slot.period;
  stage_step(st, &e);
  assert_int_equal(stage_logged(st, "not today"), 1);
  assert_int_equal(stage_count(st, ACTION_BLIND), 4);
  stage_pass(st, st->core->timing.signer_timeout);
  assert_true(stage_count(st, ACTION_BLIND) >= 5);
}

/* ---- answers that do not fit ---- */

static void keys_of_another_service_are_not_believed(void **state)
{
  struct stage *st = *state;
  struct event e = {.kind = EVENT_BLINDED, .service = 0};
  uint8_t secret[64], public_key[32], revision_key[32] = {1};

  stage_tell(st, EVENT_SIGNER_UP);
  e.period = publication(st, 0, 0)->slot.period;
  maker_blind(&st->maker, &st->services[1], e.period, secret, public_key);
  e.blinded_key = public_key;
  e.revision_key = revision_key;
  stage_step(st, &e);
  assert_int_equal(publication(st, 0, 0)->keys, KEY_BLINDING);
  assert_int_equal(stage_logged(st, "does not fit"), 1);
}

static void certificates_that_do_not_fit_are_not_believed(void **state)
{
  struct stage *st = *state;
  struct event e = {.kind = EVENT_CERTIFIED, .service = 0};
  uint8_t secret[64], public_key[32], wrong[32] = {5}, cert[CERT_SIZE];
  const struct publication *pub = publication(st, 0, 0);

  stage_tell(st, EVENT_SIGNER_UP);
  e.period = pub->slot.period;
  e.cert = cert;
  maker_blind(&st->maker, &st->services[0], e.period, secret, public_key);
  actor_sign_one(st, &(struct action){.kind = ACTION_BLIND, .service = 0, .period = e.period});
  assert_int_equal(pub->keys, KEY_CERTIFYING);
  maker_certify(secret, public_key, wrong, cert_desc_expiration(st->now.wall), cert);
  stage_step(st, &e); /* for another signing key */
  maker_certify(secret, public_key, pub->frame.signing_key, 1000, cert);
  stage_step(st, &e); /* expired */
  maker_certify(secret, public_key, pub->frame.signing_key, cert_desc_expiration(st->now.wall),
                cert);
  cert[CERT_SIZE - 1] ^= 1;
  stage_step(st, &e); /* forged */
  memset(cert, 0, sizeof cert);
  stage_step(st, &e);
  assert_int_equal(pub->keys, KEY_CERTIFYING);
  assert_int_equal(stage_logged(st, "does not fit"), 4);
}

/* What nobody asked for, or what is for a service or period that is not
 * there, changes nothing. */
static void unasked_answers_change_nothing(void **state)
{
  struct stage *st = *state;
  struct action a = {.kind = ACTION_BLIND, .service = 0};
  struct event e = {.kind = EVENT_SIGNER_REFUSED, .service = 99, .why = "no"};

  a.period = publication(st, 0, 0)->slot.period;
  actor_sign_one(st, &a); /* before it is asked */
  assert_int_equal(publication(st, 0, 0)->keys, KEY_NONE);
  stage_tell(st, EVENT_SIGNER_UP);
  stage_step(st, &e);
  e.service = 0;
  e.period = (struct period){1, 1440};
  stage_step(st, &e);
  assert_int_equal(stage_logged(st, "refuses"), 0);
  a.period.number += 7;
  actor_sign_one(st, &a);
  assert_int_equal(publication(st, 0, 0)->keys, KEY_BLINDING);
}

static void a_second_answer_changes_nothing(void **state)
{
  struct stage *st = *state;
  struct action a = {.kind = ACTION_BLIND, .service = 0};
  uint8_t signing_key[32];

  stage_tell(st, EVENT_SIGNER_UP);
  actor_sign(st);
  memcpy(signing_key, publication(st, 0, 0)->frame.signing_key, 32);
  a.period = publication(st, 0, 0)->slot.period;
  actor_sign_one(st, &a);
  assert_memory_equal(publication(st, 0, 0)->frame.signing_key, signing_key, 32);
  assert_int_equal(publication(st, 0, 0)->keys, KEY_READY);
}

/* ---- renewal ---- */

/* A certificate that would not outlive what is published with it is renewed
 * for the same signing key, and what it signs goes out again. */
static void a_certificate_is_renewed(void **state)
{
  struct stage *st = *state;
  uint8_t signing_key[32];

  actor_publish(st);
  memcpy(signing_key, publication(st, 0, 0)->frame.signing_key, 32);
  st->now.wall.s += 51 * MAKER_HOUR;
  actor_show_network(st, MAKER_VALID_AFTER); /* the same period: the clock was wrong */
  st->core->network.view.consensus.valid_until = wall_plus(st->now.wall, MAKER_HOUR);
  stage_tell(st, EVENT_SIGNER_UP); /* all services look at their keys */
  assert_int_equal(stage_count(st, ACTION_CERTIFY), 4);
  assert_int_equal(publication(st, 0, 0)->keys, KEY_CERTIFYING);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
  actor_sign(st);
  assert_int_equal(publication(st, 0, 0)->keys, KEY_READY);
  assert_memory_equal(publication(st, 0, 0)->frame.signing_key, signing_key, 32);
  assert_true(stage_count(st, ACTION_UPLOAD) > 0);
}

/* Without the signer nothing is sent under a certificate that is about to
 * expire, and nothing turns in circles over it. */
static void without_renewal_nothing_is_sent(void **state)
{
  struct stage *st = *state;

  actor_publish(st);
  stage_tell(st, EVENT_SIGNER_DOWN);
  st->now.wall.s += 51 * MAKER_HOUR;
  st->core->network.view.consensus.valid_until = wall_plus(st->now.wall, MAKER_HOUR);
  stage_pass(st, st->core->timing.republish_max);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
  assert_true(core_next_wake(st->core).ms > st->now.mono.ms);
}

/* ---- keys that were made in advance ---- */

/* Answers a question about service 0 as a bundle does: the signing key is in
 * the answer, and the certificate is for hours. */
static void answer_from_bundle(struct stage *st, uint32_t hours)
{
  const struct publication *pub = publication(st, 0, 0);
  struct event e = {.kind = EVENT_BLINDED, .service = 0, .period = pub->slot.period};
  uint8_t secret[64], public_key[32], revision_key[32] = {1}, seed[32] = {42}, cert[CERT_SIZE];

  maker_blind(&st->maker, &st->services[0], e.period, secret, public_key);
  e.blinded_key = public_key;
  e.revision_key = revision_key;
  e.signing_seed = seed;
  stage_step(st, &e);
  ed25519_expand(seed, secret);
  assert_int_equal(ed25519_public_of(secret, revision_key), 0);
  assert_memory_equal(pub->frame.signing_key, revision_key, 32);
  maker_blind(&st->maker, &st->services[0], e.period, secret, public_key);
  maker_certify(secret, public_key, pub->frame.signing_key, hours, cert);
  e.kind = EVENT_CERTIFIED;
  e.cert = cert;
  stage_step(st, &e);
}

/* The certificate is used to its end: there is no other one. */
static void a_given_key_is_used_to_its_end(void **state)
{
  struct stage *st = *state;
  const struct publication *pub = publication(st, 0, 0);
  uint32_t hours = (uint32_t)(st->now.wall.s / MAKER_HOUR) + 3;

  stage_tell(st, EVENT_SIGNER_UP);
  answer_from_bundle(st, hours);
  assert_int_equal(pub->keys, KEY_READY);
  assert_true(pub->is_given);
  assert_int_equal(pub->cert_expiration_hours, hours);
  assert_true(keys_are_lasting(&(struct step){.core = st->core, .now = st->now}, pub));
  st->now.wall.s = (int64_t)hours * MAKER_HOUR;
  assert_false(keys_are_lasting(&(struct step){.core = st->core, .now = st->now}, pub));
}

/* A certificate that cannot be had for that key: another bundle may have
 * another key. What was said already is not said again. */
static void a_given_key_can_be_replaced(void **state)
{
  struct stage *st = *state;
  const struct publication *pub = publication(st, 0, 0);
  struct event e = {.kind = EVENT_SIGNER_REFUSED, .service = 0, .period = pub->slot.period};

  stage_tell(st, EVENT_SIGNER_UP);
  answer_from_bundle(st, 1000); /* expired: does not fit */
  assert_int_equal(pub->keys, KEY_CERTIFYING);
  stage_step(st, &e);
  assert_int_equal(stage_logged(st, "refuses"), 0);
  assert_int_equal(pub->keys, KEY_BLINDING);
  stage_pass(st, st->core->timing.signer_timeout);
  answer_from_bundle(st, cert_desc_expiration(st->now.wall));
  assert_int_equal(pub->keys, KEY_READY);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_is_asked_of_an_absent_signer, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(keys_become_ready, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(an_unanswered_question_is_asked_again, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_restarted_signer_is_asked_at_once, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_refusal_is_said_and_asked_again_later, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(keys_of_another_service_are_not_believed, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(certificates_that_do_not_fit_are_not_believed, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(unasked_answers_change_nothing, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_second_answer_changes_nothing, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_certificate_is_renewed, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(without_renewal_nothing_is_sent, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_given_key_is_used_to_its_end, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_given_key_can_be_replaced, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
