#include "io/unixsocket.h"

#include "folder.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int setup(void **state)
{
  struct folder *f = calloc(1, sizeof *f);

  folder_init(f);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  folder_deinit(*state);
  free(*state);
  return 0;
}

/* The mode is never more than asked for, and the umask still takes from it. */
static void test_mode(void **state)
{
  static const mode_t cases[][3] = {{0, 0600, 0600}, {0022, 0777, 0755}, {0027, 0600, 0600}};
  char path[FOLDER_PATH_SIZE];
  struct stat st;

  folder_file(*state, "s", path);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mode_t before = umask(cases[i][0]);
    int fd = -1;

    assert_int_equal(unixsocket_listen(path, cases[i][1], &fd), 0);
    assert_int_equal(umask(before), cases[i][0]);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, cases[i][2]);
    close(fd); /* the file stays, and the next one takes its place */
  }
}

static void test_in_use(void **state)
{
  char path[FOLDER_PATH_SIZE];
  int fd = -1, second = -1;

  folder_file(*state, "s", path);
  assert_int_equal(unixsocket_listen(path, 0600, &fd), 0);
  assert_int_equal(unixsocket_listen(path, 0600, &second), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  assert_int_equal(second, -1);
  close(fd);
  folder_write(*state, "file", "x");
  folder_file(*state, "file", path);
  assert_int_equal(unixsocket_listen(path, 0600, &fd), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
}

static void test_impossible_paths(void **state)
{
  char path[200];
  int fd = -1;

  (void)state;
  memset(path, 'a', sizeof path - 1);
  path[sizeof path - 1] = 0;
  assert_int_equal(unixsocket_listen(path, 0600, &fd), ERR_IO);
  assert_int_equal(errno, ENAMETOOLONG);
  assert_int_equal(unixsocket_listen("", 0600, &fd), ERR_IO);
  assert_int_equal(unixsocket_listen("/nowhere/at/all", 0600, &fd), ERR_IO);
  assert_int_equal(errno, ENOENT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
      cmocka_unit_test_setup_teardown(test_in_use, setup, teardown),
      cmocka_unit_test(test_impossible_paths),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
