#include "signer/outfile.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct slice content)
{
  size_t n = 0;

  while (n < content.n) {
    ssize_t done = write(fd, content.p + n, content.n - n);

    if (done < 0 && errno != EINTR) {
      return ERR_IO;
    }
    n += done > 0 ? (size_t)done : 0;
  }
  return 0;
}

static int write_new(const char *path, struct slice content, mode_t mode)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  int err;

  if (fd < 0) {
    return ERR_IO;
  }
  err = fchmod(fd, mode) == 0 ? write_all(fd, content) : ERR_IO;
  if (err == 0 && fsync(fd) < 0) {
    err = ERR_IO;
  }
  if (close(fd) < 0) {
    err = ERR_IO;
  }
  return err;
}

/* Where the name ends that is the folder, with its slash; 0: the current one. */
static size_t folder_length(const char *path)
{
  const char *slash = strrchr(path, '/');

  return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static int sync_folder(const char *path)
{
  CLEANUP(buf_deinit) struct buf folder = {0};
  int fd;
  int err;

  buf_add(&folder, path, folder_length(path));
  fd = open(folder.n == 0 ? "." : buf_str(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return ERR_IO;
  }
  err = fsync(fd) == 0 || errno == EINVAL ? 0 : ERR_IO; /* some file systems cannot */
  close(fd);
  return err;
}

int outfile_write(const char *path, struct slice content, mode_t mode, bool may_replace)
{
  CLEANUP(buf_deinit) struct buf other = {0};
  size_t n = folder_length(path);
  int err;
  int kept;

  buf_add(&other, path, n);
  buf_addf(&other, ".%s.%ld", path + n, (long)getpid());
  err = write_new(buf_str(&other), content, mode);
  if (err == 0 && may_replace) {
    err = rename(buf_str(&other), path) == 0 ? 0 : ERR_IO;
  } else if (err == 0) {
    err = link(buf_str(&other), path) == 0 ? 0 : ERR_IO;
  }
  kept = errno;
  unlink(buf_str(&other)); /* of a rename there is nothing left */
  errno = kept;
  return err == 0 ? sync_folder(path) : err;
}
