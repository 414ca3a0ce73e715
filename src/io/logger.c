#include "io/logger.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/hatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A new log file: for its owner and group. */
#define LOG_FILE_MODE 0640

/* Characters of an onion address without ".onion". */
#define ADDRESS_CHARS 56
#define SCRUBBED      "[scrubbed]"

struct logger {
  enum log_level level;
  bool is_scrubbing;
  int fd;                                                           /* stderr's, or of the file */
  char *path;                                                       /* NULL for stderr */
  void (*hear)(void *ctx, enum log_level level, struct slice text); /* or NULL */
  void *ctx;
};

struct logger *logger_new(enum log_level level)
{
  struct logger *l = mem_new(sizeof *l);

  l->level = level;
  l->fd = STDERR_FILENO;
  tzset();
  return l;
}

static void close_file(struct logger *l)
{
  if (l->path != NULL) {
    close(l->fd);
    free(l->path);
  }
  l->path = NULL;
  l->fd = STDERR_FILENO;
}

void logger_free(struct logger *l)
{
  if (l != NULL) {
    close_file(l);
    free(l);
  }
}

int logger_open_file(const char *path)
{
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, LOG_FILE_MODE);

  return fd < 0 ? ERR_IO : fd;
}

/* From now on writes to fd, which is that of path. */
static int take_file(struct logger *l, int fd, const char *path)
{
  char *copy;

  TRY(fd);
  copy = mem_string(path, strlen(path));
  close_file(l);
  l->fd = fd;
  l->path = copy;
  return 0;
}

int logger_open(struct logger *l, const char *path)
{
  return take_file(l, logger_open_file(path), path);
}

int logger_reopen(struct logger *l)
{
  int fd;

  if (l->path == NULL) {
    return 0;
  }
  fd = hatch_is_open() ? hatch_open_log() : logger_open_file(l->path);
  return take_file(l, fd, l->path);
}

void logger_set_scrub(struct logger *l, bool is_on)
{
  l->is_scrubbing = is_on;
}

void logger_set_level(struct logger *l, enum log_level level)
{
  l->level = level;
}

void logger_set_ear(struct logger *l,
                    void (*hear)(void *ctx, enum log_level level, struct slice text), void *ctx)
{
  l->hear = hear;
  l->ctx = ctx;
}

/* True if somebody other than the log wants a line of that level. */
static bool is_heard(const struct logger *l, enum log_level level)
{
  return l->hear != NULL && level >= LOG_LEVEL_WARNING;
}

bool logger_has(const struct logger *l, enum log_level level)
{
  return level >= l->level;
}

static bool is_base32(uint8_t c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

static size_t count_base32(struct slice text, size_t at)
{
  size_t n = 0;

  while (at + n < text.n && is_base32(text.p[at + n])) {
    n++;
  }
  return n;
}

/* Copies text with a placeholder for each word of 56 base32 characters. */
static void scrub(struct slice text, struct buf *out)
{
  for (size_t at = 0; at < text.n;) {
    size_t n = count_base32(text, at);

    if (n == ADDRESS_CHARS) {
      buf_add_str(out, SCRUBBED);
    } else {
      n = n == 0 ? 1 : n;
      buf_add(out, text.p + at, n);
    }
    at += n;
  }
}

static void write_whole(int fd, struct slice line)
{
  while (line.n > 0) {
    ssize_t n = write(fd, line.p, line.n);

    if (n < 0 && errno != EINTR) {
      return;
    }
    line = slice_skip(line, n < 0 ? 0 : (size_t)n);
  }
}

void logger_write(struct logger *l, enum log_level level, struct slice text)
{
  struct buf scrubbed CLEANUP(buf_deinit) = {0};
  struct buf line CLEANUP(buf_deinit) = {0};
  struct wall now;
  struct tm tm = {0};
  time_t seconds;
  int ms;

  if (is_heard(l, level)) {
    l->hear(l->ctx, level, text);
  }
  if (!logger_has(l, level)) {
    return;
  }
  if (l->is_scrubbing && level <= LOG_LEVEL_INFO) {
    scrub(text, &scrubbed);
    text = buf_slice(&scrubbed);
  }
  now = clock_wall(&ms);
  seconds = (time_t)now.s;
  if (localtime_r(&seconds, &tm) != NULL) {
    now = wall_plus(now, tm.tm_gmtoff);
  }
  log_line_build(now, ms, level, text, &line);
  write_whole(l->fd, buf_slice(&line));
}

void logger_writef(struct logger *l, enum log_level level, const char *fmt, ...)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  va_list ap;

  if (!logger_has(l, level) && !is_heard(l, level)) {
    return;
  }
  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  logger_write(l, level, buf_slice(&text));
}
