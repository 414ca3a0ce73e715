#include "io/visitor.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "control/http.h"
#include "control/socks.h"
#include "io/dial.h"
#include "io/timer.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* After a failure tor closes the connection at once. In milliseconds: long
 * enough for a busy machine, short enough to be no delay. */
#define DOUBT_MS 1000

#define PREFIX_BYTES 8

enum stage {
  STAGE_BROKEN,   /* never began; the timer tells */
  STAGE_DIALLING, /* the SOCKS port */
  STAGE_SOCKS,
  STAGE_DOUBT, /* tor says no, but is still there; nothing is to be asked */
  STAGE_ASKED,
};

struct visit {
  struct visitor *visitor;
  uint64_t id;
  enum stage stage;
  bool is_doubtful; /* tor's reply was SOCKS_DOUBTFUL and nothing has come since */
  struct timer *timer;
  struct bufferevent *stream;
  struct socks socks;
  struct buf request; /* empty: connecting is enough */
  struct buf text;    /* that the answer must hold */
  struct http_expected expected;
  struct buf answer;
  struct buf trouble; /* of dialling */
};

struct visitor {
  struct visitor_config config;
  struct endpoint port;
  char prefix[sizeof "onionbalance-" + (size_t)2 * PREFIX_BYTES];
  struct visit **visits;
  size_t n;
  size_t cap;
};

static size_t find(const struct visitor *v, uint64_t id)
{
  size_t i = 0;

  while (i < v->n && v->visits[i]->id != id) {
    i++;
  }
  return i;
}

static void free_visit(struct visit *t)
{
  if (t->stream != NULL) {
    bufferevent_free(t->stream);
  }
  timer_free(t->timer);
  socks_deinit(&t->socks);
  buf_deinit(&t->request);
  buf_deinit(&t->text);
  buf_deinit(&t->answer);
  buf_deinit(&t->trouble);
  free(t);
}

/* Takes the visit out, then reports: the report may start another one. */
static void finish(struct visit *t, enum probe_end end, const char *why)
{
  struct visitor *v = t->visitor;
  struct visitor_report r = {.id = t->id,
                             .end = end,
                             .code = t->socks.code,
                             .is_extended = t->socks.code >= SOCKS_NO_DESCRIPTOR,
                             .why = why};

  v->visits[find(v, t->id)] = v->visits[v->n - 1];
  v->n--;
  v->config.done(v->config.ctx, &r);
  free_visit(t); /* why may belong to it */
}

static const struct {
  enum socks_code code;
  enum probe_end end;
} ends[] = {
    {SOCKS_REFUSED, PROBE_REFUSED},
    {SOCKS_NOT_ALLOWED, PROBE_NOT_READY},
    {SOCKS_NET_UNREACHABLE, PROBE_NOT_READY},
    {SOCKS_EXPIRED, PROBE_TIMED_OUT},
    {SOCKS_NO_DESCRIPTOR, PROBE_NO_DESCRIPTOR},
    {SOCKS_BAD_DESCRIPTOR, PROBE_NO_DESCRIPTOR},
    {SOCKS_AUTH_MISSING, PROBE_NO_DESCRIPTOR},
    {SOCKS_AUTH_BAD, PROBE_NO_DESCRIPTOR},
};

static void finish_by_code(struct visit *t)
{
  enum probe_end end = PROBE_FAILED;

  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    if (ends[i].code == t->socks.code) {
      end = ends[i].end;
    }
  }
  finish(t, end, socks_code_text(t->socks.code));
}

/* True if the visit is over. */
static bool judge(struct visit *t, bool is_over)
{
  struct http_expected e = t->expected;

  e.text = buf_slice(&t->text);
  switch (http_judge(buf_slice(&t->answer), is_over, &e)) {
  case HTTP_WAITING:
    return false;
  case HTTP_EXPECTED:
    finish(t, PROBE_ANSWERED, "answered");
    return true;
  case HTTP_OTHER:
    finish(t, PROBE_UNEXPECTED, t->answer.n == 0 ? "no answer" : "another answer");
    return true;
  }
  return false;
}

static void write_out(struct visit *t, struct buf *out)
{
  if (out->n > 0) {
    bufferevent_write(t->stream, out->p, out->n);
  }
}

