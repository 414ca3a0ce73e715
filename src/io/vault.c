#include "io/vault.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/file.h"
#include "io/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOCK_NAME "lock"
#define DAMAGED   ".damaged-"
#define UNDONE    ".new"

/* What --check wants to be free: bytes. */
#define ENOUGH_SPACE ((uint64_t)16 << 20)

/* ---- names ---- */

static bool is_name(const char *name)
{
  size_t n = strlen(name);

  return n > 0 && n <= LIMIT_MEMO_NAME_BYTES && name[0] >= 'a' && name[0] <= 'z' &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && strcmp(name, LOCK_NAME) != 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
  size_t n = strlen(name);
  size_t m = strlen(suffix);

  return n > m && strcmp(name + n - m, suffix) == 0;
}

static void undone_name(const char *name, struct buf *out)
{
  buf_addf(out, ".%s" UNDONE, name);
}

/* ---- opening ---- */

static int fail(const char *path, int errnum, struct buf *why)
{
  if (errnum == EACCES || errnum == EPERM) {
    file_explain(path, errnum, why);
  } else {
    buf_addf(why, "%s: %s", path, strerror(errnum));
  }
  return ERR_IO;
}

static int check_owner(const char *path, const struct stat *st, struct buf *why)
{
  if (!S_ISDIR(st->st_mode)) {
    return fail(path, ENOTDIR, why);
  }
  if (st->st_uid != geteuid()) {
    buf_addf(why, "%s belongs to user ", path);
    names_user(st->st_uid, why);
    buf_add_str(why, " and not to ");
    names_user(geteuid(), why);
    buf_addf(why, ", as whom we run: chown it, or name another state-directory");
    return ERR_REFUSED;
  }
  if ((st->st_mode & S_IWOTH) != 0) {
    buf_addf(why, "%s can be written by everybody: chmod 700 %s", path, path);
    return ERR_REFUSED;
  }
  return 0;
}

static int open_folder(const char *path, struct buf *why)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat st;
  int err;

  if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0) {
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  if (fd < 0) {
    return fail(path, errno, why);
  }
  err = fstat(fd, &st) != 0 ? fail(path, errno, why) : check_owner(path, &st, why);
  if (err < 0) {
    close(fd);
    return err;
  }
  return fd;
}

/* The process that has the lock wrote its number into the file. */
static void name_holder(int lock, const char *path, struct buf *why)
{
  char text[16] = {0};
  ssize_t n = pread(lock, text, sizeof text, 0);
  struct cursor c = cursor_from(slice_of(text, n > 0 ? (size_t)n : 0));
  uint64_t pid = cursor_decimal(&c, INT32_MAX);

  buf_addf(why, "%s is in use by another onionbalance", path);
  if (c.err == 0) {
    buf_addf(why, " (process %" PRIu64 ")", pid);
  }
  buf_add_str(why, ": each needs a state-directory of its own");
}

/* On a disk that can only be read the file of before can still be locked. */
static int open_lock(int folder)
{
  int fd = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 && errno == EROFS) {
    fd = openat(folder, LOCK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  return fd;
}

static int take_lock(int folder, const char *path, struct buf *why)
{
  int fd = open_lock(folder);
  char pid[16];
  int n;

  if (fd < 0) {
    return fail(path, errno, why);
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    name_holder(fd, path, why);
    close(fd);
    return ERR_NOT_NOW;
  }
  n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
    errno = 0; /* the number is for the message alone: it is locked all the same */
  }
  return fd;
}

int vault_open(struct vault *v, const char *path, struct buf *why)
{
  int folder = open_folder(path, why);
  int lock;

  *v = (struct vault){.folder = -1, .lock = -1};
  TRY(folder);
  lock = take_lock(folder, path, why);
  if (lock < 0) {
    close(folder);
    return lock;
  }
  *v = (struct vault){.folder = folder, .lock = lock};
  return 0;
}

void vault_close(struct vault *v)
{
  if (v->folder >= 0) {
    close(v->folder);
    close(v->lock);
  }
  *v = (struct vault){.folder = -1, .lock = -1};
}

/* ---- looking only ---- */

static int inspect_missing(const char *path, struct buf *why)
{
  CLEANUP(buf_deinit) struct buf parent = {0};
  const char *slash = strrchr(path, '/');

  buf_add(&parent, path, slash == NULL ? 0 : (size_t)(slash - path));
  buf_add_str(&parent, slash == NULL ? "." : slash == path ? "/" : "");
  if (access(buf_str(&parent), W_OK | X_OK) != 0) {
    buf_addf(why, "%s cannot be made: ", path);
    return fail(buf_str(&parent), errno, why);
  }
  return 0;
}

