#include "io/file.h"

#include "io/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One read(). */
#define CHUNK ((size_t)16 << 10)

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    int saved = errno;

    close(*fd);
    errno = saved;
  }
}

/* Without O_NONBLOCK a FIFO of that name would stop the whole program. */
static int open_regular(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat st = {0};

  if (fd < 0) {
    return ERR_IO;
  }
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    return ERR_IO;
  }
  return fd;
}

int file_read(const char *path, size_t max, struct buf *out)
{
  int fd CLEANUP(close_at) = open_regular(path);
  size_t before = out->n;
  ssize_t got;

  TRY(fd);
  do {
    got = read(fd, buf_reserve(out, CHUNK), CHUNK);
    buf_used(out, got > 0 ? (size_t)got : 0);
    if (out->n - before > max) {
      out->n = before;
      return ERR_TOO_LONG;
    }
  } while (got > 0 || (got < 0 && errno == EINTR));
  if (got < 0) {
    out->n = before;
    return ERR_IO;
  }
  return 0;
}

int file_write_all(int fd, struct slice bytes)
{
  while (bytes.n > 0) {
    ssize_t n = write(fd, bytes.p, bytes.n);

    if (n < 0 && errno != EINTR) {
      return ERR_IO;
    }
    bytes = slice_skip(bytes, n > 0 ? (size_t)n : 0);
  }
  return 0;
}

/* The first thing on the way to path that we may not use: a folder that we may
 * not enter, or path itself. False if nothing is found. */
static bool find_obstacle(const char *path, struct buf *name, struct stat *st)
{
  size_t n = strlen(path);

  for (size_t i = 1; i <= n; i++) {
    if (i < n && path[i] != '/') {
      continue;
    }
    buf_clear(name);
    buf_add(name, path, i);
    if (stat(buf_str(name), st) != 0) {
      return false;
    }
    if (eaccess(buf_str(name), S_ISDIR(st->st_mode) ? X_OK : R_OK) != 0 ||
        (S_ISSOCK(st->st_mode) && eaccess(buf_str(name), W_OK) != 0)) {
      return true;
    }
  }
  return false;
}

/* Whether members of its group may do what we may not. */
static bool is_open_to_group(const struct stat *st)
{
  mode_t need = S_ISDIR(st->st_mode) ? S_IXGRP : S_ISSOCK(st->st_mode) ? S_IWGRP : S_IRGRP;

  return (st->st_mode & need) != 0;
}

/* "; add user onionbalance to group debian-tor (...)" */
static void add_advice(const struct buf *name, const struct stat *st, struct buf *out)
{
  buf_add_str(out, "; ");
  if (!is_open_to_group(st)) {
    buf_add_slice(out, buf_slice(name));
    buf_add_str(out, " is closed to its group: for tor's control port set"
                     " CookieAuthFileGroupReadable 1 (cookie) or ControlSocketsGroupWritable 1"
                     " (socket) in torrc, then ");
  }
  buf_add_str(out, "add user ");
  names_user(geteuid(), out);
  buf_add_str(out, " to group ");
  names_group(st->st_gid, out);
  buf_add_str(out, ", which owns ");
  buf_add_slice(out, buf_slice(name));
}

void file_explain(const char *path, int errnum, struct buf *out)
{
  struct buf name CLEANUP(buf_deinit) = {0};
  struct stat st;

  buf_addf(out, "%s: %s", path, strerror(errnum));
  if ((errnum == EACCES || errnum == EPERM) && find_obstacle(path, &name, &st)) {
    add_advice(&name, &st, out);
  }
}
