/* A scripted other side of a control connection, in the same event loop, and
 * the link under test with everything that it reported. */
#ifndef TESTS_IO_PEER_H
#define TESTS_IO_PEER_H

#include "io/clock.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/random.h"
#include "io/torlink.h"

#include "folder.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/un.h>

#define PATIENCE_S 20

#define OFFER_NULL                                                                                 \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"

struct bench;

/* Answers one command, given without its line end. */
typedef void peer_script(struct bench *b, const char *command);

struct bench {
  struct folder folder;
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct torlink *link;
  /* what the link reported */
  int n_up, n_down, n_events, n_replies;
  uint64_t tag;
  size_t reply_bytes;
  struct buf version, why, last_reply, last_event;
  /* the other side */
  struct evconnlistener *listener;
  struct bufferevent *peer;
  peer_script *script;
  bool is_deaf; /* takes connections but does not read */
  int n_accepted;
};

static inline void bench_say(struct bench *b, const char *text)
{
  bufferevent_write(b->peer, text, strlen(text));
}

/* What a tor without authentication says. */
static inline void polite(struct bench *b, const char *command)
{
  bench_say(b, strncmp(command, "PROTOCOLINFO", 12) == 0 ? OFFER_NULL : "250 OK\r\n");
}

static inline void peer_on_read(struct bufferevent *peer, void *arg)
{
  struct bench *b = arg;
  char *line;

  while (b->peer == peer &&
         (line = evbuffer_readln(bufferevent_get_input(peer), NULL, EVBUFFER_EOL_CRLF)) != NULL) {
    b->script(b, line);
    free(line);
  }
}

static inline void peer_close(struct bench *b)
{
  if (b->peer != NULL) {
    bufferevent_free(b->peer);
    b->peer = NULL;
  }
}

static inline void peer_on_event(struct bufferevent *peer, short what, void *arg)
{
  struct bench *b = arg;

  (void)peer;
  (void)what;
  peer_close(b);
}

static inline void peer_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                                  struct sockaddr *address, int n, void *arg)
{
  struct bench *b = arg;

  (void)listener;
  (void)address;
  (void)n;
  peer_close(b);
  b->n_accepted++;
  b->peer = bufferevent_socket_new(b->base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(b->peer, peer_on_read, NULL, peer_on_event, b);
  bufferevent_enable(b->peer, b->is_deaf ? EV_WRITE : EV_READ | EV_WRITE);
}

static inline void peer_listen(struct bench *b, const struct sockaddr *address, int n)
{
  b->listener = evconnlistener_new_bind(b->base, peer_on_accept, b,
                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16, address, n);
  assert_non_null(b->listener);
}

static inline struct endpoint bench_socket(struct bench *b, const char *name)
{
  struct endpoint e = {.kind = ENDPOINT_UNIX};

  snprintf(e.path, sizeof e.path, "%s/%s", b->folder.path, name);
  return e;
}

static inline void peer_listen_unix(struct bench *b)
{
  struct endpoint e = bench_socket(b, "control");
  struct sockaddr_un sun = {.sun_family = AF_UNIX};

  memcpy(sun.sun_path, e.path, sizeof e.path);
  unlink(e.path);
  peer_listen(b, (struct sockaddr *)&sun, sizeof sun);
}

static inline struct endpoint peer_listen_tcp(struct bench *b)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct endpoint e = {.kind = ENDPOINT_TCP, .host = "127.0.0.1"};
  socklen_t n = sizeof in;

  peer_listen(b, (struct sockaddr *)&in, sizeof in);
  assert_int_equal(getsockname(evconnlistener_get_fd(b->listener), (struct sockaddr *)&in, &n), 0);
  e.port = ntohs(in.sin_port);
  return e;
}

static inline void peer_unlisten(struct bench *b)
{
  if (b->listener != NULL) {
    evconnlistener_free(b->listener);
    b->listener = NULL;
  }
}

static inline void bench_set(struct buf *b, const char *text)
{
  buf_clear(b);
  buf_add_str(b, text);
}

static inline void link_up(void *ctx, const struct torlink_peer *peer)
{
  struct bench *b = ctx;

  b->n_up++;
  bench_set(&b->version, peer->version);
  buf_addf(&b->version, " %s", auth_method_text(peer->method));
}

