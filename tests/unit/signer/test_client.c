#include "signer/client.h"

#include "base/limits.h"
#include "signer/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

/* A client and a session, connected by hand. The last key is bad. */
struct world {
  struct suite *suite;
  struct keyring *keys;
  struct session *session;
  struct client *client;
};

static int setup_with(void **state, size_t n)
{
  struct world *w = calloc(1, sizeof *w);
  uint8_t seed[ED25519_SEED_SIZE] = {0};
  uint8_t expanded[ED25519_EXPANDED_SIZE];

  if (w == NULL || sodium_init() < 0) {
    return -1;
  }
  w->suite = suite_new();
  w->keys = keyring_new(n);
  for (size_t i = 0; i + 1 < n; i++) {
    seed[0] = (uint8_t)i;
    seed[1] = (uint8_t)(i >> 8);
    ed25519_expand(seed, expanded);
    assert_int_equal(keyring_put(w->keys, i, expanded), 0);
  }
  keyring_load(w->keys, n - 1, "/nonexistent", NULL);
  w->session = session_new(w->keys);
  w->client = client_new(w->suite);
  *state = w;
  return w->session == NULL ? -1 : 0;
}

static int setup(void **state)
{
  return setup_with(state, 3);
}

static int setup_many(void **state)
{
  return setup_with(state, 300);
}

static int teardown(void **state)
{
  struct world *w = *state;

  client_free(w->client);
  client_free(NULL);
  session_free(w->session);
  keyring_free(w->keys);
  suite_free(w->suite);
  free(w);
  return 0;
}

/* Lets the signer answer all that the client has sent. */
static void carry(struct world *w)
{
  struct buf replies CLEANUP(buf_deinit) = {0};

  assert_int_equal(session_feed(w->session, client_output(w->client), FIXTURE_NOW, &replies), 0);
  client_feed(w->client, buf_slice(&replies));
}

/* Carries over and takes one result. */
static int next(struct world *w, struct client_result *out)
{
  bool has;
  int err;

  carry(w);
  err = client_next(w->client, out, &has);
  assert_int_equal(has, err == 0);
  return err;
}

static void greet(struct world *w)
{
  struct client_result r;
  size_t n = 0;
  size_t count;

  client_hello(w->client);
  while (!client_is_ready(w->client, &count)) {
    assert_int_equal(next(w, &r), 0);
    assert_int_equal(r.kind, WIRE_HELLO);
    assert_int_equal(r.index, n);
    assert_false(r.refused);
    n++;
  }
  assert_int_equal(n, keyring_count(w->keys));
  assert_int_equal(count, n);
}

static void hello_tells_of_each_key(void **state)
{
  struct world *w = *state;
  struct client_result r;
  size_t count;

  assert_false(client_is_ready(w->client, &count));
  client_hello(w->client);
  for (uint32_t i = 0; i < 3; i++) {
    assert_int_equal(next(w, &r), 0);
    assert_int_equal(r.index, i);
    assert_memory_equal(r.public_key, keyring_get(w->keys, i)->public_key, 32);
    assert_int_equal(r.status, i < 2 ? WIRE_STATUS_GOOD : WIRE_STATUS_UNREADABLE);
  }
  assert_true(r.text.n > 0);
  assert_true(client_is_ready(w->client, &count));
}

static void hello_with_many_keys(void **state)
{
  greet(*state);
}

static struct client_certify certify_for(const struct client_result *blinded)
{
  struct client_certify what = {.index = blinded->index,
                                .period = blinded->period,
                                .key = {7},
                                .expiration_hours = FIXTURE_EXPIRES};

  memcpy(what.blinded, blinded->public_key, 32);
  return what;
}

static void blind_and_certify(void **state)
{
  struct world *w = *state;
  struct wire_period period = FIXTURE_PERIOD;
  struct client_certify what;
  struct client_result r;
  struct cert c;

  greet(w);
  assert_int_equal(client_blind(w->client, 77, 1, &period), 0);
  assert_int_equal(next(w, &r), 0);
  assert_int_equal(r.kind, WIRE_BLIND);
  assert_int_equal(r.tag, 77);
  assert_int_equal(r.index, 1);
  assert_int_equal(r.period.number, period.number);
  assert_false(sodium_is_zero(r.revision_key, 32));
  what = certify_for(&r);
  assert_int_equal(client_certify(w->client, 78, &what), 0);
  assert_int_equal(next(w, &r), 0);
  assert_int_equal(r.kind, WIRE_CERTIFY);
  assert_int_equal(r.tag, 78);
  assert_int_equal(cert_parse(slice_of(r.cert, CERT_SIZE), &c), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, what.blinded, FIXTURE_NOW), 0);
}

