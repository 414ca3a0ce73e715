#include "io/porter.h"

#include "base/mem.h"
#include "io/child.h"
#include "io/dial.h"
#include "io/file.h"
#include "io/logger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct ward {
  pid_t pid;
  int status; /* where its end is told */
};

struct porter {
  int fd;
  const struct porter_policy *policy;
  struct ward *wards; /* that run */
  size_t n, cap;
};

/* What goes back: the descriptors are ours, and closed when they are sent. */
struct answer {
  struct porter_reply reply;
  int fds[2];
  size_t n_fds;
};

static int give(struct answer *a, int fd)
{
  if (fd < 0) {
    return ERR_IO;
  }
  a->fds[a->n_fds++] = fd;
  return 0;
}

static int refuse(void)
{
  errno = EACCES;
  return ERR_IO;
}

static int do_dial(struct porter *p, const struct porter_request *r, struct answer *out)
{
  return p->policy->may_dial(p->policy->ctx, &r->endpoint) ? give(out, dial(&r->endpoint))
                                                           : refuse();
}

static int do_start(struct porter *p, const struct porter_request *r, struct answer *out)
{
  char *const *argv = p->policy->command(p->policy->ctx, r->digest, r->is_standard != 0);
  int ends[2];
  pid_t pid = -1;
  int stream = -1;

  if (argv == NULL) {
    return refuse();
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return ERR_IO;
  }
  if (child_spawn(argv, r->is_standard != 0, &pid, &stream) < 0) {
    int saved = errno;

    close(ends[0]);
    close(ends[1]);
    errno = saved;
    return ERR_IO;
  }
  p->wards = mem_grow(p->wards, p->n, &p->cap, sizeof *p->wards);
  p->wards[p->n++] = (struct ward){pid, ends[1]};
  out->reply.pid = pid;
  TRY(give(out, stream));
  return give(out, ends[0]);
}

static void drop(struct porter *p, size_t i)
{
  close(p->wards[i].status);
  p->wards[i] = p->wards[--p->n];
}

static int do_stop(struct porter *p, const struct porter_request *r, struct answer *out)
{
  (void)out;
  for (size_t i = 0; i < p->n; i++) {
    if (p->wards[i].pid == r->pid) {
      child_reap(r->pid);
      drop(p, i);
      return 0;
    }
  }
  return 0; /* it has ended already */
}

static int do_open(struct porter *p, const struct porter_request *r, struct answer *out)
{
  return p->policy->may_open(p->policy->ctx, r->path)
             ? give(out, open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK))
             : refuse();
}

/* tor says where its cookie is, to somebody who may say anything: what has the
 * size of one and is no secret of ours is handed out; of all else, the size. */
static int do_cookie(struct porter *p, const struct porter_request *r, struct answer *out)
{
  CLEANUP(buf_wipe) struct buf cookie = {0};
  struct stat st;
  int err;

  if (stat(r->path, &st) == 0 && p->policy->is_secret(p->policy->ctx, &st)) {
    return refuse();
  }
  err = file_read(r->path, PORTER_COOKIE_MAX, &cookie);
  if (err == ERR_TOO_LONG) {
    out->reply.n = PORTER_COOKIE_MAX + 1;
    return 0;
  }
  TRY(err);
  out->reply.n = cookie.n;
  if (cookie.n == PORTER_COOKIE_SIZE) {
    memcpy(out->reply.bytes, cookie.p, cookie.n);
  }
  return 0;
}

static int do_log(struct porter *p, const struct porter_request *r, struct answer *out)
{
  (void)r;
  return p->policy->log_path == NULL ? refuse() : give(out, logger_open_file(p->policy->log_path));
}

static int do_remove(struct porter *p, const struct porter_request *r, struct answer *out)
{
  struct stat st;

  (void)out;
  if (!p->policy->may_remove(p->policy->ctx, r->path) || lstat(r->path, &st) != 0 ||
      !S_ISSOCK(st.st_mode)) {
    return refuse();
  }
  return unlink(r->path) == 0 ? 0 : ERR_IO;
}

