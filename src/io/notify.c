#include "io/notify.h"

#include "base/cursor.h"
#include "io/clock.h"

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

/* A datagram socket blocks its sender while the reader's queue, of ten or so,
 * is full. */
static bool send_with(const char *state, int flags)
{
  const struct timeval patience = {.tv_sec = 1};
  struct sockaddr_un address;
  socklen_t n = 0;
  ssize_t sent;
  int fd;

  if (!find_socket(&address, &n)) {
    return true;
  }
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  (void)!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sent =
      sendto(fd, state, strlen(state), MSG_NOSIGNAL | flags, (const struct sockaddr *)&address, n);
  close(fd);
  return sent >= 0;
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
