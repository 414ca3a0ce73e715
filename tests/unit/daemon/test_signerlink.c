/* The publisher's side of a signer: what it takes from one, and that one which lies, ends or
 * is not there does no harm, is told of and is come back to. */
#include "daemon/signerlink.h"

#include "../io/folder.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/unixsocket.h"
#include "signer/session.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sodium.h>

#define PATIENCE_MS 60000

/* 2026-11-22 15:44:40 UTC, for which the signer here takes each moment. */
#define NOW     ((struct wall){1795362280})
#define PERIOD  20779
#define MINUTES 1440
#define EXPIRES ((uint32_t)(1795362280 / 3600 + 1 + 54))

struct scene;

/* What a signer makes of a good answer; false: it sends nothing more. */
typedef bool trick(struct scene *s, struct wire_reply *r);

struct scene {
  struct folder folder;
  char path[FOLDER_PATH_SIZE];
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct keysource source;
  struct signerlink *link;
  /* the signer */
  struct session *session;
  struct evconnlistener *listener;
  struct bufferevent *peer;
  trick *trick;
  enum wire_kind tricked; /* answers of this kind */
  int n_accepted, n_asked;
  /* what the link has told */
  int n_keys, n_ready, n_lost, n_events;
  char why[256], refusal[256];
  enum event_kind kind;
  uint32_t service;
  uint8_t blinded[32], revision_key[32], cert[CERT_SIZE];
};

/* ---- the signer ---- */

static void hang_up(struct scene *s)
{
  if (s->peer != NULL) {
    bufferevent_free(s->peer);
    s->peer = NULL;
  }
}

static void answer(struct scene *s, const struct wire_request *q)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct wire_reply r;
  trick *t = s->trick;

  s->n_asked++;
  session_answer(s->session, q, NOW, &r);
  if (t != NULL && q->kind == s->tricked) {
    s->trick = NULL; /* the next connection finds it honest */
    if (!t(s, &r)) {
      return;
    }
  }
  wire_reply_build(&r, &out);
  bufferevent_write(s->peer, out.p, out.n);
}

static void on_request(struct bufferevent *peer, void *ctx)
{
  struct scene *s = ctx;
  struct evbuffer *in = bufferevent_get_input(peer);
  struct slice body;
  size_t size = 0;

  for (;;) {
    size_t n = evbuffer_get_length(in);
    struct wire_request q;

    assert_int_equal(wire_frame_parse(slice_of(evbuffer_pullup(in, -1), n), &body, &size), 0);
    if (size == 0) {
      return;
    }
    assert_int_equal(wire_request_parse(body, &q), 0);
    evbuffer_drain(in, size);
    answer(s, &q);
    if (s->peer != peer) {
      return;
    }
  }
}

static void on_end(struct bufferevent *peer, short what, void *ctx)
{
  struct scene *s = ctx;

  (void)what;
  if (s->peer == peer) {
    hang_up(s);
  }
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n,
                      void *ctx)
{
  struct scene *s = ctx;

  (void)l;
  (void)a;
  (void)n;
  hang_up(s);
  s->n_accepted++;
  s->peer = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(s->peer, on_request, NULL, on_end, s);
  bufferevent_enable(s->peer, EV_READ | EV_WRITE);
}

static void start_listening(struct scene *s)
{
  int fd;

  assert_int_equal(unixsocket_listen(s->path, 0600, &fd), 0);
  s->listener = evconnlistener_new(s->base, on_accept, s, LEV_OPT_CLOSE_ON_FREE, 0, fd);
  assert_non_null(s->listener);
}

/* ---- the link ---- */

static void on_key(void *ctx, const struct signerlink_key *key)
{
  struct scene *s = ctx;

  assert_int_equal(key->index, s->n_keys % 2);
  assert_int_equal(key->status, WIRE_STATUS_GOOD);
  assert_false(signerlink_is_ready(s->link));
  s->n_keys++;
}

static void on_ready(void *ctx)
{
  struct scene *s = ctx;

  assert_true(signerlink_is_ready(s->link));
  s->n_ready++;
}

static void on_lost(void *ctx, const char *why)
{
  struct scene *s = ctx;

  assert_false(signerlink_is_ready(s->link));
  snprintf(s->why, sizeof s->why, "%s", why);
  s->n_lost++;
}