static int do_name(struct porter *p, const struct porter_request *r, struct answer *out)
{
  (void)p;
  names_find(r->is_group != 0, r->id, out->reply.name);
  return 0;
}

static int (*const wishes[PORTER_WISHES])(struct porter *, const struct porter_request *,
                                          struct answer *) = {
    [PORTER_DIAL] = do_dial,     [PORTER_START] = do_start,   [PORTER_STOP] = do_stop,
    [PORTER_OPEN] = do_open,     [PORTER_COOKIE] = do_cookie, [PORTER_LOG] = do_log,
    [PORTER_REMOVE] = do_remove, [PORTER_NAME] = do_name,
};

static void send_answer(int fd, struct answer *a)
{
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(2 * sizeof(int))];
  } control = {0};
  struct iovec part = {&a->reply, sizeof a->reply};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

  if (a->n_fds > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(a->n_fds * sizeof(int));
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(a->n_fds * sizeof(int));
    memcpy(CMSG_DATA(&control.head), a->fds, a->n_fds * sizeof(int));
  }
  (void)sendmsg(fd, &message, MSG_NOSIGNAL);
  for (size_t i = 0; i < a->n_fds; i++) {
    close(a->fds[i]);
  }
}

/* A request is taken as it is, but its texts have an end. */
static void serve_one(struct porter *p, struct porter_request *r)
{
  struct answer answer = {.fds = {-1, -1}};

  r->path[sizeof r->path - 1] = '\0';
  r->endpoint.path[sizeof r->endpoint.path - 1] = '\0';
  r->endpoint.host[sizeof r->endpoint.host - 1] = '\0';
  errno = EINVAL;
  if ((unsigned)r->wish >= PORTER_WISHES || wishes[r->wish](p, r, &answer) < 0) {
    answer.reply.errnum = errno;
  }
  send_answer(p->fd, &answer);
}

/* Tells of every process that has ended. */
static void tell_ends(struct porter *p)
{
  for (size_t i = p->n; i > 0; i--) {
    int status = 0;

    if (waitpid(p->wards[i - 1].pid, &status, WNOHANG) == p->wards[i - 1].pid) {
      (void)send(p->wards[i - 1].status, &status, sizeof status, MSG_NOSIGNAL);
      drop(p, i - 1);
    }
  }
}

/* Signals for the whole group are the publisher's affair: it still needs us. */
static int watch_children(void)
{
  static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  sigset_t ends;

  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
    signal(ignored[i], SIG_IGN);
  }
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

void porter_serve(int fd, const struct porter_policy *policy)
{
  struct porter p = {.fd = fd, .policy = policy};
  int signals = watch_children();
  struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  struct signalfd_siginfo info;
  struct porter_request r;
  ssize_t n = 1;

  while (signals >= 0 && n != 0 && (poll(fds, 2, -1) > 0 || errno == EINTR)) {
    while (read(signals, &info, sizeof info) > 0) {
    }
    tell_ends(&p);
    n = recv(fd, &r, sizeof r, MSG_DONTWAIT);
    if (n == (ssize_t)sizeof r) {
      serve_one(&p, &r);
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      n = 0;
    }
  }
  if (signals >= 0) {
    close(signals);
  }
  while (p.n > 0) {
    drop(&p, p.n - 1);
  }
  free(p.wards);
}

void porter_digest(char *const *argv, bool is_standard, uint8_t out[SHA512_SIZE])
{
  static const uint8_t how[] = {0, 1};
  CLEANUP(buf_deinit) struct buf words = {0};
  struct sha512 *hash = sha512_new();

  buf_add(&words, how + (is_standard ? 1 : 0), 1);
  for (size_t i = 0; argv[i] != NULL; i++) {
    buf_add(&words, argv[i], strlen(argv[i]) + 1);
  }
  sha512_message(hash, (struct slice[2]){{0}, {0}}, &(struct slice){words.p, words.n}, 1, out);
  sha512_free(hash);
}
