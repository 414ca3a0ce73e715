#include "signer/opener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int n_asked;

/* Opens the root folder, whatever is asked for. */
static int open_root(const char *path, int flags)
{
  n_asked += strcmp(path, "/nowhere") == 0 && (flags & O_CLOEXEC) != 0;
  return open("/", O_RDONLY | O_CLOEXEC);
}

static int refuse(const char *path, int flags)
{
  (void)path;
  (void)flags;
  errno = EACCES;
  return ERR_IO;
}

static void by_itself(void **state)
{
  int fd = opener_open("/dev/null", O_RDONLY);

  (void)state;
  assert_true(fd >= 0);
  assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  close(fd);
  assert_int_equal(opener_open("/nowhere", O_RDONLY), ERR_IO);
  assert_int_equal(errno, ENOENT);
  assert_null(opener_folder("/nowhere"));
  assert_null(opener_folder("/dev/null"));
  assert_int_equal(errno, ENOTDIR);
}

static void by_somebody_else(void **state)
{
  DIR *folder;
  int fd;

  (void)state;
  opener_set(open_root);
  fd = opener_open("/nowhere", O_RDONLY);
  assert_true(fd >= 0);
  close(fd);
  folder = opener_folder("/nowhere");
  assert_non_null(folder);
  assert_non_null(readdir(folder));
  closedir(folder);
  assert_int_equal(n_asked, 2);
  opener_set(refuse);
  assert_null(opener_folder("/"));
  assert_int_equal(errno, EACCES);
  opener_set(NULL);
  assert_int_equal(opener_open("/nowhere", O_RDONLY), ERR_IO);
  assert_int_equal(n_asked, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_itself),
      cmocka_unit_test(by_somebody_else),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
