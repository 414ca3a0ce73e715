#include "tools/prompt.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "io/file.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* One read(). */
#define CHUNK 4096

int prompt_init(struct prompt *p, int in, int out)
{
  sigset_t set;

  *p = (struct prompt){.in = in, .out = out, .signals = -1};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  if (sigprocmask(SIG_BLOCK, &set, &p->before) != 0) {
    return ERR_IO;
  }
  p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return p->signals < 0 ? ERR_IO : 0;
}

void prompt_deinit(struct prompt *p)
{
  buf_deinit(&p->pending);
  if (p->signals >= 0) {
    close(p->signals);
  }
  sigprocmask(SIG_SETMASK, &p->before, NULL);
  p->signals = -1;
}

/* Waits until there is something to read from fd. */
static enum prompt_outcome await(const struct prompt *p, int fd)
{
  struct pollfd fds[] = {{.fd = p->signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  struct signalfd_siginfo taken;
  int n;

  do {
    n = poll(fds, 2, -1);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    return PROMPT_ERROR;
  }
  if (fds[0].revents == 0) {
    return PROMPT_ANSWER;
  }
  return read(p->signals, &taken, sizeof taken) < 0 ? PROMPT_ERROR : PROMPT_INTERRUPTED;
}

/* Reads once, up to size bytes; *n_out is 0 at the end. */
static enum prompt_outcome read_some(const struct prompt *p, int fd, void *out, size_t size,
                                     size_t *n_out)
{
  enum prompt_outcome outcome;
  ssize_t n;

  do {
    outcome = await(p, fd);
    if (outcome != PROMPT_ANSWER) {
      return outcome;
    }
    n = read(fd, out, size);
  } while (n < 0 && (errno == EINTR || errno == EAGAIN));
  *n_out = n > 0 ? (size_t)n : 0;
  return n < 0 ? PROMPT_ERROR : PROMPT_ANSWER;
}

/* Reads until pending has a whole line, or all that there is. */
static enum prompt_outcome fill(struct prompt *p)
{
  while (p->pending.n == 0 || memchr(p->pending.p, '\n', p->pending.n) == NULL) {
    enum prompt_outcome outcome;
    size_t n;

    if (p->pending.n > LIMIT_PATH_BYTES) {
      return PROMPT_TOO_LONG;
    }
    outcome = read_some(p, p->in, buf_reserve(&p->pending, CHUNK), CHUNK, &n);
    if (outcome != PROMPT_ANSWER) {
      return outcome;
    }
    if (n == 0) {
      return p->pending.n > 0 ? PROMPT_ANSWER : PROMPT_END;
    }
    buf_used(&p->pending, n);
  }
  return PROMPT_ANSWER;
}

enum prompt_outcome prompt_ask(struct prompt *p, const char *question, struct buf *answer)
{
  enum prompt_outcome outcome;
  struct cursor c;
  struct slice line;

  buf_clear(answer);
  if (file_write_all(p->out, slice_str(question)) < 0) {
    return PROMPT_ERROR;
  }
  outcome = fill(p);
  if (outcome != PROMPT_ANSWER) {
    return outcome;
  }
  c = cursor_from(buf_slice(&p->pending));
  line = cursor_line(&c);
  if (line.n > 0 && line.p[line.n - 1] == '\r') {
    line.n--;
  }
  if (line.n > LIMIT_PATH_BYTES) {
    return PROMPT_TOO_LONG;
  }
  buf_add_slice(answer, line);
  buf_consume(&p->pending, p->pending.n - cursor_left(&c));
  return PROMPT_ANSWER;
}
