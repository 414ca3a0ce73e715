#include "signer/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections waiting to be accepted. */
#define BACKLOG 16

static void close_at(const int *fd)
{
  int saved = errno;

  if (*fd >= 0) {
    close(*fd);
  }
  errno = saved;
}

static int new_socket(void)
{
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Whether a socket file has nobody behind it any more. */
static bool is_left_over(const struct sockaddr_un *at)
{
  CLEANUP(close_at) int fd = new_socket();

  return fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 &&
         errno == ECONNREFUSED;
}

static int clear_place(const struct sockaddr_un *at)
{
  struct stat st;

  if (lstat(at->sun_path, &st) != 0) {
    return errno == ENOENT ? 0 : ERR_IO;
  }
  if (!S_ISSOCK(st.st_mode) || !is_left_over(at)) {
    errno = EADDRINUSE;
    return ERR_IO;
  }
  return unlink(at->sun_path) == 0 ? 0 : ERR_IO;
}

/* Nobody can connect before the mode is right: the file is made closed, and
 * nothing listens until it has been opened as far as it should be. */
static int listen_at(int fd, const struct sockaddr_un *at, mode_t mode)
{
  mode_t before = umask(0777);
  int bound = bind(fd, (const struct sockaddr *)at, sizeof *at);

  umask(before);
  return bound == 0 && chmod(at->sun_path, mode) == 0 && listen(fd, BACKLOG) == 0 ? 0 : ERR_IO;
}

int listener_open(const char *path, mode_t mode, int *out)
{
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  size_t n = strlen(path);
  int fd;

  if (n == 0 || n >= sizeof at.sun_path) {
    errno = ENAMETOOLONG;
    return ERR_IO;
  }
  memcpy(at.sun_path, path, n);
  TRY(clear_place(&at));
  fd = new_socket();
  if (fd < 0 || listen_at(fd, &at, mode) < 0) {
    close_at(&fd);
    return ERR_IO;
  }
  *out = fd;
  return 0;
}

bool listener_is_one(int fd)
{
  int value = 0;
  socklen_t n = sizeof value;

  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &n) == 0 && value != 0;
}

bool listener_allows(const struct listener_policy *p, const struct ucred *who)
{
  bool allowed = who->uid == 0 || who->uid == geteuid();

  for (size_t i = 0; i < p->n_users; i++) {
    allowed = allowed || p->users[i] == who->uid;
  }
  for (size_t i = 0; i < p->n_groups; i++) {
    allowed = allowed || p->groups[i] == who->gid;
  }
  return allowed;
}

/* What accept says when there is nobody, or nobody any more. */
static bool is_passing(void)
{
  return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
}

int listener_accept(int fd, const struct listener_policy *p, struct ucred *who, int *out)
{
  socklen_t n = sizeof *who;
  int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  *who = (struct ucred){.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
  if (peer < 0) {
    return is_passing() ? ERR_NOT_NOW : ERR_IO;
  }
  if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, who, &n) != 0 || !listener_allows(p, who)) {
    close(peer);
    return ERR_AUTH;
  }
  *out = peer;
  return 0;
}
