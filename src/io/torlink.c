#include "io/torlink.h"

#include "base/limits.h"
#include "base/mem.h"
#include "io/clock.h"
#include "io/dial.h"
#include "io/file.h"
#include "io/hatch.h"
#include "io/logger.h"
#include "io/porter.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* A cookie is 32 bytes; a little more is read to tell a wrong file. */
#define COOKIE_FILE_BYTES PORTER_COOKIE_MAX

#define S_IN_MS INT64_C(1000)

const struct torlink_times torlink_times_default = {
    .connect = 10 * S_IN_MS,
    .handshake = 30 * S_IN_MS,
    .command = 60 * S_IN_MS,
    .backoff_first = 250,
    .backoff_last = 30 * S_IN_MS,
    .stable = 10 * S_IN_MS,
    .repeat_log = 600 * S_IN_MS,
};

enum phase {
  PHASE_WAITING,    /* for the next round of tries */
  PHASE_CONNECTING, /* for endpoint at to take the connection */
  PHASE_HANDSHAKE,
  PHASE_UP,
};

struct torlink {
  struct torlink_config config;
  struct endpoint *endpoints;
  enum phase phase;
  size_t at;           /* the endpoint that is tried or used */
  struct event *timer; /* of the phase */
  struct bufferevent *stream;
  struct session *session;
  bool has_warned_strange; /* in this connection */
  int64_t backoff;
  struct mono up_at;
  struct buf trouble; /* of each endpoint in this round, for the log */
  bool is_absent;     /* in this round nothing listened anywhere */
  struct buf told;    /* the trouble that was logged last, empty when up */
  struct mono told_at;
};

static void try_endpoint(struct torlink *l);

static void set_timer(struct torlink *l, int64_t ms)
{
  struct timeval tv = {.tv_sec = ms / S_IN_MS, .tv_usec = ms % S_IN_MS * 1000};

  event_add(l->timer, &tv);
}

static void close_connection(struct torlink *l)
{
  if (l->stream != NULL) {
    bufferevent_free(l->stream);
  }
  session_free(l->session);
  l->stream = NULL;
  l->session = NULL;
}

/* Waits before the next round, a little less than the backoff at random, so
 * that many publishers do not fall on one tor together. */
static void wait_for_round(struct torlink *l)
{
  int64_t backoff = l->backoff;

  l->phase = PHASE_WAITING;
  l->backoff =
      backoff * 2 < l->config.times.backoff_last ? backoff * 2 : l->config.times.backoff_last;
  set_timer(l, rng_between(l->config.rng, backoff / 2, backoff));
}

/* Logs the trouble of a round when it is a new one, or the old one goes on. */
static void tell_trouble(struct torlink *l)
{
  struct mono now = clock_mono();
  bool is_news = !slice_equal(buf_slice(&l->trouble), buf_slice(&l->told)) ||
                 mono_is_due(mono_plus(l->told_at, l->config.times.repeat_log), now);

  logger_writef(l->config.logger, is_news ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
                "no control connection to tor (chosen by %s): %s; trying again%s", l->config.reason,
                buf_str(&l->trouble),
                l->is_absent ? " (is tor running, with ControlSocket or ControlPort in its torrc?)"
                             : "");
  if (is_news) {
    buf_clear(&l->told);
    buf_add_slice(&l->told, buf_slice(&l->trouble));
    l->told_at = now;
  }
}

static void end_round(struct torlink *l)
{
  tell_trouble(l);
  wait_for_round(l);
}

static void start_round(struct torlink *l)
{
  buf_clear(&l->trouble);
  l->is_absent = true;
  l->at = 0;
  try_endpoint(l);
}

/* The endpoint could not be used; what was wrong stands in trouble. */
static void next_endpoint(struct torlink *l)
{
  close_connection(l);
  l->at++;
  if (l->at < l->config.n_endpoints) {
    try_endpoint(l);
  } else {
    end_round(l);
  }
}

static void begin_trouble(struct torlink *l, bool is_absent)
{
  l->is_absent = l->is_absent && is_absent;
  buf_add_str(&l->trouble, l->trouble.n > 0 ? "; " : "");
}

static void fail_to_connect(struct torlink *l, int errnum)
{
  begin_trouble(l, errnum == ENOENT || errnum == ECONNREFUSED);
  dial_explain(&l->endpoints[l->at], errnum, &l->trouble);
  next_endpoint(l);
}

