/* Probes between the core and tor: which SOCKS port is taken, and what a visit comes to when
 * tor's reply and its events about circuits are put together. */
#include "daemon/probelink.h"

#include "../io/folder.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/random.h"
#include "io/unixsocket.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#define ADDRESS     "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"
#define PATIENCE_MS 60000
#define TIMEOUT_MS  120000 /* of a probe: not to be waited for */

#define METHOD_AND_LOGIN "\x05\x02\x01\x00"

struct scene {
  struct folder folder;
  char path[FOLDER_PATH_SIZE];
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct probelink *link;
  /* tor's SOCKS port */
  struct evconnlistener *listener;
  struct bufferevent *peer;
  struct buf heard;
  int n_requests;
  char username[256];
  /* what the link has told */
  int n_probed, n_introduced, n_joined;
  struct event last;
};

/* ---- tor ---- */

static void hang_up(struct scene *s)
{
  if (s->peer != NULL) {
    bufferevent_free(s->peer);
    s->peer = NULL;
  }
}

/* The greeting is answered at once, login included; the reply is left to the test. */
static void on_heard(struct bufferevent *peer, void *ctx)
{
  struct scene *s = ctx;
  const uint8_t *login;
  uint8_t bytes[512];
  size_t n;

  if (s->heard.n == 0) {
    bufferevent_write(peer, METHOD_AND_LOGIN, 4);
  }
  while ((n = bufferevent_read(peer, bytes, sizeof bytes)) > 0) {
    buf_add(&s->heard, bytes, n);
  }
  if (memmem(s->heard.p, s->heard.n, ADDRESS ".onion", 62) == NULL) {
    return;
  }
  login = s->heard.p + 2 + s->heard.p[1]; /* behind the list of methods */
  memcpy(s->username, login + 2, login[1]);
  s->username[login[1]] = '\0';
  s->n_requests++;
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
  buf_clear(&s->heard);
  s->peer = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(s->peer, on_heard, NULL, on_end, s);
  bufferevent_enable(s->peer, EV_READ | EV_WRITE);
}

static void on_written(struct bufferevent *peer, void *ctx)
{
  on_end(peer, 0, ctx);
}

/* The reply; tor hangs up behind one that says no. */
static void say(struct scene *s, uint8_t code)
{
  uint8_t reply[10] = {5, code, 0, 1};

  assert_non_null(s->peer);
  bufferevent_setcb(s->peer, on_heard, code == 0 ? NULL : on_written, on_end, s);
  bufferevent_write(s->peer, reply, sizeof reply);
}

static void circuit(struct scene *s, enum torevent_hs_state state, uint8_t relay)
{
  struct torevent t = {.kind = TOREVENT_CIRC_MINOR,
                       .hs_state = state,
                       .has_last_hop = true,
                       .last_hop = {relay},
                       .username = slice_str(s->username)};

  probelink_see(s->link, &t);
}

/* ---- the core ---- */

static void on_event(void *ctx, const struct event *e)
{
  struct scene *s = ctx;

  s->n_probed += e->kind == EVENT_PROBED;
  s->n_introduced += e->kind == EVENT_INTRODUCED;
  s->n_joined += e->kind == EVENT_JOINED;
  s->last = *e;
}

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

static void probe(struct scene *s, uint64_t id)
{
  struct action a = {.kind = ACTION_PROBE, .probe = id, .port = 80, .timeout = TIMEOUT_MS};

  assert_int_equal(address_parse(s->suite, slice_str(ADDRESS), &a.address), 0);
  probelink_do(s->link, &a);
}

static int count_log(const struct scene *s, const char *text)
{
  char *log = folder_read(&s->folder, "log");
  int n = 0;

  for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
    n++;
  }
  free(log);
  return n;
}

/* tor is up, and names this listener. */
static bool up_with(struct scene *s, const struct endpoint *control, const char *line)
{
  struct reply_line lines[] = {{.code = 250, .text = slice_str(line)},
                               {.code = 250, .text = slice_str("OK")}};
  struct reply reply = {.code = 250, .lines = lines, .n_lines = 2};

  return probelink_up(s->link, control, &reply);
}

static const struct endpoint local = {.kind = ENDPOINT_UNIX, .path = "/run/tor/control"};

static bool up(struct scene *s)
{
  char line[FOLDER_PATH_SIZE + 64];

  snprintf(line, sizeof line, LISTENERS_KEY "=\"unix:%s\"", s->path);
  return up_with(s, &local, line);
}

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  struct probelink_config config = {.rng = &random_rng, .event = on_event, .ctx = s};
  char log[FOLDER_PATH_SIZE];
  int fd;

  folder_init(&s->folder);
  folder_file(&s->folder, "socks", s->path);
  folder_file(&s->folder, "log", log);
  config.base = s->base = loop_new();
  config.suite = s->suite = suite_new();
  config.logger = s->logger = logger_new(LOG_LEVEL_INFO);
  assert_int_equal(logger_open(s->logger, log), 0);
  assert_int_equal(unixsocket_listen(s->path, 0600, &fd), 0);
  s->listener = evconnlistener_new(s->base, on_accept, s, LEV_OPT_CLOSE_ON_FREE, 0, fd);
  s->link = probelink_new(&config);
  *state = s;
  return s->listener == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  probelink_free(s->link);
  hang_up(s);
  evconnlistener_free(s->listener);
  logger_free(s->logger);
  suite_free(s->suite);
  loop_free(s->base);
  folder_deinit(&s->folder);
  buf_deinit(&s->heard);
  free(s);
  return 0;
}

