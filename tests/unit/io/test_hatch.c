#include "io/hatch.h"

#include "folder.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "io/child.h"
#include "io/dial.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/porter.h"

/* What the porter of a test grants: all of it is in one folder. */
struct fixture {
  struct folder folder;
  char file[FOLDER_PATH_SIZE], cookie[FOLDER_PATH_SIZE], secret[FOLDER_PATH_SIZE];
  char large[FOLDER_PATH_SIZE], log[FOLDER_PATH_SIZE];
  struct endpoint socket;
  int listener;
  struct event_base *base;
  struct buf said;
};

static char sh[] = "/bin/sh", c[] = "-c", word[] = "read x; echo $x; exit 3";
static char *const known[] = {sh, c, word, NULL};
static char missing[] = "/nonexistent/x";
static char *const broken[] = {missing, NULL};

static bool may_dial(void *ctx, const struct endpoint *e)
{
  const struct fixture *f = ctx;

  return endpoint_equal(e, &f->socket);
}

static char *const *command(void *ctx, const uint8_t digest[SHA512_SIZE], bool is_standard)
{
  uint8_t own[SHA512_SIZE];

  (void)ctx;
  porter_digest(known, true, own);
  if (is_standard && memcmp(own, digest, sizeof own) == 0) {
    return known;
  }
  porter_digest(broken, true, own);
  return is_standard && memcmp(own, digest, sizeof own) == 0 ? broken : NULL;
}

static bool may_open(void *ctx, const char *path)
{
  const struct fixture *f = ctx;

  return strcmp(path, f->file) == 0 || strcmp(path, missing) == 0;
}

static bool may_remove(void *ctx, const char *path)
{
  const struct fixture *f = ctx;

  return strcmp(path, f->socket.path) == 0 || strcmp(path, f->file) == 0;
}

static bool is_secret(void *ctx, const struct stat *st)
{
  const struct fixture *f = ctx;
  struct stat own;

  return stat(f->secret, &own) == 0 && own.st_ino == st->st_ino;
}

static void serve(void *ctx, int fd)
{
  struct fixture *f = ctx;
  struct porter_policy policy = {.may_dial = may_dial,
                                 .command = command,
                                 .may_open = may_open,
                                 .may_remove = may_remove,
                                 .is_secret = is_secret,
                                 .log_path = f->log,
                                 .ctx = f};

  porter_serve(fd, &policy);
}

static void listen_at(struct fixture *f)
{
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  char path[FOLDER_PATH_SIZE];

  folder_file(&f->folder, "socket", path);
  assert_int_equal(endpoint_unix(slice_str(path), &f->socket), 0);
  memcpy(at.sun_path, path, strlen(path));
  f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(f->listener, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(f->listener, 4), 0);
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  folder_init(&f->folder);
  folder_write(&f->folder, "file", "text");
  folder_write(&f->folder, "cookie", "0123456789abcdef0123456789ABCDEF");
  folder_write(&f->folder, "secret", "a passphrase of 32 characters...");
  folder_write(&f->folder, "large", "0123456789abcdef0123456789ABCDEF!");
  folder_file(&f->folder, "file", f->file);
  folder_file(&f->folder, "cookie", f->cookie);
  folder_file(&f->folder, "secret", f->secret);
  folder_file(&f->folder, "large", f->large);
  folder_file(&f->folder, "log", f->log);
  listen_at(f);
  assert_int_equal(hatch_open(serve, f), 0);
  f->base = loop_new();
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  hatch_close();
  wait(NULL);
  loop_free(f->base);
  close(f->listener);
  buf_deinit(&f->said);
  folder_deinit(&f->folder);
  free(f);
  return 0;
}

static void dials_what_is_granted(void **state)
{
  struct fixture *f = *state;
  struct endpoint other;
  char path[FOLDER_PATH_SIZE];
  int fd = dial(&f->socket);

  assert_true(fd >= 0);
  assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  close(fd);
  folder_file(&f->folder, "other", path);
  assert_int_equal(endpoint_unix(slice_str(path), &other), 0);
  assert_int_equal(dial(&other), ERR_IO);
  assert_int_equal(errno, EACCES);
  assert_int_equal(endpoint_tcp(slice_str("127.0.0.1"), 9, &other), 0);
  assert_int_equal(dial(&other), ERR_IO);
  assert_int_equal(errno, EACCES);
  shutdown(f->listener, SHUT_RDWR); /* its own error comes through, too */
  assert_int_equal(dial(&f->socket), ERR_IO);
  assert_int_equal(errno, ECONNREFUSED);
}

static void on_bytes(void *ctx, struct slice bytes)
{
  struct fixture *f = ctx;

  buf_add_slice(&f->said, bytes);
}

static void on_ended(void *ctx, const char *status)
{
  struct fixture *f = ctx;

  buf_add_str(&f->said, status);
  loop_stop(f->base);
}

static int start(struct fixture *f, char *const *argv, bool is_standard, struct child **out)
{
  struct child_config config = {
      .base = f->base, .argv = argv, .is_standard = is_standard, .ended = on_ended, .ctx = f};

  return child_start(&config, out);
}