/* tor says that the other side is there, or may be. */
static bool connected(struct visit *t, bool is_doubtful)
{
  t->is_doubtful = is_doubtful;
  if (t->request.n > 0) {
    t->stage = STAGE_ASKED;
    write_out(t, &t->request);
    return false;
  }
  if (!is_doubtful) {
    finish(t, PROBE_ANSWERED, "connected");
    return true;
  }
  t->stage = STAGE_DOUBT;
  timer_set(t->timer, DOUBT_MS);
  return false;
}

/* Like all that follow: true if the visit is over, and gone. */
static bool take_socks(struct visit *t, struct slice *in)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  enum socks_outcome outcome = SOCKS_WAITING;

  if (socks_feed(&t->socks, in, &out, &outcome) < 0) {
    finish(t, PROBE_NOT_READY, "the SOCKS port does not speak SOCKS 5 with a username");
    return true;
  }
  write_out(t, &out);
  switch (outcome) {
  case SOCKS_WAITING:
    return false;
  case SOCKS_CONNECTED:
    return connected(t, false);
  case SOCKS_DOUBTFUL:
    return connected(t, true);
  case SOCKS_FAILED:
    finish_by_code(t);
    return true;
  }
  return false;
}

static bool take_answer(struct visit *t, struct slice in)
{
  size_t room = LIMIT_PROBE_ANSWER_BYTES - t->answer.n;
  bool is_over = in.n >= room;

  t->is_doubtful = t->is_doubtful && in.n == 0;
  buf_add(&t->answer, in.p, is_over ? room : in.n);
  return judge(t, is_over);
}

static bool take_input(struct visit *t, struct slice in)
{
  if (t->stage == STAGE_SOCKS && take_socks(t, &in)) {
    return true;
  }
  if (in.n == 0) {
    return false;
  }
  if (t->stage == STAGE_ASKED) {
    return take_answer(t, in);
  }
  if (t->stage == STAGE_DOUBT) { /* who speaks is there */
    finish(t, PROBE_ANSWERED, "connected");
    return true;
  }
  return false;
}

static void on_read(struct bufferevent *stream, void *arg)
{
  struct evbuffer *input = bufferevent_get_input(stream);
  struct visit *t = arg;
  size_t n;

  while ((n = evbuffer_get_contiguous_space(input)) > 0) {
    if (take_input(t, slice_of(evbuffer_pullup(input, (ev_ssize_t)n), n))) {
      return;
    }
    evbuffer_drain(input, n);
  }
}

static void on_end_of_stream(struct visit *t)
{
  if (t->stage == STAGE_ASKED && !t->is_doubtful) {
    (void)judge(t, true);
  } else if (t->stage == STAGE_ASKED || t->stage == STAGE_DOUBT) {
    finish_by_code(t);
  } else if (t->socks.phase == SOCKS_PHASE_REPLY) {
    finish(t, PROBE_FAILED, "tor closed the connection");
  } else {
    finish(t, PROBE_NOT_READY, "the SOCKS port closes connections");
  }
}

static void on_stream_event(struct bufferevent *stream, short what, void *arg)
{
  int errnum = EVUTIL_SOCKET_ERROR();
  struct visit *t = arg;

  (void)stream;
  if (t->stage != STAGE_DIALLING) {
    on_end_of_stream(t);
  } else if ((what & BEV_EVENT_CONNECTED) != 0) {
    t->stage = STAGE_SOCKS;
    bufferevent_enable(t->stream, EV_READ | EV_WRITE);
  } else {
    dial_explain(&t->visitor->port, errnum, &t->trouble);
    finish(t, PROBE_NOT_READY, buf_str(&t->trouble));
  }
}

static void on_timer(void *ctx)
{
  struct visit *t = ctx;

  switch (t->stage) {
  case STAGE_BROKEN:
    finish(t, PROBE_NOT_READY, buf_str(&t->trouble));
    break;
  case STAGE_DIALLING:
    finish(t, PROBE_NOT_READY, "the SOCKS port does not answer");
    break;
  case STAGE_DOUBT:
    finish(t, PROBE_ANSWERED, "connected");
    break;
  case STAGE_SOCKS:
  case STAGE_ASKED:
    finish(t, t->is_doubtful || t->stage == STAGE_SOCKS ? PROBE_TIMED_OUT : PROBE_UNEXPECTED,
           "no answer in time");
    break;
  }
}

