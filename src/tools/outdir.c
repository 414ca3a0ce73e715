#include "tools/outdir.h"

#include "base/cursor.h"
#include "base/mem.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MODE 0755
#define TEMPORARY   ".part"

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    int saved = errno;

    close(*fd);
    errno = saved;
  }
}

/* The next part of a path, without slashes; empty at the end. */
static struct slice next_part(struct cursor *c)
{
  struct slice rest = cursor_rest(c);
  struct slice part = {0};

  while (rest.n > 0 && rest.p[0] == '/') {
    rest = slice_skip(rest, 1);
  }
  part.p = rest.p;
  while (part.n < rest.n && rest.p[part.n] != '/') {
    part.n++;
  }
  *c = cursor_from(slice_skip(rest, part.n));
  return part;
}

/* Appends the parts of path behind "/..." in out. */
static void add_parts(const char *path, size_t begin, struct buf *out)
{
  struct cursor c = cursor_from(slice_str(path));

  for (struct slice part = next_part(&c); part.n > 0; part = next_part(&c)) {
    if (slice_is(part, "..")) {
      while (out->n > begin && out->p[--out->n] != '/') {
      }
    } else if (!slice_is(part, ".")) {
      buf_add_u8(out, '/');
      buf_add_slice(out, part);
    }
  }
}

int outdir_absolute(const char *path, struct buf *out)
{
  size_t begin = out->n;

  if (path[0] != '/') {
    char *folder CLEANUP(mem_free_at) = getcwd(NULL, 0);

    if (folder == NULL) {
      return ERR_IO;
    }
    add_parts(folder, begin, out);
  }
  add_parts(path, begin, out);
  if (out->n == begin) {
    buf_add_u8(out, '/');
  }
  return 0;
}

int outdir_make(int dir, const char *path)
{
  struct buf made CLEANUP(buf_deinit) = {0};
  struct cursor c = cursor_from(slice_str(path));

  if (path[0] == '/') {
    buf_add_u8(&made, '/');
  }
  for (struct slice part = next_part(&c); part.n > 0; part = next_part(&c)) {
    buf_add_slice(&made, part);
    if (mkdirat(dir, buf_str(&made), FOLDER_MODE) != 0 && errno != EEXIST) {
      struct stat st;

      /* EROFS and EACCES also say so of a folder that is there. */
      if (fstatat(dir, buf_str(&made), &st, 0) != 0) {
        return ERR_IO;
      }
    }
    buf_add_u8(&made, '/');
  }
  return 0;
}

int outdir_open(const char *path)
{
  int fd;

  TRY(outdir_make(AT_FDCWD, path));
  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? ERR_IO : fd;
}

bool outdir_has(int dir, const char *path)
{
  struct stat st;

  return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool outdir_holds(int dir, const char *path, struct slice content)
{
  int fd CLEANUP(close_at) = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat st;
  uint8_t byte;
  size_t n = 0;

  if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
      (size_t)st.st_size != content.n) {
    return false;
  }
  /* Key files are small: byte by byte, no copy of them is left in memory. */
  while (read(fd, &byte, 1) == 1) {
    if (n == content.n || content.p[n] != byte) {
      return false;
    }
    n++;
  }
  return n == content.n;
}

/* A new file under a name that is not the last one. */
static int write_part(int dir, const char *part, struct slice content, mode_t mode,
                      bool is_precious)
{
  int fd CLEANUP(close_at) =
      openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

  if (fd < 0) {
    return ERR_IO;
  }
  TRY(file_write_all(fd, content));
  return !is_precious || fsync(fd) == 0 ? 0 : ERR_IO;
}

/* Gives the file its name, unless something has it. */
static int publish_part(int dir, const char *part, const char *path)
{
  if (renameat2(dir, part, dir, path, RENAME_NOREPLACE) == 0) {
    return 0;
  }
  /* File systems that cannot do that have hard links. */
  if (errno != EINVAL || linkat(dir, part, dir, path, 0) != 0) {
    return ERR_IO;
  }
  return unlinkat(dir, part, 0) == 0 ? 0 : ERR_IO;
}

int outdir_write(int dir, const char *path, struct slice content, mode_t mode, bool is_precious)
{
  struct buf part CLEANUP(buf_deinit) = {0};
  int err;

  buf_addf(&part, "%s" TEMPORARY "%ld", path, (long)getpid());
  err = write_part(dir, buf_str(&part), content, mode, is_precious);
  if (err == 0) {
    err = publish_part(dir, buf_str(&part), path);
  }
  if (err < 0) {
    int saved = errno;

    unlinkat(dir, buf_str(&part), 0);
    errno = saved;
    return err;
  }
  /* Some file systems cannot sync a folder: then its files were enough. */
  return !is_precious || fsync(dir) == 0 || errno == EINVAL ? 0 : ERR_IO;
}