static void starts_what_is_granted(void **state)
{
  static char evil_word[] = "exit 0";
  static char *const evil[] = {sh, c, evil_word, NULL};
  struct fixture *f = *state;
  struct child *child = NULL;

  assert_int_equal(start(f, known, true, &child), 0);
  child_listen(child, on_bytes, f);
  child_send(child, slice_str("hello\n"));
  loop_run(f->base);
  assert_non_null(strstr(buf_str(&f->said), "exited with status 3"));
  child_free(child);
  assert_int_equal(start(f, evil, true, &child), ERR_IO);
  assert_int_equal(errno, EACCES);
  assert_int_equal(start(f, known, false, &child), ERR_IO);
  assert_int_equal(errno, EACCES);
  assert_int_equal(start(f, broken, true, &child), ERR_IO);
  assert_int_equal(errno, ENOENT);
}

static void ends_what_it_has_started(void **state)
{
  struct fixture *f = *state;
  struct child *child = NULL;
  pid_t pid;

  assert_int_equal(start(f, known, true, &child), 0);
  pid = child_pid(child);
  assert_int_equal(kill(pid, 0), 0);
  child_free(child);
  assert_int_equal(kill(pid, 0), -1);
  hatch_stop(1); /* nobody of its */
}

static void opens_what_is_granted(void **state)
{
  struct fixture *f = *state;
  char text[8] = {0};
  int fd = hatch_open_file(f->file, O_RDONLY);

  assert_true(fd >= 0);
  assert_int_equal(read(fd, text, sizeof text), 4);
  assert_int_equal(write(fd, text, 1), -1);
  close(fd);
  assert_int_equal(hatch_open_file(f->secret, O_RDONLY), ERR_IO);
  assert_int_equal(errno, EACCES);
  assert_int_equal(hatch_open_file(missing, O_RDONLY), ERR_IO);
  assert_int_equal(errno, ENOENT);
}

static void hands_out_cookies_alone(void **state)
{
  struct fixture *f = *state;
  CLEANUP(buf_deinit) struct buf text = {0};

  assert_int_equal(hatch_cookie(f->cookie, &text), 0);
  assert_true(slice_is(buf_slice(&text), "0123456789abcdef0123456789ABCDEF"));
  buf_clear(&text);
  assert_int_equal(hatch_cookie(f->large, &text), 0);
  assert_int_equal(text.n, 33); /* its size, for the message, and nothing of it */
  for (size_t i = 0; i < text.n; i++) {
    assert_int_equal(text.p[i], 0);
  }
  assert_int_equal(hatch_cookie(f->secret, &text), ERR_IO);
  assert_int_equal(errno, EACCES);
  assert_int_equal(hatch_cookie(missing, &text), ERR_IO);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(hatch_cookie("/proc/self/exe", &text), ERR_TOO_LONG);
}

static void opens_the_log(void **state)
{
  struct fixture *f = *state;
  int fd = hatch_open_log();

  assert_true(fd >= 0);
  assert_int_equal(write(fd, "line\n", 5), 5);
  close(fd);
  assert_int_equal(access(f->log, F_OK), 0);
}

static void removes_sockets_alone(void **state)
{
  struct fixture *f = *state;

  hatch_remove(f->socket.path);
  assert_int_equal(access(f->socket.path, F_OK), -1);
  hatch_remove(f->file);
  hatch_remove(f->cookie);
  assert_int_equal(access(f->file, F_OK), 0);
  assert_int_equal(access(f->cookie, F_OK), 0);
}

static void on_lost(void *ctx)
{
  struct fixture *f = ctx;

  buf_add_str(&f->said, "lost");
  loop_stop(f->base);
}

static void tells_of_the_porters_end(void **state)
{
  struct fixture *f = *state;
  struct child *child = NULL;
  char path[64];
  FILE *list;
  int pid = 0;

  assert_int_equal(start(f, known, true, &child), 0);
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  list = fopen(path, "r");
  assert_non_null(list);
  assert_int_equal(fread(path, 1, sizeof path - 1, list) > 0, 1);
  fclose(list);
  pid = (int)strtol(path, NULL, 10);
  assert_true(pid > 1);
  hatch_watch(f->base, on_lost, f);
  kill(pid, SIGKILL);
  loop_run(f->base);
  assert_non_null(strstr(buf_str(&f->said), "lost"));
  assert_int_equal(dial(&f->socket), ERR_IO);
  child_free(child);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(dials_what_is_granted, setup, teardown),
      cmocka_unit_test_setup_teardown(starts_what_is_granted, setup, teardown),
      cmocka_unit_test_setup_teardown(ends_what_it_has_started, setup, teardown),
      cmocka_unit_test_setup_teardown(opens_what_is_granted, setup, teardown),
      cmocka_unit_test_setup_teardown(hands_out_cookies_alone, setup, teardown),
      cmocka_unit_test_setup_teardown(opens_the_log, setup, teardown),
      cmocka_unit_test_setup_teardown(removes_sockets_alone, setup, teardown),
      cmocka_unit_test_setup_teardown(tells_of_the_porters_end, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
