#include "io/notify.h"

#include "base/cursor.h"
#include "io/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The address of the socket; false if there is none that can be used. A name
 * that begins with '@' is in the abstract namespace. */
static bool find_socket(struct sockaddr_un *out, socklen_t *n_out)
{
  const char *name = getenv("NOTIFY_SOCKET");
  size_t n = name == NULL ? 0 : strlen(name);

  *out = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (n < 2 || n >= sizeof out->sun_path || (name[0] != '/' && name[0] != '@')) {
    return false;
  }
  memcpy(out->sun_path, name, n);
  if (name[0] == '@') {
    out->sun_path[0] = 0;
  }
  *n_out = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
  return true;
}

bool notify_is_wanted(void)
{
  struct sockaddr_un address;
  socklen_t n = 0;

  return find_socket(&address, &n);
}

/* The connection, kept: in the sandbox there can be no other. */
static struct {
  int fd; /* valid if n > 0 */
  struct sockaddr_un address;
  socklen_t n;
} line;

static void hang_up(void)
{
  if (line.n > 0) {
    close(line.fd);
    line.n = 0;
  }
}

/* A datagram socket blocks its sender while the reader's queue, of ten or so,
 * is full. */
static bool connect_to(const struct sockaddr_un *address, socklen_t n)
{
  const struct timeval patience = {.tv_sec = 1};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    return false;
  }
  if (connect(fd, (const struct sockaddr *)address, n) != 0) {
    close(fd);
    return false;
  }
  (void)!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  hang_up();
  line.fd = fd;
  line.address = *address;
  line.n = n;
  return true;
}

void notify_open(void)
{
  struct sockaddr_un address;
  socklen_t n = 0;

  if (find_socket(&address, &n)) {
    (void)!connect_to(&address, n);
  }
}

static bool send_with(const char *state, int flags)
{
  struct sockaddr_un address;
  socklen_t n = 0;
  bool is_same;

  if (!find_socket(&address, &n)) {
    return true;
  }
  is_same = line.n == n && memcmp(&line.address, &address, sizeof address) == 0;
  if (is_same && send(line.fd, state, strlen(state), MSG_NOSIGNAL | flags) >= 0) {
    return true;
  }
  if (is_same && errno != ECONNREFUSED && errno != ENOTCONN) {
    return false;
  }
  return connect_to(&address, n) && send(line.fd, state, strlen(state), MSG_NOSIGNAL | flags) >= 0;
}

void notify_send(const char *state)
{
  send_with(state, 0);
}

bool notify_try(const char *state)
{
  return send_with(state, MSG_DONTWAIT);
}

void notify_reloading(void)
{
  char state[64];

  snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono().ms * 1000);
  notify_send(state);
}

/* A decimal number in the environment, 0 if there is none. */
static uint64_t read_number(const char *name)
{
  const char *text = getenv(name);
  uint64_t v = 0;

  if (text == NULL || cursor_parse_decimal(slice_str(text), INT64_MAX, &v) < 0) {
    return 0;
  }
  return v;
}

int64_t notify_watchdog_ms(void)
{
  uint64_t pid = read_number("WATCHDOG_PID");

  if (pid != 0 && pid != (uint64_t)getpid()) {
    return 0;
  }
  return (int64_t)(read_number("WATCHDOG_USEC") / 1000);
}
