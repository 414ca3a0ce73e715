#include "io/hatch.h"

#include "io/porter.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* As ps shows it. */
#define NAME "porter"

static int hatch = -1;
static struct event *watch;
static void (*on_loss)(void *ctx);
static void *loss_ctx;

int hatch_open(void (*serve)(void *ctx, int fd), void *ctx)
{
  int ends[2];
  pid_t pid;

  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return ERR_IO;
  }
  pid = fork();
  if (pid == 0) {
    close(ends[0]);
    (void)prctl(PR_SET_NAME, NAME, 0, 0, 0);
    serve(ctx, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return ERR_IO;
  }
  hatch = ends[0];
  return 0;
}

void hatch_close(void)
{
  if (watch != NULL) {
    event_free(watch);
    watch = NULL;
  }
  if (hatch >= 0) {
    close(hatch);
    hatch = -1;
  }
}

bool hatch_is_open(void)
{
  return hatch >= 0;
}

/* Nothing comes that was not asked for: it can only be the end. */
static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
  (void)fd;
  (void)what;
  (void)ctx;
  on_loss(loss_ctx);
}

void hatch_watch(struct event_base *base, void (*lost)(void *ctx), void *ctx)
{
  on_loss = lost;
  loss_ctx = ctx;
  watch = event_new(base, hatch, EV_READ, on_readable, NULL);
  if (watch == NULL || event_add(watch, NULL) != 0) {
    abort();
  }
}

static int receive(struct porter_reply *out, int fds[2])
{
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(2 * sizeof(int))];
  } control = {0};
  struct iovec part = {out, sizeof *out};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  const struct cmsghdr *head;
  ssize_t n;

  do {
    n = recvmsg(hatch, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof *out) {
    errno = EPIPE;
    return ERR_IO;
  }
  head = CMSG_FIRSTHDR(&message);
  if (head != NULL && head->cmsg_type == SCM_RIGHTS) {
    memcpy(fds, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
  }
  return 0;
}

/* One question and its answer; the descriptors go to fds. */
static int ask(struct porter_request *r, struct porter_reply *out, int fds[2])
{
  fds[0] = -1;
  fds[1] = -1;
  if (send(hatch, r, sizeof *r, MSG_NOSIGNAL) != (ssize_t)sizeof *r) {
    return ERR_IO;
  }
  TRY(receive(out, fds));
  errno = out->errnum;
  return out->errnum == 0 ? 0 : ERR_IO;
}

/* A question about a path. */
static int ask_path(enum porter_wish wish, const char *path, struct porter_reply *out, int *fd_out)
{
  struct porter_request r = {.wish = wish};
  size_t n = strlen(path);
  int fds[2];

  if (n >= sizeof r.path) {
    errno = ENAMETOOLONG;
    return ERR_IO;
  }
  memcpy(r.path, path, n);
  TRY(ask(&r, out, fds));
  *fd_out = fds[0];
  return 0;
}

int hatch_dial(const struct endpoint *e)
{
  struct porter_request r = {.wish = PORTER_DIAL, .endpoint = *e};
  struct porter_reply reply = {0};
  int fds[2];

  TRY(ask(&r, &reply, fds));
  return fds[0];
}

int hatch_start(char *const *argv, bool is_standard, struct hatch_child *out)
{
  struct porter_request r = {.wish = PORTER_START, .is_standard = is_standard};
  struct porter_reply reply = {0};
  int fds[2];

  porter_digest(argv, is_standard, r.digest);
  TRY(ask(&r, &reply, fds));
  *out = (struct hatch_child){reply.pid, fds[0], fds[1]};
  return 0;
}

void hatch_stop(pid_t pid)
{
  struct porter_request r = {.wish = PORTER_STOP, .pid = pid};
  struct porter_reply reply = {0};
  int fds[2];

  (void)!ask(&r, &reply, fds);
}

int hatch_open_file(const char *path, int flags)
{
  struct porter_reply reply = {0};
  int fd = -1;

  (void)flags;
  TRY(ask_path(PORTER_OPEN, path, &reply, &fd));
  return fd;
}

int hatch_open_log(void)
{
  struct porter_reply reply = {0};
  int fd = -1;

  TRY(ask_path(PORTER_LOG, "", &reply, &fd));
  return fd;
}

int hatch_cookie(const char *path, struct buf *out)
{
  struct porter_reply reply = {0};
  int fd = -1;

  TRY(ask_path(PORTER_COOKIE, path, &reply, &fd));
  if (reply.n > PORTER_COOKIE_MAX) {
    return ERR_TOO_LONG;
  }
  memset(buf_reserve(out, reply.n + 1), 0, reply.n);
  if (reply.n == PORTER_COOKIE_SIZE) {
    memcpy(buf_reserve(out, reply.n), reply.bytes, PORTER_COOKIE_SIZE);
  }
  buf_used(out, reply.n);
  return 0;
}

void hatch_name(bool is_group, uint32_t id, char out[NAMES_SIZE])
{
  struct porter_request r = {.wish = PORTER_NAME, .is_group = is_group, .id = id};
  struct porter_reply reply = {0};
  int fds[2];

  out[0] = '\0';
  if (ask(&r, &reply, fds) == 0) {
    memcpy(out, reply.name, NAMES_SIZE);
    out[NAMES_SIZE - 1] = '\0';
  }
}

void hatch_remove(const char *path)
{
  struct porter_reply reply = {0};
  int fd = -1;

  if (hatch_is_open()) {
    (void)!ask_path(PORTER_REMOVE, path, &reply, &fd);
  } else {
    unlink(path);
  }
}
