#include "signer/session.h"

#include "base/limits.h"
#include "crypto/blind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

/* Two good keys, and a bad one between them. */
struct world {
  struct suite *suite;
  struct keyring *keys;
  struct session *session;
  uint8_t expanded[2][ED25519_EXPANDED_SIZE];
};

static void put(struct world *w, size_t i, size_t place)
{
  uint8_t seed[ED25519_SEED_SIZE] = {(uint8_t)(i + 1)};

  ed25519_expand(seed, w->expanded[i]);
  assert_int_equal(keyring_put(w->keys, place, w->expanded[i]), 0);
}

static int setup(void **state)
{
  struct world *w = calloc(1, sizeof *w);

  if (w == NULL || sodium_init() < 0) {
    return -1;
  }
  w->suite = suite_new();
  w->keys = keyring_new(3);
  put(w, 0, 0);
  keyring_load(w->keys, 1, "/nonexistent", NULL);
  put(w, 1, 2);
  w->session = session_new(w->keys);
  *state = w;
  return w->session == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  struct world *w = *state;

  session_free(w->session);
  session_free(NULL);
  keyring_free(w->keys);
  suite_free(w->suite);
  free(w);
  return 0;
}

static struct wire_reply ask(struct world *w, const struct wire_request *q)
{
  struct wire_reply r;

  session_answer(w->session, q, FIXTURE_NOW, &r);
  assert_int_equal(r.id, q->id);
  return r;
}

static struct wire_request blind_request(uint32_t index)
{
  return (struct wire_request){
      .kind = WIRE_BLIND, .id = 5, .index = index, .period = FIXTURE_PERIOD};
}

static struct wire_request certify_request(uint32_t index)
{
  return (struct wire_request){.kind = WIRE_CERTIFY,
                               .id = 6,
                               .index = index,
                               .period = FIXTURE_PERIOD,
                               .key = {1, 2, 3},
                               .expiration_hours = FIXTURE_EXPIRES};
}

static void hello_tells_of_each_key(void **state)
{
  struct world *w = *state;
  struct wire_request q = {.kind = WIRE_HELLO, .id = 9, .version = WIRE_VERSION};
  struct wire_reply r = ask(w, &q);

  assert_int_equal(r.kind, WIRE_HELLO);
  assert_int_equal(r.version, WIRE_VERSION);
  assert_int_equal(r.count, 3);
  assert_int_equal(r.index, 0);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_memory_equal(r.public_key, keyring_get(w->keys, 0)->public_key, 32);
  assert_int_equal(r.text.n, 0);
  q.index = 1;
  r = ask(w, &q);
  assert_int_equal(r.index, 1);
  assert_int_equal(r.status, WIRE_STATUS_UNREADABLE);
  assert_true(slice_is(r.text, "cannot read /nonexistent: No such file or directory"));
  q.index = 3;
  r = ask(w, &q);
  assert_int_equal(r.kind, WIRE_ERROR);
  assert_int_equal(r.error, WIRE_ERROR_INDEX);
  q.index = 0;
  q.version = 2;
  r = ask(w, &q);
  assert_int_equal(r.kind, WIRE_ERROR);
  assert_int_equal(r.error, WIRE_ERROR_VERSION);
}

static void blind_gives_the_key_of_the_period(void **state)
{
  struct world *w = *state;
  struct wire_request q = blind_request(2);
  const uint8_t *public_key = keyring_get(w->keys, 2)->public_key;
  uint8_t factor[32];
  uint8_t blinded[ED25519_EXPANDED_SIZE];
  uint8_t want[32];
  struct wire_reply r = ask(w, &q);

  assert_int_equal(r.kind, WIRE_BLIND);
  blind_factor(w->suite, public_key, 20779, 1440, factor);
  assert_int_equal(ed25519_blind_public(public_key, factor, want), 0);
  assert_memory_equal(r.public_key, want, 32);
  ed25519_blind_secret(w->expanded[1], factor, blinded);
  blind_revision_key(w->suite, blinded, want);
  assert_memory_equal(r.revision_key, want, 32);
}

static void certify_makes_the_certificate(void **state)
{
  struct world *w = *state;
  struct wire_request q = blind_request(0);
  struct wire_reply blinded = ask(w, &q);
  struct wire_reply r;
  struct cert c;

  q = certify_request(0);
  r = ask(w, &q);
  assert_int_equal(r.kind, WIRE_CERTIFY);
  assert_int_equal(cert_parse(slice_of(r.cert, CERT_SIZE), &c), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, blinded.public_key, FIXTURE_NOW), 0);
  assert_true(c.has_signing_key);
  assert_memory_equal(c.key, q.key, 32);
  assert_int_equal(c.expiration_hours, FIXTURE_EXPIRES);
}

/* The answers of a fresh session and of one that has answered a lot already
 * are the same. */
static void memory_changes_nothing(void **state)
{
  struct world *w = *state;
  struct session *fresh = session_new(w->keys);

  for (uint64_t round = 0; round < 2; round++) {
    for (uint64_t n = 0; n < 1200; n++) {
      struct wire_request q = blind_request(n % 2 == 0 ? 0 : 2);
      struct wire_reply r;
      struct wire_reply want;

      q.period = (struct wire_period){(uint64_t)FIXTURE_NOW.s / 60 / 4 - 600 + n / 2, 4 + n % 3};
      q.period.number = q.period.number * 4 / q.period.minutes;
      session_answer(fresh, &q, FIXTURE_NOW, &want);
      r = ask(w, &q);
      assert_int_equal(r.kind, want.kind);
      assert_memory_equal(r.public_key, want.public_key, 32);
      assert_memory_equal(r.revision_key, want.revision_key, 32);
    }
    session_free(fresh);
    fresh = session_new(w->keys);
  }
  session_free(fresh);
}

