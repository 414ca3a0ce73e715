#include "io/inquiry.h"

#include "control/command.h"
#include "io/dial.h"
#include "io/file.h"
#include "io/porter.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define PATIENCE_MS 3000
#define READ_BYTES  4096

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

static void free_session(struct session **s)
{
  session_free(*s);
}

static int await(int fd, short what)
{
  struct pollfd p = {.fd = fd, .events = what};
  int n = poll(&p, 1, PATIENCE_MS);

  errno = n == 0 ? ETIMEDOUT : errno;
  return n > 0 ? 0 : ERR_IO;
}

static int send_all(int fd, struct buf *out)
{
  while (out->n > 0) {
    ssize_t n;

    TRY(await(fd, POLLOUT));
    n = write(fd, out->p, out->n);
    if (n < 0 && errno != EAGAIN) {
      return ERR_IO;
    }
    buf_consume(out, n < 0 ? 0 : (size_t)n);
  }
  return 0;
}

static int give_cookie(struct session *s)
{
  CLEANUP(buf_wipe) struct buf cookie = {0};

  return file_read(session_cookie_path(s), PORTER_COOKIE_MAX, &cookie) < 0
             ? session_no_cookie(s, "no cookie")
             : session_set_cookie(s, buf_slice(&cookie));
}

static void take_places(const struct reply *reply, struct endpoint *out, size_t *n_out)
{
  struct listeners l;

  *n_out = 0;
  if (listeners_init(&l, reply) == 0) {
    while (*n_out < INQUIRY_MAX && listeners_next(&l, &out[*n_out])) {
      (*n_out)++;
    }
  }
}

/* What is to be done about one item; true if it was the answer. */
static int take_item(struct session *s, const struct session_item *item, struct endpoint *out,
                     size_t *n_out, bool *is_done)
{
  CLEANUP(buf_deinit) struct buf command = {0};

  switch (item->outcome) {
  case SESSION_COOKIE:
    return give_cookie(s);
  case SESSION_READY:
    command_getinfo(LISTENERS_KEY, &command);
    return session_send(s, 0, buf_slice(&command));
  case SESSION_REPLY:
    take_places(item->reply, out, n_out);
    *is_done = true;
    return 0;
  case SESSION_WAITING:
  case SESSION_EVENT:
  case SESSION_STRANGE:
    break;
  }
  return 0;
}

/* What tor has sent; ERR_CLOSED at its end. */
static int receive(int fd, struct buf *in)
{
  ssize_t n;

  TRY(await(fd, POLLIN));
  n = read(fd, buf_reserve(in, READ_BYTES), READ_BYTES);
  buf_used(in, n > 0 ? (size_t)n : 0);
  return n > 0 ? 0 : n == 0 ? ERR_CLOSED : ERR_IO;
}

static int converse(int fd, struct session *s, struct endpoint *out, size_t *n_out)
{
  CLEANUP(buf_wipe) struct buf in = {0};
  struct session_item item = {.outcome = SESSION_WAITING};
  bool is_done = false;

  while (!is_done) {
    struct slice rest;

    TRY(send_all(fd, session_output(s)));
    buf_clear(&in);
    TRY(receive(fd, &in));
    rest = buf_slice(&in);
    do {
      TRY(session_next(s, &rest, &item));
      TRY(take_item(s, &item, out, n_out, &is_done));
    } while (item.outcome != SESSION_WAITING && !is_done);
  }
  return 0;
}

int inquiry_socks(const struct inquiry *q, const struct endpoint *control, struct endpoint *out,
                  size_t *n_out)
{
  struct session_config config = {
      .password = q->password, .events = "", .rng = q->rng, .suite = q->suite};
  CLEANUP(free_session) struct session *s = NULL;
  CLEANUP(close_at) int fd = dial(control);

  TRY(fd);
  s = session_new(&config);
  return converse(fd, s, out, n_out);
}