static void on_event(void *ctx, const struct event *e)
{
  struct scene *s = ctx;

  s->kind = e->kind;
  s->service = e->service;
  assert_int_equal(e->period.minutes, MINUTES);
  if (e->kind == EVENT_BLINDED) {
    memcpy(s->blinded, e->blinded_key, 32);
    memcpy(s->revision_key, e->revision_key, 32);
  } else if (e->kind == EVENT_CERTIFIED) {
    memcpy(s->cert, e->cert, CERT_SIZE);
  } else {
    snprintf(s->refusal, sizeof s->refusal, "%s", e->why);
  }
  s->n_events++;
}

static void open_link(struct scene *s, const char *form, const char *where)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct signerlink_config config = {.base = s->base,
                                     .logger = s->logger,
                                     .suite = s->suite,
                                     .source = &s->source,
                                     .n_keys = 2,
                                     .handler = {on_key, on_ready, on_lost, on_event, s}};

  buf_addf(&text, "%s%s", form, where);
  assert_int_equal(keysource_parse(buf_slice(&text), &s->source), 0);
  s->link = signerlink_new(&config);
}

/* Runs the loop until a counter has reached a value. */
static void until(struct scene *s, const int *counter, int value)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_MS);

  while (*counter < value) {
    const struct timeval tick = {.tv_usec = 5000};

    assert_false(mono_is_due(deadline, clock_mono()));
    event_base_loopexit(s->base, &tick);
    event_base_dispatch(s->base);
  }
}

static void ask(struct scene *s, enum action_kind kind, uint64_t period)
{
  struct action a = {
      .kind = kind, .period = {period, MINUTES}, .key = {7}, .expiration_hours = EXPIRES};

  memcpy(a.blinded_key, s->blinded, sizeof a.blinded_key);
  signerlink_do(s->link, &a, 1);
}

/* Asks for a blinded key and for a certificate, and gets them. */
static void use(struct scene *s)
{
  struct cert cert;
  int n = s->n_events;

  ask(s, ACTION_BLIND, PERIOD);
  until(s, &s->n_events, n + 1);
  assert_int_equal(s->kind, EVENT_BLINDED);
  assert_int_equal(s->service, 1);
  ask(s, ACTION_CERTIFY, PERIOD);
  until(s, &s->n_events, n + 2);
  assert_int_equal(s->kind, EVENT_CERTIFIED);
  assert_int_equal(cert_parse(slice_of(s->cert, CERT_SIZE), &cert), 0);
  assert_int_equal(cert_check(&cert, CERT_DESC_SIGNING, s->blinded, NOW), 0);
  assert_int_equal(cert.key[0], 7);
}

static bool is_logged(const struct scene *s, const char *text)
{
  char *log = folder_read(&s->folder, "log");
  bool found = strstr(log, text) != NULL;

  free(log);
  return found;
}

/* ---- scenes ---- */

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  struct keyring *keys = keyring_new(2);
  char log[FOLDER_PATH_SIZE];

  for (size_t i = 0; i < 2; i++) {
    uint8_t seed[ED25519_SEED_SIZE] = {(uint8_t)(i + 1)}, expanded[ED25519_EXPANDED_SIZE];

    ed25519_expand(seed, expanded);
    assert_int_equal(keyring_put(keys, i, expanded), 0);
  }
  s->session = session_new(keys);
  keyring_free(keys);
  folder_init(&s->folder);
  folder_file(&s->folder, "signer", s->path);
  folder_file(&s->folder, "log", log);
  s->base = loop_new();
  s->suite = suite_new();
  s->logger = logger_new(LOG_LEVEL_INFO);
  *state = s;
  return logger_open(s->logger, log);
}

static int teardown(void **state)
{
  struct scene *s = *state;

  signerlink_free(s->link);
  hang_up(s);
  if (s->listener != NULL) {
    evconnlistener_free(s->listener);
  }
  keysource_deinit(&s->source);
  session_free(s->session);
  logger_free(s->logger);
  suite_free(s->suite);
  loop_free(s->base);
  folder_deinit(&s->folder);
  free(s);
  return 0;
}

static void asks_and_gets(void **state)
{
  struct scene *s = *state;

  start_listening(s);
  open_link(s, "unix:", s->path);
  assert_non_null(strstr(signerlink_label(s->link), "the signer at unix:/"));
  until(s, &s->n_ready, 1);
  assert_int_equal(s->n_keys, 2);
  use(s);
  assert_int_equal(s->n_lost, 0);
  assert_int_equal(s->n_accepted, 1);
}

