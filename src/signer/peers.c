#include "signer/peers.h"

#include "base/limits.h"
#include "signer/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* What one turn takes from one peer: some dozens of requests. */
#define TURN_BYTES 4096

/* Those who are turned away are not told of more often. */
#define COMPLAINT_MS 10000

#define NO_DEADLINE INT64_MAX

struct peer {
  int fd; /* -1: the place is free */
  pid_t pid;
  uid_t uid;
  struct session *session;
  struct buf in;
  struct buf out;
  int64_t deadline; /* when it has stalled */
};

struct peers {
  const struct peers_config *config;
  int signals;
  bool is_ending;
  bool is_wanting; /* OpenSSL lacks something */
  struct keyring *keys;
  int64_t next_complaint;
  struct peer at[LIMIT_SIGNER_PEERS];
};

static int64_t now_ms(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say(const struct peers *p, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct peers *p, enum log_level level, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  va_list ap;

  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  p->config->say(p->config->ctx, level, buf_str(&text));
}

static void peer_close(struct peer *peer)
{
  if (peer->fd >= 0) {
    close(peer->fd);
  }
  session_free(peer->session);
  buf_deinit(&peer->in);
  buf_wipe(&peer->out); /* revision-counter keys */
  *peer = (struct peer){.fd = -1};
}

static struct peer *free_place(struct peers *p)
{
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    if (p->at[i].fd < 0) {
      return &p->at[i];
    }
  }
  return NULL;
}

/* True if one who is turned away is to be told of. */
static bool may_complain(struct peers *p)
{
  int64_t now = now_ms();

  if (now < p->next_complaint) {
    return false;
  }
  p->next_complaint = now + COMPLAINT_MS;
  return true;
}

static void load_keys(struct peers *p)
{
  struct keyring *keys = p->config->load(p->config->ctx);

  if (keys != NULL) {
    keyring_free(p->keys);
    p->keys = keys;
  }
}

/* Deals with the signals that have come so far. */
static void take_signals(struct peers *p)
{
  struct signalfd_siginfo info;
  bool is_hangup = false;

  while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    is_hangup = is_hangup || info.ssi_signo == SIGHUP;
    p->is_ending = p->is_ending || info.ssi_signo != SIGHUP;
  }
  if (is_hangup && !p->is_ending) {
    load_keys(p);
  }
}

static void admit(struct peers *p, struct peer *peer, int fd, const struct ucred *who)
{
  char name[BOOK_PEER_SIZE];

  *peer = (struct peer){.fd = fd,
                        .pid = who->pid,
                        .uid = who->uid,
                        .session = session_new(p->keys),
                        .deadline = now_ms() + p->config->stall_ms};
  if (peer->session == NULL) {
    p->is_wanting = true;
    peer_close(peer);
    return;
  }
  snprintf(name, sizeof name, "process %d of user %u", (int)who->pid, (unsigned)who->uid);
  session_set_book(peer->session, p->config->book, name);
}

/* One new connection. Who has sent SIGHUP and connects then gets the new keys:
 * the signal is there when accept returns, if not when poll did. */
static int take_connection(struct peers *p)
{
  struct ucred who;
  struct peer *peer;
  int fd = -1;
  int err = listener_accept(p->config->listener, &p->config->policy, &who, &fd);

  if (err == ERR_NOT_NOW) {
    return 0;
  }
  if (err == ERR_AUTH) {
    if (may_complain(p)) {
      say(p, LOG_LEVEL_WARNING,
          "signer: process %d of user %u and group %u is not let in; if it should be: --allow-user",
          (int)who.pid, (unsigned)who.uid, (unsigned)who.gid);
    }
    return 0;
  }
  TRY(err);
  take_signals(p);
  peer = free_place(p);
  if (peer == NULL) {
    close(fd);
    if (may_complain(p)) {
      say(p, LOG_LEVEL_WARNING,
          "signer: %u publishers are connected already; process %d is turned away",
          LIMIT_SIGNER_PEERS, (int)who.pid);
    }
    return 0;
  }
  admit(p, peer, fd, &who);
  return 0;
}

/* ERR_CLOSED if it has gone, ERR_TOO_LONG for garbage. */
static int read_turn(struct peer *peer)
{
  struct timespec now;
  ssize_t n = read(peer->fd, buf_reserve(&peer->in, TURN_BYTES), TURN_BYTES);

  if (n < 0) {
    return errno == EAGAIN || errno == EINTR ? 0 : ERR_CLOSED;
  }
  if (n == 0) {
    return ERR_CLOSED;
  }
  buf_used(&peer->in, (size_t)n);
  clock_gettime(CLOCK_REALTIME, &now);
  return session_feed(peer->session, &peer->in, (struct wall){now.tv_sec}, &peer->out);
}