static void go_down(struct torlink *l, const char *why)
{
  struct mono stable_at = mono_plus(l->up_at, l->config.times.stable);
  struct buf where CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  if (mono_is_due(stable_at, clock_mono())) {
    l->backoff = l->config.times.backoff_first;
  }
  endpoint_build(&l->endpoints[l->at], &where);
  buf_addf(&text, "tor at %s %s", buf_str(&where), why);
  logger_writef(l->config.logger, LOG_LEVEL_WARNING, "%s; connecting again", buf_str(&text));
  close_connection(l);
  wait_for_round(l);
  l->config.handler.down(l->config.handler.ctx, buf_str(&text));
}

/* The connection cannot go on; why is a phrase about tor. */
static void fail(struct torlink *l, const char *why)
{
  struct buf copy CLEANUP(buf_deinit) = {0};

  buf_add_str(&copy, why); /* it may belong to the session */
  if (l->phase == PHASE_UP) {
    go_down(l, buf_str(&copy));
    return;
  }
  begin_trouble(l, false);
  buf_add_str(&l->trouble, "tor at ");
  endpoint_build(&l->endpoints[l->at], &l->trouble);
  buf_addf(&l->trouble, " %s", buf_str(&copy));
  next_endpoint(l);
}

static void flush_output(struct torlink *l)
{
  struct buf *out = session_output(l->session);

  if (out->n > 0) {
    bufferevent_write(l->stream, out->p, out->n);
    buf_clear(out);
  }
}

static int read_cookie(struct torlink *l)
{
  const char *path = session_cookie_path(l->session);
  struct buf cookie CLEANUP(buf_wipe) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};
  int err =
      hatch_is_open() ? hatch_cookie(path, &cookie) : file_read(path, COOKIE_FILE_BYTES, &cookie);

  if (err == ERR_TOO_LONG) {
    buf_addf(&why, "%s is not a cookie: it has more than %d bytes", path, COOKIE_FILE_BYTES);
  } else if (err < 0) {
    file_explain(path, errno, &why);
  } else {
    return session_set_cookie(l->session, buf_slice(&cookie));
  }
  return session_no_cookie(l->session, buf_str(&why));
}

/* Commands wait for their replies, each for so long. */
static void set_command_timer(struct torlink *l)
{
  if (session_pending(l->session) > 0) {
    set_timer(l, l->config.times.command);
  } else {
    event_del(l->timer);
  }
}

static void go_up(struct torlink *l)
{
  struct slice version = session_version(l->session);
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf where CLEANUP(buf_deinit) = {0};
  struct torlink_peer peer = {.endpoint = &l->endpoints[l->at],
                              .method = session_method(l->session)};

  l->phase = PHASE_UP;
  l->up_at = clock_mono();
  buf_add_slice(&text, version);
  peer.version = buf_str(&text);
  endpoint_build(peer.endpoint, &where);
  logger_writef(l->config.logger, LOG_LEVEL_INFO,
                "control connection to tor %s at %s (chosen by %s), authentication method %s%s%s",
                peer.version, buf_str(&where), l->config.reason, auth_method_text(peer.method),
                l->trouble.n > 0 ? "; not used: " : "", buf_str(&l->trouble));
  buf_clear(&l->told);
  event_del(l->timer);
  l->config.handler.up(l->config.handler.ctx, &peer);
}

static void warn_strange(struct torlink *l, struct slice name)
{
  logger_writef(l->config.logger, l->has_warned_strange ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
                "tor sends an event %.*s in a form that we do not know; it is skipped",
                name.n < 64 ? (int)name.n : 64, (const char *)name.p);
  l->has_warned_strange = true;
}

/* Does what an item of the session asks for. */
static int take_item(struct torlink *l, const struct session_item *item)
{
  const struct torlink_handler *h = &l->config.handler;

  switch (item->outcome) {
  case SESSION_WAITING:
    return 0;
  case SESSION_COOKIE:
    return read_cookie(l);
  case SESSION_READY:
    go_up(l);
    return 0;
  case SESSION_REPLY:
    set_command_timer(l);
    h->reply(h->ctx, item->tag, item->reply);
    return 0;
  case SESSION_EVENT:
    /* Events may come before the handshake is over, but nobody waits for them
     * before up. */
    if (l->phase == PHASE_UP) {
      h->event(h->ctx, &item->event);
    }
    return 0;
  case SESSION_STRANGE:
    warn_strange(l, item->event.name);
    return 0;
  }
  return ERR_NOT_NOW;
}

/* Everything that a piece of input brings. */
static int take_input(struct torlink *l, struct slice in)
{
  struct session_item item;

  do {
    TRY(session_next(l->session, &in, &item));
    TRY(take_item(l, &item));
    flush_output(l);
  } while (item.outcome != SESSION_WAITING);
  return 0;
}