static void requests_may_be_pipelined(void **state)
{
  struct world *w = *state;
  struct wire_period period = FIXTURE_PERIOD;
  struct client_result r;
  bool has;

  greet(w);
  for (uint64_t round = 0; round < 3; round++) {
    for (uint64_t i = 0; i < 100; i++) {
      assert_int_equal(client_blind(w->client, i, i % 2, &period), 0);
    }
    carry(w);
    for (uint64_t i = 0; i < 100; i++) {
      assert_int_equal(client_next(w->client, &r, &has), 0);
      assert_true(has);
      assert_int_equal(r.tag, i);
    }
    assert_int_equal(client_next(w->client, &r, &has), 0);
    assert_false(has);
  }
}

static void replies_may_come_in_pieces(void **state)
{
  struct world *w = *state;
  struct buf replies CLEANUP(buf_deinit) = {0};
  struct client_result r;
  bool has = false;

  client_hello(w->client);
  assert_int_equal(session_feed(w->session, client_output(w->client), FIXTURE_NOW, &replies), 0);
  for (size_t i = 0; i < replies.n; i++) {
    assert_false(has);
    client_feed(w->client, slice_of(replies.p + i, 1));
    assert_int_equal(client_next(w->client, &r, &has), 0);
  }
  assert_true(has);
}

static void refusals_are_results(void **state)
{
  struct world *w = *state;
  struct wire_period period = {30000, 1440};
  struct client_result r;

  greet(w);
  assert_int_equal(client_blind(w->client, 5, 0, &period), 0);
  assert_int_equal(next(w, &r), 0);
  assert_true(r.refused);
  assert_int_equal(r.kind, WIRE_BLIND);
  assert_int_equal(r.tag, 5);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
  assert_true(r.text.n > 0);
}

static void unusable_keys_are_not_asked_for(void **state)
{
  struct world *w = *state;
  struct wire_period period = FIXTURE_PERIOD;
  struct client_certify what = {.index = 2};

  assert_int_equal(client_blind(w->client, 0, 0, &period), ERR_NOT_NOW); /* before HELLO */
  greet(w);
  assert_int_equal(client_blind(w->client, 0, 2, &period), ERR_NOT_NOW);
  assert_int_equal(client_blind(w->client, 0, 3, &period), ERR_NOT_NOW);
  assert_int_equal(client_certify(w->client, 0, &what), ERR_NOT_NOW);
  assert_int_equal(client_output(w->client)->n, 0);
}

/* What a faulty or lying signer can send. The world's signer makes an honest
 * reply, which change falsifies. */
static int falsified(struct world *w, void (*change)(struct wire_reply *r))
{
  struct buf replies CLEANUP(buf_deinit) = {0};
  struct buf changed CLEANUP(buf_deinit) = {0};
  struct client_result out;
  struct wire_reply r;
  struct slice body;
  size_t size;
  bool has;
  int err;

  assert_int_equal(session_feed(w->session, client_output(w->client), FIXTURE_NOW, &replies), 0);
  assert_int_equal(wire_frame_parse(buf_slice(&replies), &body, &size), 0);
  assert_int_equal(wire_reply_parse(body, &r), 0);
  change(&r);
  wire_reply_build(&r, &changed);
  client_feed(w->client, buf_slice(&changed));
  err = client_next(w->client, &out, &has);
  assert_int_equal(has, err == 0);
  return err;
}

static void other_version(struct wire_reply *r)
{
  r->version = 2;
}

static void refused_version(struct wire_reply *r)
{
  *r = (struct wire_reply){.kind = WIRE_ERROR, .id = r->id, .error = WIRE_ERROR_VERSION};
}

static void refused_index(struct wire_reply *r)
{
  *r = (struct wire_reply){.kind = WIRE_ERROR, .id = r->id, .error = WIRE_ERROR_INDEX};
}

static void no_keys(struct wire_reply *r)
{
  r->count = 0;
}

static void too_many_keys(struct wire_reply *r)
{
  r->count = LIMIT_SERVICES + 1;
}

static void other_index(struct wire_reply *r)
{
  r->index++;
}

static void other_id(struct wire_reply *r)
{
  r->id++;
}

static void other_kind(struct wire_reply *r)
{
  r->kind = r->kind == WIRE_BLIND ? WIRE_CERTIFY : WIRE_BLIND;
}

static void other_blinded_key(struct wire_reply *r)
{
  r->public_key[3] ^= 1;
}

static void nothing(struct wire_reply *r)
{
  (void)r;
}

