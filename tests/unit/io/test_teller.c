#include "io/teller.h"

#include "io/loop.h"
#include "io/timer.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_SIZE (300 * 1024) /* more than a socket buffer holds */

struct fixture {
  struct event_base *base;
  struct teller *teller;
  struct folder folder;
  char path[FOLDER_PATH_SIZE];
  size_t n_told;
};

static void tell(void *ctx, struct buf *out)
{
  struct fixture *f = ctx;

  f->n_told++;
  buf_add_fill(out, 'x', TEXT_SIZE);
}

static int open_at(struct fixture *f, const char *path, struct teller **out)
{
  struct teller_config config = {.base = f->base, .path = path, .tell = tell, .ctx = f};

  return teller_open(&config, out);
}

static int connect_to(const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  memcpy(address.sun_path, path, strlen(path));
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void stop(void *ctx)
{
  loop_stop(ctx);
}

static void run_for(struct fixture *f, int64_t ms)
{
  struct timer *t = timer_new(f->base, stop, f->base);

  timer_set(t, ms);
  loop_run(f->base);
  timer_free(t);
}

/* Reads until the other side hangs up, giving it time in between. */
static size_t read_all(struct fixture *f, int fd)
{
  static char bytes[65536];
  size_t total = 0;

  for (int i = 0; i < 1000; i++) {
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n == 0) {
      return total;
    }
    if (n > 0) {
      total += (size_t)n;
    } else {
      assert_int_equal(errno, EAGAIN);
      run_for(f, 1);
    }
  }
  fail_msg("no end after %zu bytes", total);
  return 0;
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  f->base = loop_new();
  folder_init(&f->folder);
  folder_file(&f->folder, "status", f->path);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  teller_free(f->teller);
  loop_free(f->base);
  folder_deinit(&f->folder);
  free(f);
  return 0;
}

static void test_tells_and_hangs_up(void **state)
{
  struct fixture *f = *state;
  int fds[3];

  assert_int_equal(open_at(f, f->path, &f->teller), 0);
  for (size_t i = 0; i < 3; i++) {
    fds[i] = connect_to(f->path);
    assert_true(fds[i] >= 0);
  }
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(read_all(f, fds[i]), TEXT_SIZE);
    close(fds[i]);
  }
  assert_int_equal(f->n_told, 3);
}

/* A guest that goes without reading harms nobody. */
static void test_guest_goes(void **state)
{
  struct fixture *f = *state;
  int fd;

  assert_int_equal(open_at(f, f->path, &f->teller), 0);
  fd = connect_to(f->path);
  run_for(f, 20);
  close(fd);
  run_for(f, 20);
  fd = connect_to(f->path);
  assert_int_equal(read_all(f, fd), TEXT_SIZE);
  close(fd);
}

static void test_socket_goes_with_it(void **state)
{
  struct fixture *f = *state;
  struct stat st;

  assert_int_equal(open_at(f, f->path, &f->teller), 0);
  assert_int_equal(stat(f->path, &st), 0);
  teller_free(f->teller);
  f->teller = NULL;
  assert_int_equal(stat(f->path, &st), -1);
}

static void test_takes_the_place_of_a_dead_one(void **state)
{
  struct fixture *f = *state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  memcpy(address.sun_path, f->path, strlen(f->path));
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  close(fd);
  assert_int_equal(open_at(f, f->path, &f->teller), 0);
}

static void test_leaves_what_is_in_use(void **state)
{
  struct fixture *f = *state;
  struct teller *second = NULL;

  assert_int_equal(open_at(f, f->path, &f->teller), 0);
  assert_int_equal(open_at(f, f->path, &second), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  assert_null(second);
}

static void test_leaves_other_files(void **state)
{
  struct fixture *f = *state;
  int fd = open(f->path, O_CREAT | O_WRONLY, 0600);
  struct stat st;

  close(fd);
  assert_int_equal(open_at(f, f->path, &f->teller), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  assert_int_equal(stat(f->path, &st), 0);
  unlink(f->path);
}

static void test_impossible_paths(void **state)
{
  struct fixture *f = *state;
  char path[200];

  memset(path, 'a', sizeof path - 1);
  path[sizeof path - 1] = 0;
  assert_int_equal(open_at(f, path, &f->teller), ERR_IO);
  assert_int_equal(errno, ENAMETOOLONG);
  assert_int_equal(open_at(f, "", &f->teller), ERR_IO);
  assert_int_equal(open_at(f, "/nowhere/at/all", &f->teller), ERR_IO);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_tells_and_hangs_up, setup, teardown),
      cmocka_unit_test_setup_teardown(test_guest_goes, setup, teardown),
      cmocka_unit_test_setup_teardown(test_socket_goes_with_it, setup, teardown),
      cmocka_unit_test_setup_teardown(test_takes_the_place_of_a_dead_one, setup, teardown),
      cmocka_unit_test_setup_teardown(test_leaves_what_is_in_use, setup, teardown),
      cmocka_unit_test_setup_teardown(test_leaves_other_files, setup, teardown),
      cmocka_unit_test_setup_teardown(test_impossible_paths, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