/* ---- which port ---- */

/* The one that is found where tor is at control, as text; "" if none is. */
static void assert_port(const struct scene *s, const char *control, const char *line,
                        const char *expected)
{
  struct reply_line lines[] = {{.code = 250, .text = slice_str(line)},
                               {.code = 250, .text = slice_str("OK")}};
  struct reply reply = {.code = 250, .lines = lines, .n_lines = 2};
  CLEANUP(buf_deinit) struct buf found = {0};
  struct endpoint at = {.kind = ENDPOINT_TCP, .port = 9051}, port = {.kind = ENDPOINT_NONE};

  snprintf(at.host, sizeof at.host, "%s", control);
  if (probelink_find(s->logger, &at, &reply, &port)) {
    endpoint_build(&port, &found);
  }
  assert_string_equal(buf_str(&found), expected);
}

static void a_port_is_found(void **state)
{
  struct scene *s = *state;

  assert_port(s, "127.0.0.1", LISTENERS_KEY "=\"127.0.0.1:9050\" \"127.0.0.1:9150\"",
              "127.0.0.1:9050");
  assert_port(s, "::1", LISTENERS_KEY "=\"unix:/run/tor/socks\" \"127.0.0.1:9150\"",
              "127.0.0.1:9150");
  assert_port(s, "127.0.0.1", LISTENERS_KEY "=\"unix:/run/tor/socks\"", "unix:/run/tor/socks");
  assert_int_equal(count_log(s, "WARNING"), 0);
  assert_port(s, "127.0.0.1", LISTENERS_KEY "=", "");
  assert_port(s, "127.0.0.1", "net/listeners/dns=\"127.0.0.1:53\"", "");
  assert_int_equal(count_log(s, "tor has no SOCKS port: backends cannot be probed"), 2);
  assert_port(s, "10.0.0.7", LISTENERS_KEY "=\"127.0.0.1:9050\"", "");
  assert_int_equal(count_log(s, "tor is on another machine and its SOCKS port is not known"), 1);
}

static void a_configured_port_is_taken(void **state)
{
  struct scene *s = *state;
  struct reply_line line = {.code = 250, .text = slice_str(LISTENERS_KEY "=\"127.0.0.1:9050\"")};
  struct reply reply = {.code = 250, .lines = &line, .n_lines = 1};
  struct endpoint far = {.kind = ENDPOINT_TCP, .host = "10.0.0.7", .port = 9051};
  struct endpoint port = {.kind = ENDPOINT_TCP, .host = "10.0.0.7", .port = 9050};

  assert_true(probelink_find(s->logger, &far, &reply, &port));
  assert_string_equal(port.host, "10.0.0.7");
  assert_int_equal(count_log(s, "WARNING"), 0);
}

/* ---- what a visit comes to ---- */

/* Events that come before the reply, up to TOREVENT_HS_STATE_NONE. */
static const struct {
  enum torevent_hs_state seen[4];
  uint8_t code;
  enum probe_end end;
} visits[] = {
    {{0}, 0x00, PROBE_ANSWERED},
    {{0}, 0x02, PROBE_NOT_READY},
    {{0}, 0x04, PROBE_NO_DESCRIPTOR},
    {{0}, 0x05, PROBE_REFUSED},
    {{0}, 0xF0, PROBE_NO_DESCRIPTOR},
    {{TOREVENT_HS_STATE_OTHER}, 0x04, PROBE_NO_DESCRIPTOR},
    {{TOREVENT_INTRO_SENT}, 0x04, PROBE_FAILED},
    {{TOREVENT_INTRO_SENT, TOREVENT_INTRO_DONE}, 0x04, PROBE_FAILED},
    {{TOREVENT_INTRO_SENT, TOREVENT_REND_JOINED}, 0x04, PROBE_REFUSED},
    {{TOREVENT_INTRO_SENT, TOREVENT_REND_JOINED}, 0xF0, PROBE_REFUSED},
    {{TOREVENT_INTRO_SENT, TOREVENT_REND_JOINED}, 0xF3, PROBE_REFUSED},
    {{TOREVENT_INTRO_SENT, TOREVENT_REND_JOINED}, 0x00, PROBE_ANSWERED},
    {{TOREVENT_INTRO_SENT, TOREVENT_REND_JOINED}, 0x06, PROBE_TIMED_OUT},
};