static void nothing_is_asked_too_early(void **state)
{
  struct scene *s = *state;

  start_listening(s);
  open_link(s, "unix:", s->path);
  ask(s, ACTION_BLIND, PERIOD);
  until(s, &s->n_ready, 1);
  assert_int_equal(s->n_asked, 2); /* for the two keys */
  assert_int_equal(s->n_events, 0);
}

static void a_refusal_is_an_event(void **state)
{
  struct scene *s = *state;

  start_listening(s);
  open_link(s, "unix:", s->path);
  until(s, &s->n_ready, 1);
  ask(s, ACTION_BLIND, PERIOD + 99);
  until(s, &s->n_events, 1);
  assert_int_equal(s->kind, EVENT_SIGNER_REFUSED);
  assert_non_null(strstr(s->refusal, "too far in the future"));
  use(s); /* and no more than that */
  assert_int_equal(s->n_lost, 0);
}

/* ---- what a signer that was taken over may try ---- */

static bool says_nonsense(struct scene *s, struct wire_reply *r)
{
  (void)r;
  bufferevent_write(s->peer, "HTTP/1.1 400 Bad Request\r\n", 26);
  return false;
}

static bool says_half(struct scene *s, struct wire_reply *r)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  wire_reply_build(r, &out);
  bufferevent_write(s->peer, out.p, out.n / 2);
  bufferevent_flush(s->peer, EV_WRITE, BEV_FLUSH);
  s->trick = says_nonsense;
  return false;
}

static bool takes_other_number(struct scene *s, struct wire_reply *r)
{
  (void)s;
  r->id += 1;
  return true;
}

static bool answers_twice(struct scene *s, struct wire_reply *r)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  wire_reply_build(r, &out);
  bufferevent_write(s->peer, out.p, out.n);
  return true;
}

static bool changes_point(struct scene *s, struct wire_reply *r)
{
  (void)s;
  r->public_key[4] ^= 1;
  return true;
}

static bool changes_kind(struct scene *s, struct wire_reply *r)
{
  (void)s;
  r->kind = r->kind == WIRE_BLIND ? WIRE_CERTIFY : WIRE_BLIND;
  return true;
}

static bool changes_cert(struct scene *s, struct wire_reply *r)
{
  (void)s;
  r->cert[CERT_SIZE - 40] ^= 1; /* its signature */
  return true;
}

/* A good certificate, but for the key of somebody else. */
static bool certifies_other(struct scene *s, struct wire_reply *r)
{
  struct wire_request q = {.kind = WIRE_CERTIFY,
                           .id = r->id,
                           .index = 1,
                           .period = {PERIOD, MINUTES},
                           .key = {66},
                           .expiration_hours = EXPIRES};

  session_answer(s->session, &q, NOW, r);
  return true;
}

static bool certifies_with_other(struct scene *s, struct wire_reply *r)
{
  struct wire_request q = {.kind = WIRE_CERTIFY,
                           .id = r->id,
                           .index = 0,
                           .period = {PERIOD, MINUTES},
                           .key = {7},
                           .expiration_hours = EXPIRES};

  session_answer(s->session, &q, NOW, r);
  return true;
}

static bool certifies_for_longer(struct scene *s, struct wire_reply *r)
{
  struct wire_request q = {.kind = WIRE_CERTIFY,
                           .id = r->id,
                           .index = 1,
                           .period = {PERIOD, MINUTES},
                           .key = {7},
                           .expiration_hours = EXPIRES + 1};

  session_answer(s->session, &q, NOW, r);
  return true;
}

static const struct {
  enum wire_kind when;
  trick *trick;
  int n_events; /* good ones before it is found out */
} tricks[] = {
    {WIRE_HELLO, says_nonsense, 0},          {WIRE_HELLO, takes_other_number, 0},
    {WIRE_HELLO, answers_twice, 0},          {WIRE_HELLO, changes_kind, 0},
    {WIRE_BLIND, says_nonsense, 0},          {WIRE_BLIND, takes_other_number, 0},
    {WIRE_BLIND, answers_twice, 1},          {WIRE_BLIND, changes_point, 0},
    {WIRE_BLIND, changes_kind, 0},           {WIRE_CERTIFY, changes_kind, 1},
    {WIRE_CERTIFY, changes_cert, 1},         {WIRE_CERTIFY, certifies_other, 1},
    {WIRE_CERTIFY, certifies_with_other, 1}, {WIRE_CERTIFY, certifies_for_longer, 1},
    {WIRE_CERTIFY, answers_twice, 2},
};

