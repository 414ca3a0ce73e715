#include "signer/serve.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 65536

/* Waits until fd is ready, if it is one that does not block by itself. */
static int wait_for(int fd, short events)
{
  struct pollfd p = {.fd = fd, .events = events};

  while (poll(&p, 1, -1) < 0) {
    if (errno != EINTR) {
      return ERR_IO;
    }
  }
  return 0;
}

/* Whether a failed read or write is to be tried again. */
static bool is_passing(void)
{
  return errno == EINTR || errno == EAGAIN;
}

static int write_all(int fd, struct buf *b)
{
  size_t done = 0;

  while (done < b->n) {
    ssize_t n = write(fd, b->p + done, b->n - done);

    if (n < 0) {
      if (!is_passing()) {
        return ERR_IO;
      }
      TRY(wait_for(fd, POLLOUT));
      continue;
    }
    done += (size_t)n;
  }
  buf_wipe(b); /* revision-counter keys */
  return 0;
}

/* Appends what is there; ERR_CLOSED at the end. */
static int read_some(int fd, struct buf *b)
{
  for (;;) {
    ssize_t n = read(fd, buf_reserve(b, READ_BYTES), READ_BYTES);

    if (n > 0) {
      buf_used(b, (size_t)n);
      return 0;
    }
    if (n == 0) {
      return ERR_CLOSED;
    }
    if (!is_passing()) {
      return ERR_IO;
    }
    TRY(wait_for(fd, POLLIN));
  }
}

static int serve_round(struct session *s, int in, struct buf *stream, struct buf *replies)
{
  struct timespec now;

  TRY(read_some(in, stream));
  clock_gettime(CLOCK_REALTIME, &now);
  return session_feed(s, stream, (struct wall){now.tv_sec}, replies);
}

int serve_stream(struct session *s, int in, int out)
{
  struct buf stream CLEANUP(buf_deinit) = {0};
  struct buf replies CLEANUP(buf_wipe) = {0};
  int err = 0;

  while (err == 0) {
    int failed;

    err = serve_round(s, in, &stream, &replies);
    failed = write_all(out, &replies); /* what came before garbage is answered */
    err = err == 0 ? failed : err;
  }
  return err == ERR_CLOSED ? 0 : err;
}
