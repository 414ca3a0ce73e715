#include "io/teller.h"

#include "base/mem.h"
#include "io/hatch.h"
#include "io/unixsocket.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who does not read within so many seconds is hung up on. */
#define PATIENCE_SECONDS 10

/* Connections at a time; more wait. */
#define GUESTS_MAX 64

struct guest {
  struct teller *teller;
  struct bufferevent *stream;
  struct guest *next;
};

struct teller {
  struct evconnlistener *listener;
  struct event_base *base;
  char *path;
  struct guest *guests;
  size_t n_guests;
  void (*tell)(void *ctx, struct buf *out);
  void *ctx;
};

static void drop_guest(struct guest *g)
{
  struct teller *t = g->teller;
  struct guest **at = &t->guests;

  while (*at != g) {
    at = &(*at)->next;
  }
  *at = g->next;
  t->n_guests--;
  bufferevent_free(g->stream);
  free(g);
  evconnlistener_enable(t->listener);
}

/* Everything has been written. */
static void on_written(struct bufferevent *stream, void *ctx)
{
  (void)stream;
  drop_guest(ctx);
}

/* The guest has gone, or is too slow. */
static void on_end(struct bufferevent *stream, short what, void *ctx)
{
  (void)stream;
  (void)what;
  drop_guest(ctx);
}

static void on_guest(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                     int n, void *ctx)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
  struct teller *t = ctx;
  struct guest *g = mem_new(sizeof *g);

  (void)address;
  (void)n;
  g->teller = t;
  g->stream = bufferevent_socket_new(t->base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (g->stream == NULL) {
    abort();
  }
  g->next = t->guests;
  t->guests = g;
  t->n_guests++;
  if (t->n_guests == GUESTS_MAX) {
    evconnlistener_disable(listener);
  }
  t->tell(t->ctx, &text);
  bufferevent_setcb(g->stream, NULL, on_written, on_end, g);
  bufferevent_set_timeouts(g->stream, NULL, &patience);
  bufferevent_write(g->stream, text.p, text.n);
  bufferevent_enable(g->stream, EV_WRITE);
}

int teller_open(const struct teller_config *config, struct teller **out)
{
  struct teller *t;
  int fd = -1;

  TRY(unixsocket_listen(config->path, 0777, &fd));
  t = mem_new(sizeof *t);
  t->base = config->base;
  t->path = mem_string(config->path, strlen(config->path));
  t->tell = config->tell;
  t->ctx = config->ctx;
  t->listener = evconnlistener_new(config->base, on_guest, t,
                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
  if (t->listener == NULL) {
    abort();
  }
  *out = t;
  return 0;
}

void teller_free(struct teller *t)
{
  if (t == NULL) {
    return;
  }
  while (t->guests != NULL) {
    drop_guest(t->guests); /* NOLINT(clang-analyzer-unix.Malloc): it leaves the list */
  }
  evconnlistener_free(t->listener);
  hatch_remove(t->path);
  free(t->path);
  free(t);
}
