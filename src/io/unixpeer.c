#include "io/unixpeer.h"

#include "base/mem.h"
#include "io/dial.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct unixpeer {
  struct bufferevent *stream;
  void (*got)(void *ctx, struct slice bytes);
  void (*ended)(void *ctx, const char *why);
  void *ctx;
};

static void on_read(struct bufferevent *stream, void *ctx)
{
  struct evbuffer *in = bufferevent_get_input(stream);
  struct unixpeer *p = ctx;
  size_t n = evbuffer_get_length(in);

  p->got(p->ctx, slice_of(evbuffer_pullup(in, -1), n));
  evbuffer_drain(in, n);
}

/* Who hangs up without having read what we sent resets the connection: that is
 * no other thing. */
static bool has_hung_up(short what)
{
  return (what & BEV_EVENT_ERROR) == 0 || errno == ECONNRESET || errno == EPIPE;
}

static void on_end(struct bufferevent *stream, short what, void *ctx)
{
  struct unixpeer *p = ctx;
  const char *why = has_hung_up(what) ? "it has hung up" : strerror(errno);

  bufferevent_disable(stream, EV_READ | EV_WRITE);
  p->ended(p->ctx, why);
}

int unixpeer_open(const struct unixpeer_config *config, struct unixpeer **out)
{
  struct unixpeer *p;
  int fd = dial(config->endpoint);

  if (fd < 0) {
    return ERR_IO;
  }
  p = mem_new(sizeof *p);
  p->got = config->got;
  p->ended = config->ended;
  p->ctx = config->ctx;
  p->stream = bufferevent_socket_new(config->base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (p->stream == NULL) {
    abort();
  }
  bufferevent_setcb(p->stream, on_read, NULL, on_end, p);
  bufferevent_enable(p->stream, EV_READ | EV_WRITE);
  *out = p;
  return 0;
}

void unixpeer_send(struct unixpeer *p, struct slice bytes)
{
  bufferevent_write(p->stream, bytes.p, bytes.n);
}

void unixpeer_ignore(struct unixpeer *p)
{
  bufferevent_setcb(p->stream, NULL, NULL, NULL, NULL);
  bufferevent_disable(p->stream, EV_READ | EV_WRITE);
}

void unixpeer_free(struct unixpeer *p)
{
  if (p == NULL) {
    return;
  }
  bufferevent_free(p->stream);
  free(p);
}
