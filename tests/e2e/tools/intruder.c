/* Somebody else's code in one of the programs: loaded with LD_PRELOAD, it waits
 * until the program has closed its door, and then tries one thing.
 *
 * INTRUDER_IN names the program, INTRUDER_DOES what is tried, as "WHAT ARGUMENT".
 * With INTRUDER_EARLY the door is not waited for: that shows that the same thing
 * works where there is no sandbox. On stderr it says "intruder: done" or
 * "intruder: refused". */
#include "io/porter.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int seccomp_load(void *ctx);

static bool is_ready;

static int number(const char *text)
{
  return (int)strtol(text, NULL, 10);
}

/* Makes no system call but the one that every program may make. */
static void say(const char *what)
{
  char text[64];
  int n = snprintf(text, sizeof text, "intruder: %s\n", what);

  (void)!write(STDERR_FILENO, text, (size_t)n);
}

static bool reads(const char *path)
{
  return open(path, O_RDONLY) >= 0;
}

static bool writes(const char *path)
{
  return open(path, O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool execs(const char *path)
{
  char *argv[] = {strdup(path), NULL};

  say("done unless told otherwise");
  execv(path, argv);
  return false;
}

static bool forks(const char *unused)
{
  pid_t pid = fork();

  (void)unused;
  if (pid == 0) {
    _exit(0);
  }
  return pid > 0;
}

static bool connects(const char *port)
{
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)number(port)),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool connects_unix(const char *path)
{
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  memcpy(at.sun_path, path, strnlen(path, sizeof at.sun_path - 1));
  return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool traces(const char *pid)
{
  return ptrace(PTRACE_ATTACH, number(pid), NULL, NULL) == 0;
}

static bool signals(const char *pid)
{
  return kill(number(pid), 0) == 0;
}

/* The socket that leads to the porter. */
static int find_hatch(void)
{
  for (int fd = 3; fd < 256; fd++) {
    int type = 0;
    socklen_t n = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET) {
      return fd;
    }
  }
  return -1;
}

/* One question to the porter; true if it does what it is asked for. */
static bool asks(struct porter_request *r)
{
  struct porter_reply reply = {.errnum = EIO};
  int fd = find_hatch();

  if (fd < 0) {
    return false;
  }
  if (send(fd, r, sizeof *r, 0) != (ssize_t)sizeof *r) {
    return false;
  }
  (void)!recv(fd, &reply, sizeof reply, 0);
  errno = reply.errnum;
  return reply.errnum == 0 && (r->wish != PORTER_COOKIE || reply.bytes[0] != 0);
}

static bool asks_about(enum porter_wish wish, const char *path)
{
  static struct porter_request r;

  r.wish = wish;
  memcpy(r.path, path, strnlen(path, sizeof r.path - 1));
  return asks(&r);
}

static bool asks_open(const char *path)
{
  return asks_about(PORTER_OPEN, path);
}

static bool asks_cookie(const char *path)
{
  return asks_about(PORTER_COOKIE, path);
}

static bool asks_remove(const char *path)
{
  return asks_about(PORTER_REMOVE, path);
}

static bool asks_dial(const char *place)
{
  static struct porter_request r = {.wish = PORTER_DIAL};

  if (place[0] == '/') {
    r.endpoint.kind = ENDPOINT_UNIX;
    memcpy(r.endpoint.path, place, strnlen(place, sizeof r.endpoint.path - 1));
  } else {
    r.endpoint.kind = ENDPOINT_TCP;
    memcpy(r.endpoint.host, "127.0.0.1", sizeof "127.0.0.1");
    r.endpoint.port = (uint16_t)number(place);
  }
  return asks(&r);
}

/* "sh -c PATH" as a command that it would like to have run. */
static bool asks_start(const char *path)
{
  static struct porter_request r = {.wish = PORTER_START, .is_standard = true};
  char *argv[] = {strdup(path), NULL};

  porter_digest(argv, true, r.digest);
  return asks(&r);
}

static const struct {
  const char *name;
  bool (*attempt)(const char *argument);
} attempts[] = {
    {"read", reads},
    {"write", writes},
    {"exec", execs},
    {"fork", forks},
    {"tcp", connects},
    {"unix", connects_unix},
    {"ptrace", traces},
    {"signal", signals},
    {"ask-open", asks_open},
    {"ask-cookie", asks_cookie},
    {"ask-remove", asks_remove},
    {"ask-dial", asks_dial},
    {"ask-start", asks_start},
};

static void intrude(void)
{
  const char *what = getenv("INTRUDER_DOES");
  const char *argument = what == NULL ? NULL : strchr(what, ' ');

  for (size_t i = 0; argument != NULL && i < sizeof attempts / sizeof attempts[0]; i++) {
    size_t n = strlen(attempts[i].name);

    if (n == (size_t)(argument - what) && strncmp(what, attempts[i].name, n) == 0) {
      bool is_done = attempts[i].attempt(argument + 1);

      say(is_done ? "done" : "refused");
      _exit(0);
    }
  }
}

static bool is_our_program(void)
{
  const char *name = getenv("INTRUDER_IN");

  return name != NULL && strcmp(name, program_invocation_short_name) == 0;
}

int seccomp_load(void *ctx)
{
  int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "seccomp_load");
  int result = real(ctx);

  is_ready = is_our_program();
  return result;
}

static void turn(void)
{
  static int turns;

  if (is_our_program() && getenv("INTRUDER_EARLY") != NULL && ++turns == 2) {
    is_ready = true;
  }
  if (is_ready) {
    is_ready = false;
    intrude();
  }
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
  static int (*real)(int, struct epoll_event *, int, int);

  if (real == NULL) {
    real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
  }
  turn();
  return real(fd, events, max, timeout);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
  static int (*real)(struct pollfd *, nfds_t, int);

  if (real == NULL) {
    real = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
  }
  turn();
  return real(fds, n, timeout);
}