static int write_turn(struct peer *peer)
{
  ssize_t n = write(peer->fd, peer->out.p, peer->out.n);

  if (n < 0) {
    return errno == EAGAIN || errno == EINTR ? 0 : ERR_CLOSED;
  }
  if ((size_t)n == peer->out.n) {
    buf_wipe(&peer->out);
  } else {
    buf_consume(&peer->out, (size_t)n);
  }
  return 0;
}

/* Garbage ends a connection when what came before it has been answered, as far
 * as that goes at once. */
static void serve_turn(struct peers *p, struct peer *peer, short ready)
{
  size_t had = peer->out.n;
  int err = (ready & (POLLIN | POLLHUP | POLLERR)) != 0 ? read_turn(peer) : 0;
  bool has_answered = peer->out.n > had;

  if (peer->out.n > 0 && err != ERR_CLOSED) {
    int failed = write_turn(peer);

    err = err == 0 ? failed : err;
  }
  if (err == ERR_TOO_LONG) {
    say(p, LOG_LEVEL_ERROR,
        "signer: what process %d of user %u sends is not of this protocol; hanging up",
        (int)peer->pid, (unsigned)peer->uid);
  }
  if (err < 0) {
    peer_close(peer);
    return;
  }
  if (peer->in.n == 0 && peer->out.n == 0) {
    peer->deadline = NO_DEADLINE;
  } else if (has_answered || peer->out.n < had || peer->deadline == NO_DEADLINE) {
    peer->deadline = now_ms() + p->config->stall_ms;
  }
}

static void drop_stalled(struct peers *p)
{
  int64_t now = now_ms();

  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    struct peer *peer = &p->at[i];

    if (peer->fd >= 0 && peer->deadline <= now) {
      say(p, LOG_LEVEL_WARNING,
          "signer: process %d of user %u has stopped in the middle of a message; hanging up",
          (int)peer->pid, (unsigned)peer->uid);
      peer_close(peer);
    }
  }
}

/* Milliseconds to the first deadline; -1: there is none. */
static int patience(const struct peers *p)
{
  int64_t now = now_ms();
  int64_t first = NO_DEADLINE;

  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    if (p->at[i].fd >= 0 && p->at[i].deadline < first) {
      first = p->at[i].deadline;
    }
  }
  if (first == NO_DEADLINE) {
    return -1;
  }
  return first <= now ? 0 : (int)(first - now);
}

static struct pollfd wait_of(const struct peer *peer)
{
  short events = peer->out.n < LIMIT_SIGNER_OUTPUT_BYTES ? POLLIN : 0;

  return (struct pollfd){.fd = peer->fd,
                         .events = (short)(events | (peer->out.n > 0 ? POLLOUT : 0))};
}

static int turn(struct peers *p)
{
  struct pollfd fds[2 + LIMIT_SIGNER_PEERS] = {{.fd = p->signals, .events = POLLIN},
                                               {.fd = p->config->listener, .events = POLLIN}};

  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    fds[2 + i] = wait_of(&p->at[i]);
  }
  if (poll(fds, 2 + LIMIT_SIGNER_PEERS, patience(p)) < 0) {
    return errno == EINTR ? 0 : ERR_IO;
  }
  take_signals(p);
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    if (fds[2 + i].revents != 0) {
      serve_turn(p, &p->at[i], fds[2 + i].revents);
    }
  }
  drop_stalled(p);
  TRY(fds[1].revents != 0 ? take_connection(p) : 0);
  return p->is_wanting ? ERR_CRYPTO : 0;
}

static int serve(struct peers *p)
{
  load_keys(p);
  if (p->keys == NULL) {
    return ERR_MISSING;
  }
  while (!p->is_ending) {
    TRY(turn(p));
  }
  return 0;
}

int peers_serve(const struct peers_config *config)
{
  struct peers p = {.config = config};
  sigset_t taken, before;
  int err;

  sigemptyset(&taken);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGINT);
  sigaddset(&taken, SIGHUP);
  sigprocmask(SIG_BLOCK, &taken, &before);
  p.signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    p.at[i].fd = -1;
  }
  err = p.signals < 0 ? ERR_IO : serve(&p);
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    peer_close(&p.at[i]);
  }
  keyring_free(p.keys);
  if (p.signals >= 0) {
    close(p.signals);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return err;
}
