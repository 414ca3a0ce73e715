#include "signer/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int open_here(const char *path, int flags)
{
  int fd = open(path, flags);

  return fd < 0 ? ERR_IO : fd;
}

static int (*opener)(const char *path, int flags) = open_here;

void opener_set(int (*how)(const char *path, int flags))
{
  opener = how == NULL ? open_here : how;
}

int opener_open(const char *path, int flags)
{
  return opener(path, flags | O_CLOEXEC);
}

DIR *opener_folder(const char *path)
{
  int fd = opener_open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);

  if (fd >= 0 && dir == NULL) {
    int saved = errno;

    close(fd);
    errno = saved;
  }
  return dir;
}
