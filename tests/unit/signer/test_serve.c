#include "signer/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fixture.h"

#define PIPELINED 2000U

static int setup(void **state)
{
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  return sodium_init() < 0 ? -1 : 0;
}

/* A child that serves one key; its end of the socket pair blocks or not. */
struct server {
  pid_t pid;
  int fd;
};

static void start(struct server *s, int flags)
{
  int pair[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(fcntl(pair[1], F_SETFL, flags), 0);
  s->pid = fork();
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    struct keyring *keys = keyring_new(1);

    close(pair[0]);
    _exit(-serve_stream(session_new(keys), pair[1], pair[1]));
  }
  close(pair[1]);
  s->fd = pair[0];
}

/* Closes our end; what serve_stream returned. */
static int stop(struct server *s)
{
  int status = 0;

  close(s->fd);
  assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
  assert_true(WIFEXITED(status));
  return -WEXITSTATUS(status);
}

static void send_all(const struct server *s, struct slice bytes)
{
  while (bytes.n > 0) {
    ssize_t n = send(s->fd, bytes.p, bytes.n, 0);

    assert_true(n > 0);
    bytes = slice_skip(bytes, (size_t)n);
  }
}

/* Reads one reply. */
static struct wire_reply receive(const struct server *s, struct buf *in)
{
  struct wire_reply r;
  struct slice body;
  size_t size;

  for (;;) {
    ssize_t n;

    assert_int_equal(wire_frame_parse(buf_slice(in), &body, &size), 0);
    if (size > 0) {
      break;
    }
    n = recv(s->fd, buf_reserve(in, 4096), 4096, 0);
    assert_true(n > 0);
    buf_used(in, (size_t)n);
  }
  assert_int_equal(wire_reply_parse(body, &r), 0);
  r.text = slice_of(NULL, 0);
  buf_consume(in, size);
  return r;
}

static void build_hello(uint32_t id, struct buf *out)
{
  wire_request_build(&(struct wire_request){.kind = WIRE_HELLO, .id = id, .version = WIRE_VERSION},
                     out);
}

static void answers_until_the_end(void **state)
{
  static const int flags[] = {0, O_NONBLOCK};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct buf in CLEANUP(buf_deinit) = {0};
    struct buf out CLEANUP(buf_deinit) = {0};
    struct server s;

    start(&s, flags[i]);
    build_hello(1, &out);
    send_all(&s, slice_of(out.p, 3));
    usleep(20000); /* so that the rest comes by itself */
    send_all(&s, slice_skip(buf_slice(&out), 3));
    assert_int_equal(receive(&s, &in).id, 1);
    assert_int_equal(stop(&s), 0);
  }
}

/* More replies than the socket holds, while nobody reads yet. */
static void waits_for_a_slow_reader(void **state)
{
  static const int flags[] = {0, O_NONBLOCK};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct buf in CLEANUP(buf_deinit) = {0};
    struct buf out CLEANUP(buf_deinit) = {0};
    struct server s;
    int size = 4096;

    start(&s, flags[i]);
    for (uint32_t id = 1; id <= PIPELINED; id++) {
      build_hello(id, &out);
    }
    assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    send_all(&s, buf_slice(&out));
    usleep(20000);
    for (uint32_t id = 1; id <= PIPELINED; id++) {
      assert_int_equal(receive(&s, &in).id, id);
    }
    assert_int_equal(stop(&s), 0);
  }
}

static void garbage_ends_it_after_the_answers(void **state)
{
  struct buf in CLEANUP(buf_deinit) = {0};
  struct buf out CLEANUP(buf_deinit) = {0};
  struct server s;
  char byte;

  (void)state;
  start(&s, 0);
  build_hello(5, &out);
  buf_add_fill(&out, 0xff, 100);
  send_all(&s, buf_slice(&out));
  assert_int_equal(receive(&s, &in).id, 5);
  assert_int_equal(recv(s.fd, &byte, 1, 0), 0);
  assert_int_equal(stop(&s), ERR_TOO_LONG);
}

static void a_reader_that_has_gone_is_an_error(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};
  struct server s;

  (void)state;
  start(&s, 0);
  assert_int_equal(kill(s.pid, SIGSTOP), 0);
  build_hello(5, &out);
  send_all(&s, buf_slice(&out));
  shutdown(s.fd, SHUT_RD);
  close(s.fd);
  s.fd = open("/dev/null", O_RDONLY);
  assert_int_equal(kill(s.pid, SIGCONT), 0);
  assert_int_equal(stop(&s), ERR_IO);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_until_the_end),
      cmocka_unit_test(waits_for_a_slow_reader),
      cmocka_unit_test(garbage_ends_it_after_the_answers),
      cmocka_unit_test(a_reader_that_has_gone_is_an_error),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
