#include "io/child.h"

#include "base/mem.h"
#include "io/hatch.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS_TEXT_SIZE 96

/* How long a child may take to go, before SIGTERM and then before SIGKILL. */
#define GOING_STEPS   100
#define GOING_STEP_NS 10000000

struct child {
  pid_t pid;
  bool has_ended;
  struct bufferevent *stream;
  struct event *on_sigchld; /* NULL if the porter has started it */
  struct event *on_status;  /* then this */
  int status;               /* where the porter tells of its end; or -1 */
  void (*ended)(void *ctx, const char *status);
  void *ctx;
  void (*got)(void *ctx, struct slice bytes);
  void *got_ctx;
};

static void format_status(int status, char out[STATUS_TEXT_SIZE])
{
  if (WIFSIGNALED(status)) {
    snprintf(out, STATUS_TEXT_SIZE, "killed by signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
  } else {
    snprintf(out, STATUS_TEXT_SIZE, "exited with status %d", WEXITSTATUS(status));
  }
}

/* SIGCHLD tells that some child has changed; this one asks for its own. */
static void on_sigchld(evutil_socket_t signal, short what, void *arg)
{
  struct child *c = arg;
  char text[STATUS_TEXT_SIZE];
  int status = 0;

  (void)signal;
  (void)what;
  if (c->has_ended || waitpid(c->pid, &status, WNOHANG) != c->pid) {
    return;
  }
  c->has_ended = true;
  event_del(c->on_sigchld);
  format_status(status, text);
  c->ended(c->ctx, text);
}

/* The porter tells how a process of its has ended. */
static void on_status(evutil_socket_t fd, short what, void *arg)
{
  struct child *c = arg;
  char text[STATUS_TEXT_SIZE] = "lost together with the porter";
  int status = 0;

  (void)what;
  c->has_ended = true;
  if (recv(fd, &status, sizeof status, MSG_DONTWAIT) == (ssize_t)sizeof status) {
    format_status(status, text);
  }
  c->ended(c->ctx, text);
}

/* Signal state of the child: ours is none of its business. */
static void set_attributes(posix_spawnattr_t *attributes)
{
  sigset_t none, all;

  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &all);
  posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Both ends of the pair are close-on-exec; the copies that the child gets are
 * not, also if fd has that number already. */
static int add_streams(posix_spawn_file_actions_t *actions, bool is_standard, int fd)
{
  int err = posix_spawn_file_actions_adddup2(actions, fd, is_standard ? STDIN_FILENO : CHILD_FD);

  if (err == 0 && is_standard) {
    err = posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
  }
  return err == 0 ? posix_spawn_file_actions_addclosefrom_np(
                        actions, is_standard ? STDERR_FILENO + 1 : CHILD_FD + 1)
                  : err;
}

static int spawn(char *const *argv, bool is_standard, int fd, pid_t *pid_out)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int err;

  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  set_attributes(&attributes);
  err = add_streams(&actions, is_standard, fd);
  if (err == 0) {
    err = posix_spawnp(pid_out, argv[0], &actions, &attributes, argv, environ);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = err;
  return err == 0 ? 0 : ERR_IO;
}

static void close_both(const int ends[2])
{
  int saved = errno;

  close(ends[0]);
  close(ends[1]);
  errno = saved;
}

int child_spawn(char *const *argv, bool is_standard, pid_t *pid_out, int *stream_out)
{
  int ends[2];

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return ERR_IO;
  }
  if (spawn(argv, is_standard, ends[1], pid_out) < 0) {
    close_both(ends);
    return ERR_IO;
  }
  close(ends[1]);
  *stream_out = ends[0];
  return 0;
}

static struct child *new_child(const struct child_config *config, int fd, pid_t pid)
{
  struct child *c = mem_new(sizeof *c);

  evutil_make_socket_nonblocking(fd);
  c->pid = pid;
  c->status = -1;
  c->ended = config->ended;
  c->ctx = config->ctx;
  c->stream = bufferevent_socket_new(config->base, fd, BEV_OPT_CLOSE_ON_FREE);
  if (c->stream == NULL) {
    abort();
  }
  return c;
}

static int start_here(const struct child_config *config, struct child **out)
{
  struct child *c;
  pid_t pid = -1;
  int fd = -1;

  TRY(child_spawn(config->argv, config->is_standard, &pid, &fd));
  c = new_child(config, fd, pid);
  c->on_sigchld = evsignal_new(config->base, SIGCHLD, on_sigchld, c);
  if (c->on_sigchld == NULL || event_add(c->on_sigchld, NULL) != 0) {
    abort();
  }
  /* It may have ended before the handler was there. */
  event_active(c->on_sigchld, EV_SIGNAL, 1);
  *out = c;
  return 0;
}

static int start_outside(const struct child_config *config, struct child **out)
{
  struct hatch_child started;
  struct child *c;

  TRY(hatch_start(config->argv, config->is_standard, &started));
  c = new_child(config, started.stream, started.pid);
  c->status = started.status;
  c->on_status = event_new(config->base, started.status, EV_READ, on_status, c);
  if (c->on_status == NULL || event_add(c->on_status, NULL) != 0) {
    abort();
  }
  *out = c;
  return 0;
}

int child_start(const struct child_config *config, struct child **out)
{
  return hatch_is_open() ? start_outside(config, out) : start_here(config, out);
}

struct bufferevent *child_stream(struct child *c)
{
  return c->stream;
}

static void on_read(struct bufferevent *stream, void *ctx)
{
  struct evbuffer *in = bufferevent_get_input(stream);
  struct child *c = ctx;
  size_t n = evbuffer_get_length(in);

  c->got(c->got_ctx, slice_of(evbuffer_pullup(in, -1), n));
  evbuffer_drain(in, n);
}

void child_listen(struct child *c, void (*got)(void *ctx, struct slice bytes), void *ctx)
{
  c->got = got;
  c->got_ctx = ctx;
  bufferevent_setcb(c->stream, on_read, NULL, NULL, c);
  bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

void child_ignore(struct child *c)
{
  bufferevent_disable(c->stream, EV_READ | EV_WRITE);
}

void child_send(struct child *c, struct slice bytes)
{
  bufferevent_write(c->stream, bytes.p, bytes.n);
}

pid_t child_pid(const struct child *c)
{
  return c->pid;
}

/* Waits for the end of the process, a second at most. */
static bool wait_a_second(pid_t pid)
{
  const struct timespec step = {.tv_nsec = GOING_STEP_NS};

  for (int i = 0; i < GOING_STEPS; i++) {
    if (waitpid(pid, NULL, WNOHANG) != 0) {
      return true;
    }
    nanosleep(&step, NULL);
  }
  return false;
}

void child_reap(pid_t pid)
{
  if (wait_a_second(pid)) {
    return;
  }
  kill(pid, SIGTERM);
  if (wait_a_second(pid)) {
    return;
  }
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

/* Its process, which may still run. */
static void end(struct child *c)
{
  if (c->on_sigchld != NULL) {
    event_free(c->on_sigchld);
  }
  if (c->on_status != NULL) {
    event_free(c->on_status);
    close(c->status);
  }
  if (!c->has_ended && c->on_sigchld != NULL) {
    child_reap(c->pid);
  } else if (!c->has_ended) {
    hatch_stop(c->pid);
  }
}

void child_free(struct child *c)
{
  if (c == NULL) {
    return;
  }
  /* bufferevent_free closes in the next turn of the loop: too late for its end. */
  shutdown(bufferevent_getfd(c->stream), SHUT_RDWR);
  bufferevent_free(c->stream);
  end(c);
  free(c);
}