int vault_inspect(const char *path, struct buf *why)
{
  struct statvfs fs;
  struct stat st;

  if (stat(path, &st) != 0) {
    return errno == ENOENT ? inspect_missing(path, why) : fail(path, errno, why);
  }
  TRY(check_owner(path, &st, why));
  if (access(path, R_OK | W_OK | X_OK) != 0) {
    return fail(path, errno, why);
  }
  if (statvfs(path, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < ENOUGH_SPACE) {
    return fail(path, ENOSPC, why);
  }
  return 0;
}

/* ---- writing ---- */

/* Writes a new file and closes it. */
static int write_new(int folder, const char *name, struct slice text)
{
  int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  int err, saved;

  if (fd < 0) {
    return ERR_IO;
  }
  err = file_write_all(fd, text);
  if (err == 0 && fsync(fd) != 0) {
    err = ERR_IO;
  }
  saved = errno;
  if (close(fd) != 0 && err == 0) {
    return ERR_IO;
  }
  errno = saved;
  return err;
}

int vault_write(const struct vault *v, const char *name, struct slice text)
{
  CLEANUP(buf_deinit) struct buf undone = {0};

  undone_name(name, &undone);
  if (write_new(v->folder, buf_str(&undone), text) < 0 ||
      renameat(v->folder, buf_str(&undone), v->folder, name) != 0) {
    int saved = errno;

    unlinkat(v->folder, buf_str(&undone), 0);
    errno = saved;
    return ERR_IO;
  }
  return fsync(v->folder) == 0 ? 0 : ERR_IO; /* the name, too */
}

int vault_remove(const struct vault *v, const char *name)
{
  return unlinkat(v->folder, name, 0) == 0 || errno == ENOENT ? 0 : ERR_IO;
}

/* ---- reading ---- */

/* Names that take has chosen. */
struct names {
  char **items;
  size_t n;
  size_t cap;
};

static void names_deinit(struct names *l)
{
  for (size_t i = 0; i < l->n; i++) {
    free(l->items[i]);
  }
  free(l->items);
}

static int list(int folder, bool (*take)(const char *name), struct names *out)
{
  int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  const struct dirent *entry;

  if (dir == NULL) {
    return ERR_IO;
  }
  while (out->n < LIMIT_MEMOS && (entry = readdir(dir)) != NULL) {
    if (take(entry->d_name)) {
      out->items = mem_grow(out->items, out->n, &out->cap, sizeof *out->items);
      out->items[out->n++] = mem_string(entry->d_name, strlen(entry->d_name));
    }
  }
  closedir(dir);
  return 0;
}

static bool is_undone(const char *name)
{
  return name[0] == '.' && has_suffix(name, UNDONE);
}

static bool is_of_interest(const char *name)
{
  return is_name(name) || is_undone(name);
}

static void show(const struct vault *v, const char *name, const struct vault_visitor *visitor)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  int err;

  buf_addf(&path, "/proc/self/fd/%d/%s", v->folder, name);
  err = file_read(buf_str(&path), LIMIT_MEMO_FILE_BYTES, &text);
  visitor->visit(visitor->ctx, name, buf_slice(&text), err);
}

int vault_read_all(const struct vault *v, const struct vault_visitor *visitor)
{
  CLEANUP(names_deinit) struct names names = {0};

  TRY(list(v->folder, is_of_interest, &names));
  for (size_t i = 0; i < names.n; i++) {
    if (is_undone(names.items[i])) {
      unlinkat(v->folder, names.items[i], 0);
    } else {
      show(v, names.items[i], visitor);
    }
  }
  return 0;
}

/* ---- what is damaged ---- */

static bool is_damaged(const char *name)
{
  return strstr(name, DAMAGED) != NULL;
}

/* Later ones are of more use: times have ten digits for long. */
static int compare_damaged(const void *a, const void *b)
{
  const char *const *left = a;
  const char *const *right = b;

  return strcmp(strstr(*left, DAMAGED), strstr(*right, DAMAGED));
}

int vault_set_aside(const struct vault *v, const char *name, int64_t seconds)
{
  CLEANUP(names_deinit) struct names names = {0};
  CLEANUP(buf_deinit) struct buf aside = {0};

  TRY(list(v->folder, is_damaged, &names));
  if (names.n > 0) {
    qsort(names.items, names.n, sizeof *names.items, compare_damaged);
  }
  for (size_t i = 0; i + LIMIT_DAMAGED_FILES <= names.n; i++) {
    unlinkat(v->folder, names.items[i], 0);
  }
  buf_addf(&aside, "%s" DAMAGED "%" PRIi64, name, seconds);
  return renameat(v->folder, name, v->folder, buf_str(&aside)) == 0 ? 0 : ERR_IO;
}
