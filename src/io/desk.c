#include "io/desk.h"

#include "base/limits.h"
#include "base/mem.h"
#include "io/hatch.h"
#include "io/unixsocket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who does not ask within so many seconds, or does not read its answer, is
 * hung up on. */
#define PATIENCE_SECONDS 10

/* What the kernel calls a user that has no number in our namespace. */
#define NOBODY 65534U

struct desk_guest {
  struct desk *desk;
  struct bufferevent *stream;
  enum desk_level level;
  bool has_asked;
  bool is_ending; /* all of its answer has been said */
  struct desk_guest *next;
};

struct desk {
  struct evconnlistener *listener;
  struct event_base *base;
  char *path;
  struct slice busy;
  struct desk_handler handler;
  struct desk_guest *guests;
  size_t n_guests[DESK_LEVELS];
};

static void drop_guest(struct desk_guest *g)
{
  struct desk_guest **at = &g->desk->guests;

  while (*at != g) {
    at = &(*at)->next;
  }
  *at = g->next;
  g->desk->n_guests[g->level]--;
  bufferevent_free(g->stream);
  free(g);
}

/* The guest goes in the middle of its answer, or before. */
static void lose_guest(struct desk_guest *g)
{
  if (g->has_asked && !g->is_ending) {
    g->desk->handler.gone(g->desk->handler.ctx, g);
  }
  drop_guest(g);
}

/* Waits for no more than the end of what has been said. */
static void await_reading(struct desk_guest *g)
{
  const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

  bufferevent_set_timeouts(g->stream, NULL, &patience);
}

static void on_read(struct bufferevent *stream, void *ctx)
{
  struct desk_guest *g = ctx;
  struct evbuffer *in = bufferevent_get_input(stream);
  CLEANUP(mem_free_at) char *line = NULL;
  size_t n = 0;

  if (g->has_asked) {
    evbuffer_drain(in, evbuffer_get_length(in)); /* one question is enough */
    return;
  }
  line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF);
  if (line == NULL && evbuffer_get_length(in) < LIMIT_ADMIN_REQUEST_BYTES) {
    return;
  }
  if (line == NULL || n > LIMIT_ADMIN_REQUEST_BYTES) {
    lose_guest(g);
    return;
  }
  g->has_asked = true;
  await_reading(g);
  g->desk->handler.asked(g->desk->handler.ctx, g, slice_of(line, n));
}

static void on_written(struct bufferevent *stream, void *ctx)
{
  struct desk_guest *g = ctx;

  (void)stream;
  if (g->is_ending) {
    drop_guest(g);
  }
}

/* The guest has gone, or is too slow. One that has said all it wants to may
 * close its side and still read. */
static void on_end(struct bufferevent *stream, short what, void *ctx)
{
  struct desk_guest *g = ctx;

  (void)stream;
  if (g->is_ending && (what & BEV_EVENT_EOF) != 0) {
    return;
  }
  lose_guest(g);
}

/* Whom the kernel says is on the other side; false if it does not know. */
static bool find_level(int fd, enum desk_level *out)
{
  struct ucred peer;
  socklen_t n = sizeof peer;

  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0) {
    return false;
  }
  *out = peer.uid == 0 || (peer.uid == geteuid() && peer.uid != NOBODY) ? DESK_ADMIN : DESK_READER;
  return true;
}

static void on_guest(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                     int n, void *ctx)
{
  const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
  enum desk_level level = DESK_READER;
  struct desk *d = ctx;
  struct desk_guest *g;

  (void)listener;
  (void)address;
  (void)n;
  if (!find_level(fd, &level) || d->n_guests[level] >= LIMIT_ADMIN_GUESTS) {
    (void)!send(fd, d->busy.p, d->busy.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
    return;
  }
  g = mem_new(sizeof *g);
  *g = (struct desk_guest){.desk = d, .level = level, .next = d->guests};
  g->stream = bufferevent_socket_new(d->base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (g->stream == NULL) {
    abort();
  }
  d->guests = g;
  d->n_guests[level]++;
  bufferevent_setcb(g->stream, on_read, on_written, on_end, g);
  bufferevent_setwatermark(g->stream, EV_READ, 0, LIMIT_ADMIN_REQUEST_BYTES + 1);
  bufferevent_set_timeouts(g->stream, &patience, &patience);
  bufferevent_enable(g->stream, EV_READ | EV_WRITE);
}

/* Lets the group in. */
static int admit(const struct desk_config *config)
{
  bool done = !config->has_readers || (chown(config->path, (uid_t)-1, config->readers) == 0 &&
                                       chmod(config->path, 0660) == 0);

  return done ? 0 : ERR_IO;
}

int desk_open(const struct desk_config *config, struct desk **out)
{
  struct desk *d;
  int fd = -1;

  TRY(unixsocket_listen(config->path, 0600, &fd));
  if (admit(config) < 0) {
    int why = errno;

    unlink(config->path);
    close(fd);
    errno = why;
    return ERR_IO;
  }
  d = mem_new(sizeof *d);
  *d = (struct desk){.base = config->base, .busy = config->busy, .handler = config->handler};
  d->path = mem_string(config->path, strlen(config->path));
  d->listener = evconnlistener_new(config->base, on_guest, d,
                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
  if (d->listener == NULL) {
    abort();
  }
  *out = d;
  return 0;
}

void desk_free(struct desk *d)
{
  if (d == NULL) {
    return;
  }
  while (d->guests != NULL) {
    drop_guest(d->guests); /* NOLINT(clang-analyzer-unix.Malloc): it leaves the list */
  }
  evconnlistener_free(d->listener);
  hatch_remove(d->path);
  free(d->path);
  free(d);
}

enum desk_level desk_level(const struct desk_guest *g)
{
  return g->level;
}

bool desk_say(struct desk_guest *g, struct slice text)
{
  struct evbuffer *out = bufferevent_get_output(g->stream);

  if (evbuffer_get_length(out) + text.n > LIMIT_ADMIN_UNREAD_BYTES) {
    drop_guest(g);
    return false;
  }
  bufferevent_write(g->stream, text.p, text.n);
  return true;
}

void desk_end(struct desk_guest *g, struct slice text)
{
  g->is_ending = true;
  bufferevent_write(g->stream, text.p, text.n);
}
