#include "io/visitor.h"

#include "base/err.h"
#include "base/slice.h"
#include "io/loop.h"
#include "io/random.h"
#include "io/timer.h"

#include "folder.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <string.h>
#include <sys/un.h>

#define HOST   "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
#define METHOD "\x05\x02"
#define LOGIN  "\x01\x00"

/* One visit to a scripted SOCKS port. */
struct fixture {
  struct event_base *base;
  struct visitor *visitor;
  struct folder folder;
  struct endpoint port;
  struct evconnlistener *listener;
  struct bufferevent *peer;
  struct buf heard;  /* all that the port was told */
  struct slice says; /* all that it answers, as soon as it is told something */
  bool closes;       /* after that */
  bool has_said;
  int n_reports;
  struct visitor_report report;
};

static void stop(void *ctx)
{
  loop_stop(ctx);
}

static void run_for(struct fixture *f, int64_t ms)
{
  struct timer *t = timer_new(f->base, stop, f->base);

  timer_set(t, ms);
  loop_run(f->base);
  timer_free(t);
}

static void done(void *ctx, const struct visitor_report *r)
{
  struct fixture *f = ctx;

  f->n_reports++;
  f->report = *r;
  loop_stop(f->base);
}

static void hang_up(struct bufferevent *peer, void *ctx)
{
  struct fixture *f = ctx;

  if (f->closes && f->has_said && f->peer == peer) {
    f->peer = NULL;
    bufferevent_free(peer);
  }
}

static void hear(struct bufferevent *peer, void *ctx)
{
  struct fixture *f = ctx;
  uint8_t bytes[512];
  size_t n;

  while ((n = bufferevent_read(peer, bytes, sizeof bytes)) > 0) {
    buf_add(&f->heard, bytes, n);
  }
  if (!f->has_said) {
    f->has_said = true;
    bufferevent_write(peer, f->says.p, f->says.n);
  }
}

static void see(struct bufferevent *peer, short what, void *ctx)
{
  struct fixture *f = ctx;

  (void)what;
  f->peer = NULL;
  bufferevent_free(peer);
}

static void take(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                 int n, void *ctx)
{
  struct fixture *f = ctx;

  (void)listener;
  (void)address;
  (void)n;
  f->peer = bufferevent_socket_new(f->base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(f->peer, hear, hang_up, see, f);
  bufferevent_enable(f->peer, EV_READ | EV_WRITE);
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct sockaddr_un sun = {.sun_family = AF_UNIX};
  struct visitor_config config = {.rng = &random_rng, .done = done, .ctx = f};

  folder_init(&f->folder);
  f->base = loop_new();
  config.base = f->base;
  f->visitor = visitor_new(&config);
  f->port.kind = ENDPOINT_UNIX;
  snprintf(f->port.path, sizeof f->port.path, "%s/socks", f->folder.path);
  memcpy(sun.sun_path, f->port.path, sizeof f->port.path);
  f->listener = evconnlistener_new_bind(f->base, take, f, LEV_OPT_CLOSE_ON_FREE, 16,
                                        (struct sockaddr *)&sun, sizeof sun);
  visitor_set_port(f->visitor, &f->port);
  *state = f;
  return f->listener == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  visitor_free(f->visitor);
  if (f->peer != NULL) {
    bufferevent_free(f->peer);
  }
  evconnlistener_free(f->listener);
  loop_free(f->base);
  folder_deinit(&f->folder);
  buf_deinit(&f->heard);
  free(f);
  return 0;
}

static const struct probe_spec plain = {.port = 80, .timeout = 5000};
static const struct probe_spec web = {
    .port = 80, .timeout = 5000, .http_path = "/", .http_min = 200, .http_max = 399};

/* How a visit ends at a port that says that. */
#define SAYS(text) slice_of(text, sizeof(text) - 1)
static enum probe_end visit(struct fixture *f, const struct probe_spec *spec, struct slice says)
{
  f->says = says;
  visitor_start(f->visitor, 7, HOST, spec);
  run_for(f, 10000);
  assert_int_equal(f->n_reports, 1);
  assert_int_equal(f->report.id, 7);
  return f->report.end;
}

static bool has_heard(const struct fixture *f, struct slice what)
{
  return memmem(f->heard.p, f->heard.n, what.p, what.n) != NULL;
}

#define REPLY(code) METHOD LOGIN "\x05" code "\x00\x01\x00\x00\x00\x00\x00\x00"

static void connected(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &plain, SAYS(REPLY("\x00"))), PROBE_ANSWERED);
  assert_false(f->report.is_extended);
}