static inline void link_down(void *ctx, const char *why)
{
  struct bench *b = ctx;

  b->n_down++;
  assert_false(torlink_is_up(b->link));
  bench_set(&b->why, why);
}

static inline void link_event(void *ctx, const struct torevent *event)
{
  struct bench *b = ctx;

  b->n_events++;
  buf_clear(&b->last_event);
  buf_add_slice(&b->last_event, event->name);
}

static inline void link_reply(void *ctx, uint64_t tag, const struct reply *reply)
{
  struct bench *b = ctx;

  b->n_replies++;
  b->tag = tag;
  b->reply_bytes = reply->lines[0].data.n;
  buf_clear(&b->last_reply);
  reply_describe(reply, &b->last_reply);
}

/* Times that a test can wait for. */
static const struct torlink_times quick = {.connect = 200,
                                           .handshake = 300,
                                           .command = 300,
                                           .backoff_first = 4,
                                           .backoff_last = 32,
                                           .stable = 10000,
                                           .repeat_log = 600000};

static inline struct torlink_config bench_config(struct bench *b)
{
  return (struct torlink_config){.base = b->base,
                                 .logger = b->logger,
                                 .suite = b->suite,
                                 .rng = &random_rng,
                                 .reason = "test",
                                 .events = "SIGNAL",
                                 .times = quick,
                                 .handler = {link_up, link_down, link_event, link_reply, b}};
}

static inline void bench_start(struct bench *b, const struct endpoint *endpoints, size_t n)
{
  struct torlink_config config = bench_config(b);

  config.endpoints = endpoints;
  config.n_endpoints = n;
  b->link = torlink_new(&config);
}

static inline int bench_setup(void **state)
{
  struct bench *b = calloc(1, sizeof *b);
  char path[FOLDER_PATH_SIZE];

  folder_init(&b->folder);
  b->base = loop_new();
  b->suite = suite_new();
  b->logger = logger_new(LOG_LEVEL_INFO);
  folder_file(&b->folder, "log", path);
  assert_int_equal(logger_open(b->logger, path), 0);
  b->script = polite;
  *state = b;
  return b->suite == NULL ? -1 : 0;
}

static inline int bench_teardown(void **state)
{
  struct bench *b = *state;

  torlink_free(b->link);
  peer_unlisten(b);
  peer_close(b);
  logger_free(b->logger);
  suite_free(b->suite);
  loop_free(b->base);
  folder_deinit(&b->folder);
  buf_deinit(&b->version);
  buf_deinit(&b->why);
  buf_deinit(&b->last_reply);
  buf_deinit(&b->last_event);
  free(b);
  return 0;
}

static inline void bench_run(struct bench *b, int ms)
{
  const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

  event_base_loopexit(b->base, &tv);
  event_base_dispatch(b->base);
}

/* Runs the loop until a counter has reached a value. */
static inline void bench_until(struct bench *b, const int *counter, int value)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_S * 1000);

  while (*counter < value) {
    if (mono_is_due(deadline, clock_mono())) {
      char *log = folder_read(&b->folder, "log");

      print_error("log of the link:\n%s", log);
      free(log);
      fail_msg("waited in vain");
    }
    bench_run(b, 5);
  }
}

/* How often a text stands in the log. */
static inline int bench_count_log(struct bench *b, const char *text)
{
  char *log = folder_read(&b->folder, "log");
  int n = 0;

  for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
    n++;
  }
  free(log);
  return n;
}

/* Runs the loop until a text stands in the log. */
static inline void bench_until_log(struct bench *b, const char *text)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_S * 1000);

  while (bench_count_log(b, text) == 0) {
    if (mono_is_due(deadline, clock_mono())) {
      char *log = folder_read(&b->folder, "log");

      print_error("log of the link:\n%s", log);
      free(log);
      fail_msg("not in the log: %s", text);
    }
    bench_run(b, 5);
  }
}

static inline int bench_send(struct bench *b, uint64_t tag, const char *command)
{
  return torlink_send(b->link, tag, slice_str(command));
}

#endif