static void on_read(struct bufferevent *stream, void *arg)
{
  struct evbuffer *input = bufferevent_get_input(stream);
  struct torlink *l = arg;
  size_t n;

  while ((n = evbuffer_get_contiguous_space(input)) > 0) {
    int err = take_input(l, slice_of(evbuffer_pullup(input, (ev_ssize_t)n), n));

    if (err < 0) {
      fail(l, session_why(l->session));
      return;
    }
    evbuffer_drain(input, n);
  }
  if (l->phase == PHASE_UP && session_is_receiving(l->session)) {
    set_command_timer(l);
  }
}

static void start_handshake(struct torlink *l)
{
  struct session_config config = {.password = l->config.password,
                                  .events = l->config.events,
                                  .rng = l->config.rng,
                                  .suite = l->config.suite};

  l->session = session_new(&config);
  l->phase = PHASE_HANDSHAKE;
  l->has_warned_strange = false;
  set_timer(l, l->config.times.handshake);
  bufferevent_enable(l->stream, EV_READ | EV_WRITE);
  flush_output(l);
}

static void on_stream_event(struct bufferevent *stream, short what, void *arg)
{
  int errnum = EVUTIL_SOCKET_ERROR();
  struct torlink *l = arg;

  (void)stream;
  if (l->phase == PHASE_CONNECTING) {
    if ((what & BEV_EVENT_CONNECTED) != 0) {
      start_handshake(l);
    } else {
      fail_to_connect(l, errnum);
    }
    return;
  }
  if ((what & BEV_EVENT_EOF) != 0 || errnum == 0) {
    session_closed(l->session);
    fail(l, session_why(l->session));
  } else {
    struct buf why CLEANUP(buf_deinit) = {0};

    buf_addf(&why, "cannot be reached any more: %s", strerror(errnum));
    fail(l, buf_str(&why));
  }
}

static void try_endpoint(struct torlink *l)
{
  int fd = dial(&l->endpoints[l->at]);

  if (fd < 0) {
    fail_to_connect(l, errno);
    return;
  }
  l->stream = bufferevent_socket_new(l->config.base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (l->stream == NULL) {
    abort();
  }
  bufferevent_setcb(l->stream, on_read, NULL, on_stream_event, l);
  l->phase = PHASE_CONNECTING;
  set_timer(l, l->config.times.connect);
  bufferevent_socket_connect(l->stream, NULL, 0); /* waits for dial's connect() */
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
  struct torlink *l = arg;

  (void)fd;
  (void)what;
  switch (l->phase) {
  case PHASE_WAITING:
    start_round(l);
    return;
  case PHASE_CONNECTING:
    fail_to_connect(l, ETIMEDOUT);
    return;
  case PHASE_HANDSHAKE:
    fail(l, "took the connection but does not answer: it is busy, or not a control port");
    return;
  case PHASE_UP:
    fail(l, "does not answer a command");
    return;
  }
}

struct torlink *torlink_new(const struct torlink_config *config)
{
  struct torlink *l = mem_new(sizeof *l);
  size_t n = config->n_endpoints;

  assert(n > 0);
  l->config = *config;
  l->endpoints = mem_array(n, sizeof *l->endpoints);
  memcpy(l->endpoints, config->endpoints, n * sizeof *l->endpoints);
  l->config.endpoints = l->endpoints;
  l->backoff = config->times.backoff_first;
  l->timer = evtimer_new(config->base, on_timer, l);
  if (l->timer == NULL) {
    abort();
  }
  l->phase = PHASE_WAITING;
  set_timer(l, 0);
  return l;
}

void torlink_free(struct torlink *l)
{
  if (l == NULL) {
    return;
  }
  close_connection(l);
  event_free(l->timer);
  free(l->endpoints);
  buf_deinit(&l->trouble);
  buf_deinit(&l->told);
  free(l);
}

bool torlink_is_up(const struct torlink *l)
{
  return l->phase == PHASE_UP;
}

int torlink_send(struct torlink *l, uint64_t tag, struct slice command)
{
  bool was_idle;

  if (l->phase != PHASE_UP) {
    return ERR_NOT_NOW;
  }
  if (evbuffer_get_length(bufferevent_get_output(l->stream)) + command.n >
      LIMIT_CONTROL_OUTPUT_BYTES) {
    return ERR_TOO_LONG;
  }
  was_idle = session_pending(l->session) == 0;
  TRY(session_send(l->session, tag, command));
  if (was_idle) {
    set_command_timer(l);
  }
  flush_output(l);
  return 0;
}