static void says_what_it_wants(void **state)
{
  struct fixture *f = *state;
  uint64_t id = 0;
  const uint8_t *name;

  f->says = SAYS(METHOD LOGIN);
  visitor_start(f->visitor, 7, HOST, &plain);
  run_for(f, 300);
  assert_true(has_heard(f, SAYS(HOST "\x00\x50")));
  name = memmem(f->heard.p, f->heard.n, "onionbalance-", 13);
  assert_non_null(name);
  assert_true(visitor_find(f->visitor, slice_of(name, (size_t)name[-1]), &id));
  assert_int_equal(id, 7);
  assert_false(visitor_find(f->visitor, slice_of(name, (size_t)name[-1] - 1), &id));
  assert_false(visitor_find(f->visitor, SAYS("onionbalance-0011223344556677-7"), &id));
  visitor_stop(f->visitor, 7);
  assert_false(visitor_find(f->visitor, slice_of(name, (size_t)name[-1]), &id));
  run_for(f, 100);
  assert_int_equal(f->n_reports, 0);
}

static void failures(void **state)
{
  static const struct {
    const char *reply;
    enum probe_end end;
  } cases[] = {
      {REPLY("\x05"), PROBE_REFUSED},   {REPLY("\x01"), PROBE_FAILED},
      {REPLY("\x04"), PROBE_FAILED},    {REPLY("\x06"), PROBE_TIMED_OUT},
      {REPLY("\x02"), PROBE_NOT_READY}, {REPLY("\xf0"), PROBE_NO_DESCRIPTOR},
      {REPLY("\xf2"), PROBE_FAILED},    {REPLY("\x63"), PROBE_FAILED},
  };
  struct fixture *f = *state;

  f->closes = true;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    f->n_reports = 0;
    f->has_said = false;
    assert_int_equal(visit(f, &plain, slice_of(cases[i].reply, sizeof REPLY("\x00") - 1)),
                     cases[i].end);
  }
}

/* A code of tor's own, and the connection stays: it was made. */
static void doubtful(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &plain, SAYS(REPLY("\xf0"))), PROBE_ANSWERED);
  assert_true(f->report.is_extended);
}

static void doubtful_web(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &web, SAYS(REPLY("\xf0") "HTTP/1.0 200 OK\r\n")), PROBE_ANSWERED);
}

static void doubtful_web_closed(void **state)
{
  struct fixture *f = *state;

  f->closes = true;
  assert_int_equal(visit(f, &web, SAYS(REPLY("\xf0"))), PROBE_NO_DESCRIPTOR);
}

static void web_answers(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &web, SAYS(REPLY("\x00") "HTTP/1.1 302 Found\r\n")), PROBE_ANSWERED);
}

static void web_answers_otherwise(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &web, SAYS(REPLY("\x00") "HTTP/1.1 500 Oops\r\n")), PROBE_UNEXPECTED);
}

static void web_closes(void **state)
{
  struct fixture *f = *state;

  f->closes = true;
  assert_int_equal(visit(f, &web, SAYS(REPLY("\x00"))), PROBE_UNEXPECTED);
}

static void web_is_silent(void **state)
{
  struct fixture *f = *state;
  struct probe_spec spec = web;

  spec.timeout = 200;
  assert_int_equal(visit(f, &spec, SAYS(REPLY("\x00"))), PROBE_UNEXPECTED);
}

/* An answer without end is cut. */
static void web_floods(void **state)
{
  struct fixture *f = *state;
  CLEANUP(buf_deinit) struct buf flood = {0};
  struct probe_spec spec = web;

  spec.http_text = "needle";
  buf_add_slice(&flood, SAYS(REPLY("\x00") "HTTP/1.1 200 OK\r\n\r\n"));
  buf_add_fill(&flood, 'x', 1 << 20);
  buf_add_str(&flood, "needle");
  assert_int_equal(visit(f, &spec, buf_slice(&flood)), PROBE_UNEXPECTED);
}

static void silent_port(void **state)
{
  struct fixture *f = *state;
  struct probe_spec spec = plain;

  spec.timeout = 200;
  assert_int_equal(visit(f, &spec, SAYS(METHOD LOGIN)), PROBE_TIMED_OUT);
}

static void not_socks(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(visit(f, &plain, SAYS("HTTP/1.0 400 Bad\r\n")), PROBE_NOT_READY);
}

static void closing_port(void **state)
{
  struct fixture *f = *state;

  f->closes = true;
  assert_int_equal(visit(f, &plain, SAYS(METHOD)), PROBE_NOT_READY);
}

static void no_port(void **state)
{
  struct fixture *f = *state;

  visitor_set_port(f->visitor, NULL);
  assert_int_equal(visit(f, &plain, SAYS("")), PROBE_NOT_READY);
}

static void nobody_there(void **state)
{
  struct fixture *f = *state;

  strcat(f->port.path, "x");
  visitor_set_port(f->visitor, &f->port);
  assert_int_equal(visit(f, &plain, SAYS("")), PROBE_NOT_READY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(connected),    TEST(says_what_it_wants),  TEST(failures),    TEST(doubtful),
      TEST(doubtful_web), TEST(doubtful_web_closed), TEST(web_answers), TEST(web_answers_otherwise),
      TEST(web_closes),   TEST(web_is_silent),       TEST(web_floods),  TEST(silent_port),
      TEST(not_socks),    TEST(closing_port),        TEST(no_port),     TEST(nobody_there),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
