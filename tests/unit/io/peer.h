/* A scripted other side of a control connection. */
#ifndef TESTS_IO_PEER_H
#define TESTS_IO_PEER_H

#include "bench.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/un.h>

#define OFFER_NULL                                                                                 \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"

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

#endif
