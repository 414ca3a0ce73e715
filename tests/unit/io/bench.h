/* What a test of the link works on: the link with everything that it
 * reported, and the other side of its connection in the same event loop. */
#ifndef TESTS_IO_BENCH_H
#define TESTS_IO_BENCH_H

#include "io/clock.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/random.h"
#include "io/torlink.h"

#include "folder.h"

#include <event2/event.h>

#define PATIENCE_S 20

struct bufferevent;
struct evconnlistener;
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
                                           .command = 600,
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

#endif
