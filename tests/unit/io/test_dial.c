#include "io/dial.h"

#include "folder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A listening socket on loopback; its port. */
static int listen_tcp(int family, uint16_t *port_out)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr *address = family == AF_INET ? (void *)&in : (void *)&in6;
  socklen_t n = family == AF_INET ? sizeof in : sizeof in6;
  int fd = socket(family, SOCK_STREAM, 0);

  if (fd < 0 || bind(fd, address, n) != 0) {
    close(fd);
    return -1;
  }
  assert_int_equal(listen(fd, 1), 0);
  assert_int_equal(getsockname(fd, address, &n), 0);
  *port_out = ntohs(family == AF_INET ? in.sin_port : in6.sin6_port);
  return fd;
}

static void assert_connects(const struct endpoint *e, int listener)
{
  struct pollfd writable = {.fd = dial(e), .events = POLLOUT};
  int peer, error = -1;
  socklen_t n = sizeof error;

  assert_true(writable.fd >= 0);
  peer = accept(listener, NULL, NULL);
  assert_true(peer >= 0);
  assert_int_equal(poll(&writable, 1, 10000), 1);
  assert_int_equal(getsockopt(writable.fd, SOL_SOCKET, SO_ERROR, &error, &n), 0);
  assert_int_equal(error, 0);
  assert_true((fcntl(writable.fd, F_GETFL) & O_NONBLOCK) != 0);
  assert_true((fcntl(writable.fd, F_GETFD) & FD_CLOEXEC) != 0);
  close(peer);
  close(writable.fd);
}

static void tcp(void **state)
{
  struct endpoint e = {.kind = ENDPOINT_TCP, .host = "127.0.0.1"};
  int listener = listen_tcp(AF_INET, &e.port);

  (void)state;
  assert_true(listener >= 0);
  assert_connects(&e, listener);
  close(listener);
}

static void tcp6(void **state)
{
  struct endpoint e = {.kind = ENDPOINT_TCP, .host = "::1"};
  int listener = listen_tcp(AF_INET6, &e.port);

  (void)state;
  if (listener < 0) {
    skip(); /* a machine without IPv6 */
  }
  assert_connects(&e, listener);
  close(listener);
}

static void unix_socket(void **state)
{
  struct sockaddr_un sun = {.sun_family = AF_UNIX};
  struct endpoint e = {.kind = ENDPOINT_UNIX};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  struct folder f;

  (void)state;
  folder_init(&f);
  snprintf(e.path, sizeof e.path, "%s/s", f.path);
  assert_int_equal(dial(&e), ERR_IO);
  assert_int_equal(errno, ENOENT);
  memcpy(sun.sun_path, e.path, sizeof e.path);
  assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof sun), 0);
  assert_int_equal(dial(&e), ERR_IO);
  assert_int_equal(errno, ECONNREFUSED); /* nobody listens */
  assert_int_equal(listen(listener, 1), 0);
  assert_connects(&e, listener);
  close(listener);
  folder_deinit(&f);
}

static void impossible(void **state)
{
  static const struct endpoint bad[] = {{.kind = ENDPOINT_NONE},
                                        {.kind = ENDPOINT_TCP, .host = "tor.example", .port = 1}};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(dial(&bad[i]), ERR_IO);
    assert_int_equal(errno, EINVAL);
  }
}

static void explain(void **state)
{
  const struct endpoint tcp4 = {.kind = ENDPOINT_TCP, .host = "127.0.0.1", .port = 9051};
  const struct endpoint path = {.kind = ENDPOINT_UNIX, .path = "/run/tor/control"};
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  dial_explain(&tcp4, ECONNREFUSED, &out);
  assert_string_equal(buf_str(&out), "127.0.0.1:9051: Connection refused");
  buf_clear(&out);
  dial_explain(&path, ENOENT, &out);
  assert_string_equal(buf_str(&out), "/run/tor/control: No such file or directory");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tcp),        cmocka_unit_test(tcp6),    cmocka_unit_test(unix_socket),
      cmocka_unit_test(impossible), cmocka_unit_test(explain),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
