#include "io/dial.h"

#include "io/file.h"
#include "io/hatch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An address as the kernel wants it. */
struct target {
  struct sockaddr_storage address;
  socklen_t n;
};

static int find_unix(const struct endpoint *e, struct target *out)
{
  struct sockaddr_un sun = {.sun_family = AF_UNIX};

  _Static_assert(sizeof sun.sun_path >= ENDPOINT_PATH_SIZE, "a path fits");
  memcpy(sun.sun_path, e->path, sizeof e->path);
  memcpy(&out->address, &sun, sizeof sun);
  out->n = sizeof sun;
  return 0;
}

static int find_tcp(const struct endpoint *e, struct target *out)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};

  if (inet_pton(AF_INET, e->host, &in.sin_addr) == 1) {
    memcpy(&out->address, &in, sizeof in);
    out->n = sizeof in;
    return 0;
  }
  if (inet_pton(AF_INET6, e->host, &in6.sin6_addr) == 1) {
    memcpy(&out->address, &in6, sizeof in6);
    out->n = sizeof in6;
    return 0;
  }
  errno = EINVAL;
  return ERR_IO;
}

static int find_target(const struct endpoint *e, struct target *out)
{
  *out = (struct target){0};
  switch (e->kind) {
  case ENDPOINT_UNIX:
    return find_unix(e, out);
  case ENDPOINT_TCP:
    return find_tcp(e, out);
  case ENDPOINT_NONE:
    break;
  }
  errno = EINVAL;
  return ERR_IO;
}

/* Many small commands, and a connection that may be silent for an hour. */
static void tune_tcp(int fd)
{
  const int on = 1;

  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int dial(const struct endpoint *e)
{
  struct target target;
  int fd, saved;

  if (hatch_is_open()) {
    return hatch_dial(e);
  }
  TRY(find_target(e, &target));
  fd = socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return ERR_IO;
  }
  if (e->kind == ENDPOINT_TCP) {
    tune_tcp(fd);
  }
  if (connect(fd, (const struct sockaddr *)&target.address, target.n) == 0 ||
      errno == EINPROGRESS) {
    return fd;
  }
  saved = errno;
  close(fd);
  errno = saved;
  return ERR_IO;
}

void dial_explain(const struct endpoint *e, int errnum, struct buf *out)
{
  if (e->kind == ENDPOINT_UNIX) {
    file_explain(e->path, errnum, out);
    return;
  }
  endpoint_build(e, out);
  buf_addf(out, ": %s", strerror(errnum));
}