static void ask_until_lost(struct scene *s)
{
  until(s, &s->n_ready, 1);
  ask(s, ACTION_BLIND, PERIOD);
  if (s->tricked == WIRE_CERTIFY) {
    until(s, &s->n_events, 1);
    ask(s, ACTION_CERTIFY, PERIOD);
  }
}

/* Each lie is noticed, told of once, and is no event; then it is asked again. */
static void lies_are_found_out(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof tricks / sizeof tricks[0]; i++) {
    struct scene *s;

    assert_int_equal(setup((void **)&s), 0);
    s->trick = tricks[i].trick;
    s->tricked = tricks[i].when;
    start_listening(s);
    open_link(s, "unix:", s->path);
    if (s->tricked != WIRE_HELLO) {
      ask_until_lost(s);
    }
    until(s, &s->n_lost, 1);
    assert_string_equal(s->why, "it was cut off");
    assert_true(is_logged(s, "ERROR]: the answer of the signer at unix:/"));
    assert_true(is_logged(s, "/signer is not to be trusted: "));
    assert_int_equal(s->n_events, tricks[i].n_events);
    s->n_keys = 0;
    until(s, &s->n_ready, s->tricked == WIRE_HELLO ? 1 : 2);
    assert_int_equal(s->n_lost, 1);
    assert_int_equal(s->n_accepted, 2);
    use(s);
    teardown((void **)&s);
  }
}

/* ---- what may just happen ---- */

static bool hangs_up(struct scene *s, struct wire_reply *r)
{
  (void)r;
  hang_up(s);
  return false;
}

static void who_hangs_up_is_come_back_to(void **state)
{
  struct scene *s = *state;

  start_listening(s);
  s->trick = hangs_up;
  s->tricked = WIRE_BLIND;
  open_link(s, "unix:", s->path);
  until(s, &s->n_ready, 1);
  ask(s, ACTION_BLIND, PERIOD);
  until(s, &s->n_lost, 1);
  assert_string_equal(s->why, "it has hung up");
  ask(s, ACTION_BLIND, PERIOD); /* which nobody hears */
  until(s, &s->n_ready, 2);
  assert_int_equal(s->n_events, 0);
  use(s);
}

/* Half an answer is waited for; what comes behind it is not taken for the rest. */
static void half_an_answer_is_none(void **state)
{
  struct scene *s = *state;

  start_listening(s);
  s->trick = says_half;
  s->tricked = WIRE_BLIND;
  open_link(s, "unix:", s->path);
  until(s, &s->n_ready, 1);
  ask(s, ACTION_BLIND, PERIOD);
  until(s, &s->n_asked, 3);
  assert_int_equal(s->n_events, 0);
  ask(s, ACTION_BLIND, PERIOD);
  until(s, &s->n_asked, 4);
  hang_up(s);
  until(s, &s->n_lost, 1);
  assert_int_equal(s->n_events, 0);
  until(s, &s->n_ready, 2);
  use(s);
}

static void a_socket_may_come_later(void **state)
{
  struct scene *s = *state;

  open_link(s, "unix:", s->path);
  until(s, &s->n_lost, 1);
  assert_string_equal(s->why, "it cannot be reached");
  assert_true(is_logged(s, "cannot connect to the signer: "));
  start_listening(s);
  until(s, &s->n_ready, 1);
  use(s);
}

static void a_command_may_end(void **state)
{
  struct scene *s = *state;

  open_link(s, "exec:", "sh -c 'exit 9'");
  until(s, &s->n_lost, 2); /* and is started again */
  assert_string_equal(s->why, "exited with status 9");
  assert_int_equal(s->n_keys, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(asks_and_gets, setup, teardown),
      cmocka_unit_test_setup_teardown(nothing_is_asked_too_early, setup, teardown),
      cmocka_unit_test_setup_teardown(a_refusal_is_an_event, setup, teardown),
      cmocka_unit_test(lies_are_found_out),
      cmocka_unit_test_setup_teardown(who_hangs_up_is_come_back_to, setup, teardown),
      cmocka_unit_test_setup_teardown(half_an_answer_is_none, setup, teardown),
      cmocka_unit_test_setup_teardown(a_socket_may_come_later, setup, teardown),
      cmocka_unit_test_setup_teardown(a_command_may_end, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
