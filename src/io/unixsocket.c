#include "io/unixsocket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections waiting to be accepted. */
#define BACKLOG 16

/* True if nobody listens at the socket any more. */
static bool is_stale(const struct sockaddr_un *address)
{
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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

static int bind_with_mode(int fd, const struct sockaddr_un *address, mode_t mode)
{
  mode_t before = umask(0);
  int done;

  umask(before | (0777U & ~mode));
  done = bind(fd, (const struct sockaddr *)address, sizeof *address);
  umask(before);
  return done == 0 ? 0 : ERR_IO;
}

int unixsocket_listen(const char *path, mode_t mode, int *out)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t n = strlen(path);
  int fd;

  if (n == 0 || n >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return ERR_IO;
  }
  memcpy(address.sun_path, path, n);
  TRY(make_room(&address));
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return ERR_IO;
  }
  if (bind_with_mode(fd, &address, mode) < 0 || listen(fd, BACKLOG) != 0) {
    int why = errno;

    close(fd);
    errno = why;
    return ERR_IO;
  }
  *out = fd;
  return 0;
}