static void refusal(struct world *w, const struct wire_request *q, enum wire_error error)
{
  static const uint8_t zeros[CERT_SIZE];
  struct wire_reply r = ask(w, q);

  assert_int_equal(r.kind, WIRE_ERROR);
  assert_int_equal(r.error, error);
  assert_true(r.text.n > 0);
  assert_memory_equal(r.cert, zeros, sizeof r.cert);
  assert_memory_equal(r.public_key, zeros, 32);
  assert_memory_equal(r.revision_key, zeros, 32);
}

static void refuses_what_policy_forbids(void **state)
{
  struct world *w = *state;
  struct wire_request q = blind_request(0);

  q.period.number = 30000;
  refusal(w, &q, WIRE_ERROR_POLICY);
  q.period.number = 10000;
  refusal(w, &q, WIRE_ERROR_POLICY);
  q = certify_request(0);
  q.period.number = 30000;
  refusal(w, &q, WIRE_ERROR_POLICY);
  q = certify_request(0);
  q.period.minutes = 0;
  refusal(w, &q, WIRE_ERROR_POLICY);
  q = certify_request(0);
  q.expiration_hours += 100;
  refusal(w, &q, WIRE_ERROR_POLICY);
  q.expiration_hours = 1;
  refusal(w, &q, WIRE_ERROR_POLICY);
}

/* A blinded key that is remembered is not certified later than its time. */
static void policy_holds_for_remembered_keys(void **state)
{
  struct world *w = *state;
  struct wire_request q = blind_request(0);
  struct wire_reply r;

  assert_int_equal(ask(w, &q).kind, WIRE_BLIND);
  session_answer(w->session, &q, wall_plus(FIXTURE_NOW, 10 * 86400), &r);
  assert_int_equal(r.kind, WIRE_ERROR);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
}

static void refuses_keys_that_are_not_there(void **state)
{
  struct world *w = *state;
  struct wire_request q = blind_request(1);

  refusal(w, &q, WIRE_ERROR_KEY);
  q.index = 3;
  refusal(w, &q, WIRE_ERROR_INDEX);
  q = certify_request(1);
  refusal(w, &q, WIRE_ERROR_KEY);
  q.index = UINT32_MAX;
  refusal(w, &q, WIRE_ERROR_INDEX);
}

static void refuses_other_kinds(void **state)
{
  struct wire_request q = {.kind = WIRE_ERROR, .id = 3};

  refusal(*state, &q, WIRE_ERROR_REQUEST);
}

static void feed_answers_what_is_complete(void **state)
{
  struct world *w = *state;
  struct buf requests CLEANUP(buf_deinit) = {0};
  struct buf stream CLEANUP(buf_deinit) = {0};
  struct buf replies CLEANUP(buf_deinit) = {0};
  struct wire_request q = blind_request(0);
  size_t seen = 0;

  wire_request_build(&q, &requests);
  buf_add_u32(&requests, 5); /* a frame of an unknown kind */
  buf_add(&requests, "\x77\0\0\0\x2a", 5);
  wire_request_build(&q, &requests);
  for (size_t i = 0; i < requests.n; i++) {
    buf_add_u8(&stream, requests.p[i]);
    assert_int_equal(session_feed(w->session, &stream, FIXTURE_NOW, &replies), 0);
  }
  assert_int_equal(stream.n, 0);
  for (int i = 0; i < 3; i++) {
    struct wire_reply r;
    struct slice body;
    size_t size;

    assert_int_equal(wire_frame_parse(slice_skip(buf_slice(&replies), seen), &body, &size), 0);
    assert_int_equal(wire_reply_parse(body, &r), 0);
    assert_int_equal(r.kind, i == 1 ? WIRE_ERROR : WIRE_BLIND);
    assert_int_equal(r.id, i == 1 ? 0x2a : 5);
    seen += size;
  }
  assert_int_equal(seen, replies.n);
}

static void feed_stops_at_garbage(void **state)
{
  struct world *w = *state;
  struct buf stream CLEANUP(buf_deinit) = {0};
  struct buf replies CLEANUP(buf_deinit) = {0};

  buf_add_str(&stream, "GET / HTTP/1.1\r\n\r\n");
  assert_int_equal(session_feed(w->session, &stream, FIXTURE_NOW, &replies), ERR_TOO_LONG);
  assert_int_equal(replies.n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(hello_tells_of_each_key, setup, teardown),
      cmocka_unit_test_setup_teardown(blind_gives_the_key_of_the_period, setup, teardown),
      cmocka_unit_test_setup_teardown(certify_makes_the_certificate, setup, teardown),
      cmocka_unit_test_setup_teardown(memory_changes_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(refuses_what_policy_forbids, setup, teardown),
      cmocka_unit_test_setup_teardown(policy_holds_for_remembered_keys, setup, teardown),
      cmocka_unit_test_setup_teardown(refuses_keys_that_are_not_there, setup, teardown),
      cmocka_unit_test_setup_teardown(refuses_other_kinds, setup, teardown),
      cmocka_unit_test_setup_teardown(feed_answers_what_is_complete, setup, teardown),
      cmocka_unit_test_setup_teardown(feed_stops_at_garbage, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