static void reply_and_events_are_put_together(void **state)
{
  struct scene *s = *state;

  assert_true(up(s));
  for (size_t i = 0; i < sizeof visits / sizeof visits[0]; i++) {
    probe(s, 100 + i);
    until(s, &s->n_requests, (int)i + 1);
    for (size_t k = 0; k < 4 && visits[i].seen[k] != TOREVENT_HS_STATE_NONE; k++) {
      circuit(s, visits[i].seen[k], 1);
    }
    say(s, visits[i].code);
    until(s, &s->n_probed, (int)i + 1);
    assert_int_equal(s->last.probe, 100 + i);
    assert_int_equal(s->last.probe_end, visits[i].end);
  }
}

static void circuits_are_told_of(void **state)
{
  struct scene *s = *state;

  assert_true(up(s));
  probe(s, 5);
  until(s, &s->n_requests, 1);
  circuit(s, TOREVENT_INTRO_SENT, 1);
  circuit(s, TOREVENT_INTRO_DONE, 1); /* which was a refusal */
  assert_int_equal(s->n_introduced, 0);
  circuit(s, TOREVENT_INTRO_SENT, 2);
  circuit(s, TOREVENT_REND_WAITING, 9);
  circuit(s, TOREVENT_INTRO_DONE, 2);
  assert_int_equal(s->n_introduced, 1);
  assert_int_equal(s->last.probe, 5);
  assert_int_equal(s->last.fingerprint[0], 2);
  circuit(s, TOREVENT_REND_JOINED, 9);
  assert_int_equal(s->n_joined, 1);
  assert_int_equal(s->last.probe, 5);
  circuit(s, TOREVENT_REND_JOINED, 9);
  assert_int_equal(s->n_joined, 1);
}

static void circuits_of_others_are_not(void **state)
{
  struct scene *s = *state;
  char mine[256];

  assert_true(up(s));
  probe(s, 5);
  until(s, &s->n_requests, 1);
  memcpy(mine, s->username, sizeof mine);
  for (const char *const *name = (const char *const[]){"", "somebody", "ob", NULL}; *name; name++) {
    snprintf(s->username, sizeof s->username, "%s", *name);
    circuit(s, TOREVENT_INTRO_SENT, 1);
    circuit(s, TOREVENT_REND_JOINED, 1);
  }
  assert_int_equal(s->n_introduced + s->n_joined, 0);
  memcpy(s->username, mine, sizeof mine);
  say(s, 0x04);
  until(s, &s->n_probed, 1);
  assert_int_equal(s->last.probe_end, PROBE_NO_DESCRIPTOR);
  circuit(s, TOREVENT_INTRO_SENT, 1); /* it is over */
  circuit(s, TOREVENT_REND_JOINED, 1);
  assert_int_equal(s->n_introduced + s->n_joined, 0);
}

/* One that was stopped, and all of them when tor goes, are not heard of any more. */
static void what_is_stopped_is_silent(void **state)
{
  struct scene *s = *state;
  struct action stop = {.kind = ACTION_PROBE_STOP, .probe = 5};

  assert_true(up(s));
  probe(s, 5);
  until(s, &s->n_requests, 1);
  probelink_do(s->link, &stop);
  probelink_do(s->link, &stop); /* once more does no harm */
  circuit(s, TOREVENT_INTRO_SENT, 1);
  circuit(s, TOREVENT_REND_JOINED, 1);
  probe(s, 6);
  until(s, &s->n_requests, 2);
  probelink_down(s->link);
  circuit(s, TOREVENT_INTRO_SENT, 1);
  circuit(s, TOREVENT_REND_JOINED, 1);
  assert_true(up(s));
  probe(s, 7);
  until(s, &s->n_requests, 3);
  say(s, 0x00);
  until(s, &s->n_probed, 1);
  assert_int_equal(s->last.probe, 7);
  assert_int_equal(s->n_introduced + s->n_joined, 0);
}

/* A port that does not work is warned of once, until it has. */
static void a_bad_port_is_told_once(void **state)
{
  struct scene *s = *state;
  static const char warning[] = "WARNING]: cannot probe through tor's SOCKS port: ";
  static const uint8_t codes[] = {0x02, 0x02, 0x00, 0x02};
  static const int warnings[] = {1, 1, 1, 2};

  assert_true(up(s));
  assert_int_equal(count_log(s, "probing through tor's SOCKS port unix:/"), 1);
  for (int i = 0; i < 4; i++) {
    probe(s, (uint64_t)i);
    until(s, &s->n_requests, i + 1);
    say(s, codes[i]);
    until(s, &s->n_probed, i + 1);
    assert_int_equal(count_log(s, warning), warnings[i]);
  }
}

static void without_a_port_nothing_begins(void **state)
{
  struct scene *s = *state;

  assert_false(up_with(s, &local, LISTENERS_KEY "="));
  probe(s, 5);
  until(s, &s->n_probed, 1);
  assert_int_equal(s->last.probe_end, PROBE_NOT_READY);
  assert_int_equal(s->n_requests, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_port_is_found),
      TEST(a_configured_port_is_taken),
      TEST(reply_and_events_are_put_together),
      TEST(circuits_are_told_of),
      TEST(circuits_of_others_are_not),
      TEST(what_is_stopped_is_silent),
      TEST(a_bad_port_is_told_once),
      TEST(without_a_port_nothing_begins),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
