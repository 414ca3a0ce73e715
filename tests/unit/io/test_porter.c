#include "io/porter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool refuse_path(void *ctx, const char *path)
{
  (void)ctx;
  return strlen(path) >= PATH_MAX; /* reads up to its end, which must be there */
}

static bool refuse_endpoint(void *ctx, const struct endpoint *e)
{
  (void)ctx;
  return strlen(e->path) >= sizeof e->path || strlen(e->host) >= sizeof e->host;
}

static char *const *refuse_command(void *ctx, const uint8_t digest[SHA512_SIZE], bool is_standard)
{
  (void)ctx;
  (void)digest;
  (void)is_standard;
  return NULL;
}

static bool is_secret(void *ctx, const struct stat *st)
{
  (void)ctx;
  (void)st;
  return true;
}

static const struct porter_policy strict = {.may_dial = refuse_endpoint,
                                            .command = refuse_command,
                                            .may_open = refuse_path,
                                            .may_remove = refuse_path,
                                            .is_secret = is_secret};

/* Our end of a porter that grants nothing. */
static int start(pid_t *pid)
{
  int ends[2];

  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
  *pid = fork();
  if (*pid == 0) {
    close(ends[0]);
    porter_serve(ends[1], &strict);
    _exit(0);
  }
  close(ends[1]);
  return ends[0];
}

static void stop(int fd, pid_t pid)
{
  int status = -1;

  close(fd);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static int ask(int fd, const struct porter_request *r)
{
  struct porter_reply reply;

  assert_int_equal(send(fd, r, sizeof *r, MSG_NOSIGNAL), sizeof *r);
  assert_int_equal(recv(fd, &reply, sizeof reply, 0), sizeof reply);
  return reply.errnum;
}

static void refuses_everything(void **state)
{
  static struct porter_request r;
  pid_t pid;
  int fd = start(&pid);

  (void)state;
  for (int wish = 0; wish < PORTER_WISHES; wish++) {
    memset(&r, 'x', sizeof r); /* texts without an end */
    r.wish = (enum porter_wish)wish;
    assert_int_equal(ask(fd, &r), wish == PORTER_STOP     ? 0
                                  : wish == PORTER_NAME   ? 0 /* the names are everybody's */
                                  : wish == PORTER_COOKIE ? ENAMETOOLONG
                                                          : EACCES);
  }
  stop(fd, pid);
}

static void a_secret_is_no_cookie(void **state)
{
  static struct porter_request r = {.wish = PORTER_COOKIE, .path = "/dev/null"};
  pid_t pid;
  int fd = start(&pid);

  (void)state;
  assert_int_equal(ask(fd, &r), EACCES);
  stop(fd, pid);
}

static void garbage_is_not_answered(void **state)
{
  static struct porter_request r;
  static char garbage[sizeof r + 1];
  pid_t pid;
  int fd = start(&pid);

  (void)state;
  for (size_t n = 1; n < sizeof r; n = n * 2 + 1) {
    assert_int_equal(send(fd, garbage, n, MSG_NOSIGNAL), n);
  }
  memset(&r, 0xff, sizeof r);
  assert_int_equal(ask(fd, &r), EINVAL);
  r.wish = PORTER_WISHES;
  assert_int_equal(ask(fd, &r), EINVAL);
  stop(fd, pid);
}

static void digests_differ(void **state)
{
  static char a[] = "a", b[] = "b", ab[] = "ab", empty[] = "";
  static char *const commands[][4] = {{a, b, NULL},        {ab, NULL},   {a, NULL},
                                      {a, b, empty, NULL}, {b, a, NULL}, {NULL}};
  uint8_t digests[12][SHA512_SIZE];

  (void)state;
  for (size_t i = 0; i < 12; i++) {
    porter_digest(commands[i / 2], i % 2 == 1, digests[i]);
    for (size_t k = 0; k < i; k++) {
      assert_memory_not_equal(digests[i], digests[k], SHA512_SIZE);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses_everything),
      cmocka_unit_test(a_secret_is_no_cookie),
      cmocka_unit_test(garbage_is_not_answered),
      cmocka_unit_test(digests_differ),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
