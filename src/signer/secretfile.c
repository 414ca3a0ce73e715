#include "signer/secretfile.h"

#include "signer/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_at(int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

/* "cannot read PATH: No such file or directory". */
static enum wire_status unreadable(const char *path, const char *reason, struct buf *text)
{
  buf_addf(text, "cannot read %s: %s", path, reason);
  return WIRE_STATUS_UNREADABLE;
}

/* The same for an error number, with the cure where it is always the same. */
static enum wire_status unopened(const char *path, int number, struct buf *text)
{
  enum wire_status status = unreadable(path, strerror(number), text);

  if (number == EACCES) {
    buf_add_str(text, "; it must belong to the user that the signer runs as (of Debian's service: "
                      "onionbalance), and its folder must let that user in");
  }
  return status;
}

/* Looks at what was opened, before anything of it is read. */
static enum wire_status check(const char *path, const struct stat *st, const char *name,
                              struct buf *text)
{
  unsigned mode = st->st_mode & 07777U;

  if (!S_ISREG(st->st_mode)) {
    return unreadable(path, S_ISDIR(st->st_mode) ? "Is a directory" : "Not a regular file", text);
  }
  if ((mode & S_IWOTH) != 0) {
    buf_addf(text,
             "%s may be written by anybody (mode %04o): somebody may have replaced the %s; "
             "if it is still yours, chmod 600 it",
             path, mode, name);
    return WIRE_STATUS_PERMISSIONS;
  }
  return WIRE_STATUS_GOOD;
}

/* Reads up to size bytes, straight to where they may stay. */
static ssize_t read_all(int fd, uint8_t *out, size_t size)
{
  size_t n = 0;

  while (n < size) {
    ssize_t got = read(fd, out + n, size - n);

    if (got < 0 && errno != EINTR) {
      return -1;
    }
    if (got == 0) {
      break;
    }
    n += got > 0 ? (size_t)got : 0;
  }
  return (ssize_t)n;
}

enum wire_status secretfile_load(const char *path, const struct secretfile_kind *kind,
                                 struct secretfile *out, struct buf *text)
{
  int fd CLEANUP(close_at) = opener_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  enum wire_status status;
  struct stat st;
  ssize_t n;

  *out = (struct secretfile){0};
  if (fd < 0 || fstat(fd, &st) < 0) {
    return unopened(path, errno, text);
  }
  status = check(path, &st, kind->name, text);
  if (status != WIRE_STATUS_GOOD) {
    return status;
  }
  out->content = secret_new(kind->max + 1);
  n = read_all(fd, secret_bytes(out->content), secret_size(out->content));
  if (n < 0) {
    return unreadable(path, strerror(errno), text);
  }
  if ((size_t)n > kind->max) {
    buf_addf(text, "%s is too large for a %s file", path, kind->name);
    return WIRE_STATUS_FORMAT;
  }
  out->n = (size_t)n;
  out->mode = st.st_mode & 07777U;
  out->owner = st.st_uid;
  out->group = st.st_gid;
  return WIRE_STATUS_GOOD;
}

void secretfile_warn(const struct secretfile *f, const char *path, struct buf *text)
{
  if ((f->mode & (S_IRWXG | S_IRWXO)) != 0) {
    buf_addf(text, "%s%s is open to the group or to others (mode %04o); chmod 600 it",
             text->n > 0 ? "; " : "", path, f->mode);
  }
}

void secretfile_deinit(struct secretfile *f)
{
  secret_free(f->content);
  *f = (struct secretfile){0};
}
