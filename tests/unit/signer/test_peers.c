#include "signer/peers.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "fixture.h"

#define STALL_MS  300
#define PATIENT   100000
#define PIPELINED 20000U

/* A child that listens at a path. Each time it reads its keys there is one
 * more of them. */
struct server {
  pid_t pid;
  char folder[FIXTURE_PATH];
  struct sockaddr_un at;
};

static struct keyring *load(void *ctx)
{
  size_t *n = ctx;

  return *n == SIZE_MAX ? NULL : keyring_new(++*n);
}

static void keep_quiet(void *ctx, enum log_level level, const char *text)
{
  (void)ctx;
  (void)level;
  (void)text;
}

static void serve(const char *path, int64_t stall_ms, size_t n_keys)
{
  struct peers_config config = {
      .listener = -1, .stall_ms = stall_ms, .load = load, .say = keep_quiet, .ctx = &n_keys};

  signal(SIGPIPE, SIG_IGN);
  if (listener_open(path, 0600, &config.listener) < 0) {
    _exit(99);
  }
  _exit(-peers_serve(&config));
}

static void start(struct server *s, int64_t stall_ms)
{
  struct stat st;

  fixture_folder(s->folder);
  s->at = (struct sockaddr_un){.sun_family = AF_UNIX};
  assert_true(snprintf(s->at.sun_path, sizeof s->at.sun_path, "%.80s/s", s->folder) > 0);
  s->pid = fork();
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    serve(s->at.sun_path, stall_ms, 0);
  }
  while (stat(s->at.sun_path, &st) != 0) {
    usleep(1000);
  }
}

/* What peers_serve returned after SIGTERM. */
static int stop(struct server *s)
{
  int status = 0;

  assert_int_equal(kill(s->pid, SIGTERM), 0);
  assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
  unlink(s->at.sun_path);
  rmdir(s->folder);
  assert_true(WIFEXITED(status));
  return -WEXITSTATUS(status);
}

static int join(const struct server *s)
{
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  const struct timeval limit = {.tv_sec = 20}; /* so that a fault does not hang the test */

  assert_true(fd >= 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  while (connect(fd, (const struct sockaddr *)&s->at, sizeof s->at) != 0) {
    usleep(1000); /* bound, but not listening yet */
  }
  return fd;
}

static void send_hello(int fd, uint32_t id)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  wire_request_build(&(struct wire_request){.kind = WIRE_HELLO, .id = id, .version = WIRE_VERSION},
                     &out);
  assert_int_equal(send(fd, out.p, out.n, MSG_NOSIGNAL), out.n);
}

/* How many keys there are, by the next reply; 0 if it has hung up. */
static uint32_t next_count(int fd)
{
  CLEANUP(buf_deinit) struct buf in = {0};
  struct wire_reply r;
  struct slice body;
  size_t size = 0;

  while (size == 0) {
    uint8_t byte;

    if (recv(fd, &byte, 1, 0) != 1) {
      return 0;
    }
    buf_add_u8(&in, byte);
    assert_int_equal(wire_frame_parse(buf_slice(&in), &body, &size), 0);
  }
  assert_int_equal(wire_reply_parse(body, &r), 0);
  return r.count;
}

static uint32_t ask_count(int fd)
{
  send_hello(fd, 1);
  return next_count(fd);
}

static void serves_several_at_once(void **state)
{
  struct server s;
  int a, b;

  (void)state;
  start(&s, PATIENT);
  a = join(&s);
  b = join(&s);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(ask_count(b), 1);
    assert_int_equal(ask_count(a), 1);
  }
  close(a);
  assert_int_equal(ask_count(b), 1);
  a = join(&s);
  assert_int_equal(ask_count(a), 1);
  close(a);
  close(b);
  assert_int_equal(stop(&s), 0);
}

/* One that stands in the middle of a message, one that says nothing, one that
 * asks and asks and never reads. */
static void nobody_blocks_the_others(void **state)
{
  struct server s;
  int half, mute, deaf, good;

  (void)state;
  start(&s, STALL_MS);
  good = join(&s);
  half = join(&s);
  mute = join(&s);
  deaf = join(&s);
  assert_int_equal(ask_count(good), 1);
  assert_int_equal(send(half, "\0\0", 2, MSG_NOSIGNAL), 2);
  for (uint32_t i = 0; i < PIPELINED; i++) {
    CLEANUP(buf_deinit) struct buf out = {0};

    wire_request_build(&(struct wire_request){.kind = WIRE_HELLO, .version = WIRE_VERSION}, &out);
    if (send(deaf, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      break;
    }
  }
  assert_int_equal(ask_count(good), 1);
  usleep(3 * STALL_MS * 1000);
  assert_int_equal(next_count(half), 0);
  assert_int_equal(next_count(mute), 0);
  while (next_count(deaf) != 0) {
  }
  assert_int_equal(ask_count(good), 1); /* silent between two questions */
  close(half);
  close(mute);
  close(deaf);
  close(good);
  assert_int_equal(stop(&s), 0);
}

static void garbage_ends_its_own_connection(void **state)
{
  struct server s;
  int bad, good;

  (void)state;
  start(&s, PATIENT);
  good = join(&s);
  bad = join(&s);
  send_hello(bad, 1);
  assert_int_equal(send(bad, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  assert_int_equal(next_count(bad), 1);
  assert_int_equal(next_count(bad), 0);
  assert_int_equal(ask_count(good), 1);
  close(bad);
  close(good);
  assert_int_equal(stop(&s), 0);
}

static void new_keys_are_for_new_connections(void **state)
{
  struct server s;
  int before;

  (void)state;
  start(&s, PATIENT);
  before = join(&s);
  assert_int_equal(ask_count(before), 1);
  for (uint32_t n = 2; n < 50; n++) {
    int after;

    assert_int_equal(kill(s.pid, SIGHUP), 0);
    after = join(&s); /* at once: it counts all the same */
    assert_int_equal(ask_count(after), n);
    close(after);
  }
  assert_int_equal(ask_count(before), 1);
  close(before);
  assert_int_equal(stop(&s), 0);
}

static void connections_are_bounded(void **state)
{
  int fds[LIMIT_SIGNER_PEERS];
  struct server s;
  int more;

  (void)state;
  start(&s, PATIENT);
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    fds[i] = join(&s);
    assert_int_equal(ask_count(fds[i]), 1);
  }
  more = join(&s);
  assert_int_equal(next_count(more), 0);
  close(more);
  close(fds[3]);
  assert_int_equal(ask_count(fds[0]), 1);
  more = join(&s);
  assert_int_equal(ask_count(more), 1);
  close(more);
  for (size_t i = 0; i < LIMIT_SIGNER_PEERS; i++) {
    close(fds[i]);
  }
  assert_int_equal(stop(&s), 0);
}

static void without_keys_it_does_not_begin(void **state)
{
  size_t none = SIZE_MAX;
  struct peers_config config = {.listener = -1, .load = load, .say = keep_quiet, .ctx = &none};

  (void)state;
  assert_int_equal(peers_serve(&config), ERR_MISSING);
}

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_several_at_once),
      cmocka_unit_test(nobody_blocks_the_others),
      cmocka_unit_test(garbage_ends_its_own_connection),
      cmocka_unit_test(new_keys_are_for_new_connections),
      cmocka_unit_test(connections_are_bounded),
      cmocka_unit_test(without_keys_it_does_not_begin),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