static void lies_in_hello_are_found(void **state)
{
  static const struct {
    void (*change)(struct wire_reply *r);
    int err;
  } lies[] = {
      {nothing, 0},
      {other_version, ERR_UNSUPPORTED},
      {refused_version, ERR_UNSUPPORTED},
      {refused_index, ERR_REFUSED},
      {no_keys, ERR_TOO_LONG},
      {too_many_keys, ERR_TOO_LONG},
      {other_index, ERR_MISMATCH},
      {other_id, ERR_MISMATCH},
      {other_kind, ERR_MISMATCH},
  };
  struct world *w = *state;

  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    client_free(w->client);
    w->client = client_new(w->suite);
    client_hello(w->client);
    assert_int_equal(falsified(w, lies[i].change), lies[i].err);
  }
}

static void a_changing_count_is_found(void **state)
{
  struct world *w = *state;
  struct client_result r;

  client_hello(w->client);
  assert_int_equal(next(w, &r), 0);
  assert_int_equal(falsified(w, too_many_keys), ERR_TOO_LONG);
  client_free(w->client);
  w->client = client_new(w->suite);
  client_hello(w->client);
  assert_int_equal(next(w, &r), 0);
  assert_int_equal(falsified(w, no_keys), ERR_TOO_LONG);
}

static void lies_in_blind_are_found(void **state)
{
  static void (*const lies[])(struct wire_reply * r) = {other_blinded_key, other_id, other_kind};
  struct wire_period period = FIXTURE_PERIOD;
  struct world *w = *state;

  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    client_free(w->client);
    w->client = client_new(w->suite);
    greet(w);
    assert_int_equal(client_blind(w->client, 1, 0, &period), 0);
    assert_int_equal(falsified(w, lies[i]), ERR_MISMATCH);
  }
}

/* Each byte of a certificate, changed. */
static size_t changed_byte;

static void change_cert(struct wire_reply *r)
{
  r->cert[changed_byte] ^= 4;
}

static void lies_in_certificates_are_found(void **state)
{
  struct world *w = *state;
  struct wire_period period = FIXTURE_PERIOD;
  struct client_certify what;
  struct client_result r;

  greet(w);
  assert_int_equal(client_blind(w->client, 1, 0, &period), 0);
  assert_int_equal(next(w, &r), 0);
  what = certify_for(&r);
  for (changed_byte = 0; changed_byte < CERT_SIZE; changed_byte++) {
    assert_int_equal(client_certify(w->client, 2, &what), 0);
    assert_true(falsified(w, change_cert) < 0);
  }
  assert_int_equal(client_certify(w->client, 3, &what), 0);
  assert_int_equal(falsified(w, nothing), 0);
  what.blinded[0] ^= 1; /* not what the signer has blinded */
  assert_int_equal(client_certify(w->client, 4, &what), 0);
  assert_int_equal(falsified(w, nothing), ERR_MISMATCH);
}

static int feed(struct world *w, const void *p, size_t n)
{
  struct client_result r;
  bool has;
  int err;

  client_feed(w->client, slice_of(p, n));
  err = client_next(w->client, &r, &has);
  assert_int_equal(has, false);
  client_free(w->client);
  w->client = client_new(w->suite);
  return err;
}

static void garbage_is_refused(void **state)
{
  assert_int_equal(feed(*state, "Permission denied (publickey).\n", 31), ERR_TOO_LONG);
  assert_int_equal(feed(*state, "\0\0\0\0", 4), ERR_TRUNCATED);
  assert_int_equal(feed(*state, "\0\0\0\5\x63\0\0\0\1", 9), ERR_UNSUPPORTED);
  assert_int_equal(feed(*state, "\0\0\0\x8\4\0\0\0\1\0\0\0", 12), ERR_MISMATCH);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(hello_tells_of_each_key, setup, teardown),
      cmocka_unit_test_setup_teardown(hello_with_many_keys, setup_many, teardown),
      cmocka_unit_test_setup_teardown(blind_and_certify, setup, teardown),
      cmocka_unit_test_setup_teardown(requests_may_be_pipelined, setup, teardown),
      cmocka_unit_test_setup_teardown(replies_may_come_in_pieces, setup, teardown),
      cmocka_unit_test_setup_teardown(refusals_are_results, setup, teardown),
      cmocka_unit_test_setup_teardown(unusable_keys_are_not_asked_for, setup, teardown),
      cmocka_unit_test_setup_teardown(lies_in_hello_are_found, setup, teardown),
      cmocka_unit_test_setup_teardown(a_changing_count_is_found, setup, teardown),
      cmocka_unit_test_setup_teardown(lies_in_blind_are_found, setup, teardown),
      cmocka_unit_test_setup_teardown(lies_in_certificates_are_found, setup, teardown),
      cmocka_unit_test_setup_teardown(garbage_is_refused, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