static int open_stream(struct visit *t)
{
  int fd = dial(&t->visitor->port);

  if (fd < 0) {
    dial_explain(&t->visitor->port, errno, &t->trouble);
    return ERR_IO;
  }
  t->stream = bufferevent_socket_new(t->visitor->config.base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (t->stream == NULL) {
    abort();
  }
  bufferevent_setcb(t->stream, on_read, NULL, on_stream_event, t);
  bufferevent_setwatermark(t->stream, EV_READ, 0, LIMIT_PROBE_ANSWER_BYTES);
  return 0;
}

static void add_username(const struct visitor *v, uint64_t id, struct buf *out)
{
  buf_addf(out, "%s-%llu", v->prefix, (unsigned long long)id);
}

/* Writes what is said first; it leaves once the port has taken the
 * connection. */
static int begin(struct visit *t, const char *host, const struct probe_spec *spec)
{
  CLEANUP(buf_deinit) struct buf username = {0};
  CLEANUP(buf_deinit) struct buf out = {0};

  if (t->visitor->port.kind == ENDPOINT_NONE) {
    buf_add_str(&t->trouble, "tor has no SOCKS port");
    return ERR_NOT_NOW;
  }
  add_username(t->visitor, t->id, &username);
  TRY(socks_begin(&t->socks, buf_slice(&username), slice_str(host), spec->port, &out));
  if (spec->http_path != NULL) {
    TRY(http_ask(slice_str(host), slice_str(spec->http_path), &t->request));
    t->expected =
        (struct http_expected){.status_min = spec->http_min, .status_max = spec->http_max};
    buf_add_str(&t->text, spec->http_text == NULL ? "" : spec->http_text);
  }
  TRY(open_stream(t));
  write_out(t, &out);
  t->stage = STAGE_DIALLING;
  bufferevent_socket_connect(t->stream, NULL, 0); /* waits for dial's connect() */
  return 0;
}

struct visitor *visitor_new(const struct visitor_config *config)
{
  struct visitor *v = mem_new(sizeof *v);
  CLEANUP(buf_deinit) struct buf prefix = {0};
  uint8_t bytes[PREFIX_BYTES];

  v->config = *config;
  rng_bytes(config->rng, bytes, sizeof bytes);
  buf_add_str(&prefix, "onionbalance-");
  hex_build(slice_of(bytes, sizeof bytes), &prefix);
  memcpy(v->prefix, buf_str(&prefix), sizeof v->prefix);
  return v;
}

void visitor_free(struct visitor *v)
{
  if (v == NULL) {
    return;
  }
  visitor_stop_all(v);
  free(v->visits);
  free(v);
}

void visitor_set_port(struct visitor *v, const struct endpoint *port)
{
  static const struct endpoint none = {.kind = ENDPOINT_NONE};

  v->port = port == NULL ? none : *port;
}

void visitor_start(struct visitor *v, uint64_t id, const char *host, const struct probe_spec *spec)
{
  struct visit *t = mem_new(sizeof *t);

  v->visits = mem_grow(v->visits, v->n, &v->cap, sizeof *v->visits);
  v->visits[v->n++] = t;
  t->visitor = v;
  t->id = id;
  t->timer = timer_new(v->config.base, on_timer, t);
  timer_set(t->timer, begin(t, host, spec) < 0 ? 0 : spec->timeout);
}

void visitor_stop(struct visitor *v, uint64_t id)
{
  size_t i = find(v, id);

  if (i < v->n) {
    free_visit(v->visits[i]);
    v->visits[i] = v->visits[--v->n];
  }
}

void visitor_stop_all(struct visitor *v)
{
  while (v->n > 0) {
    free_visit(v->visits[--v->n]);
  }
}

bool visitor_find(const struct visitor *v, struct slice username, uint64_t *id_out)
{
  size_t n = strlen(v->prefix) + 1; /* and a '-' */

  if (username.n <= n || !slice_has_prefix(username, v->prefix) || username.p[n - 1] != '-' ||
      cursor_parse_decimal(slice_skip(username, n), UINT64_MAX, id_out) < 0) {
    return false;
  }
  return find(v, *id_out) < v->n;
}
