#include "io/teller.h"

#include "base/mem.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections waiting to be accepted. */
#define BACKLOG 16

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

/* True if nobody listens at the socket any more. */
static bool is_stale(const struct sockaddr_un *address)
{
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
               errno == ECONNREFUSED;

  if (fd >= 0) {
    close(fd);
  }
  return stale;
}

/* Removes what an ended program left at the path. */
static int make_room(const struct sockaddr_un *address)
{
  struct stat st;

  if (lstat(address->sun_path, &st) != 0) {
    return errno == ENOENT ? 0 : ERR_IO;
  }
  if (!S_ISSOCK(st.st_mode) || !is_stale(address)) {
    errno = EADDRINUSE;
    return ERR_IO;
  }
  return unlink(address->sun_path) == 0 ? 0 : ERR_IO;
}

int teller_open(const struct teller_config *config, struct teller **out)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t n = strlen(config->path);
  struct teller *t;

  if (n == 0 || n >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return ERR_IO;
  }
  memcpy(address.sun_path, config->path, n);
  TRY(make_room(&address));
  t = mem_new(sizeof *t);
  t->base = config->base;
  t->path = mem_string(config->path, n);
  t->tell = config->tell;
  t->ctx = config->ctx;
  t->listener = evconnlistener_new_bind(config->base, on_guest, t,
                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
                                        (struct sockaddr *)&address, sizeof address);
  if (t->listener == NULL) {
    free(t->path);
    free(t);
    return ERR_IO;
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
  unlink(t->path);
  free(t->path);
  free(t);
}
