#include "signer/landlock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "inchild.h"

/* What a child ends with when this kernel has no Landlock. */
#define WITHOUT 77

static char folder[] = "/tmp/test-landlock-XXXXXX";
static char open_file[64], closed_file[64], new_file[64], open_folder[64];

static void make(const char *path)
{
  int fd = open(path, O_WRONLY | O_CREAT, 0600);

  assert_true(fd >= 0);
  assert_int_equal(write(fd, "x", 1), 1);
  close(fd);
}

static int set_up(void **state)
{
  (void)state;
  if (mkdtemp(folder) == NULL) {
    return -1;
  }
  snprintf(open_folder, sizeof open_folder, "%s/open", folder);
  mkdir(open_folder, 0700);
  snprintf(open_file, sizeof open_file, "%s/open/file", folder);
  snprintf(new_file, sizeof new_file, "%s/open/new", folder);
  snprintf(closed_file, sizeof closed_file, "%s/closed", folder);
  make(open_file);
  make(closed_file);
  return 0;
}

static int tear_down(void **state)
{
  (void)state;
  unlink(new_file);
  unlink(open_file);
  unlink(closed_file);
  rmdir(open_folder);
  return rmdir(folder);
}

static bool can(const char *path, int flags)
{
  int fd = open(path, flags | O_CLOEXEC, 0600);

  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0 || errno != EACCES;
}

/* 0, or WITHOUT; ends the child if it fails. */
static int close_all_but(const struct landlock_place *places, size_t n)
{
  int abi = -1;

  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (landlock_close(places, n, &abi) < 0) {
    _exit(99);
  }
  return abi > 0 ? 0 : WITHOUT;
}

static void expect(int (*work)(void))
{
  int status = in_child(work, -1);

  if (status == WITHOUT) {
    skip();
  }
  assert_int_equal(status, 0);
}

static int nothing_is_open(void)
{
  int err = close_all_but(NULL, 0);

  return err != 0 ? err : can(open_file, O_RDONLY) + 2 * can(closed_file, O_RDONLY);
}

static void closes_everything(void **state)
{
  (void)state;
  expect(nothing_is_open);
}

static int reads_its_folder(void)
{
  const struct landlock_place place = {open_folder, LANDLOCK_READ};
  int err = close_all_but(&place, 1);

  return err != 0 ? err
                  : !can(open_file, O_RDONLY) + 2 * can(open_file, O_WRONLY) +
                        4 * can(new_file, O_WRONLY | O_CREAT) + 8 * can(closed_file, O_RDONLY) +
                        16 * (unlink(open_file) == 0);
}

static void a_folder_to_read(void **state)
{
  (void)state;
  expect(reads_its_folder);
}

static int reads_one_file(void)
{
  const struct landlock_place places[] = {{open_file, LANDLOCK_READ},
                                          {"/nowhere/at/all", LANDLOCK_READ}};
  int err = close_all_but(places, 2);

  return err != 0 ? err : !can(open_file, O_RDONLY) + 2 * can(closed_file, O_RDONLY);
}

static void a_file_to_read_and_one_that_is_not_there(void **state)
{
  (void)state;
  expect(reads_one_file);
}

static int keeps_a_folder(void)
{
  const struct landlock_place place = {open_folder, LANDLOCK_KEEP};
  int err = close_all_but(&place, 1);

  return err != 0 ? err
                  : !can(new_file, O_RDWR | O_CREAT) + 2 * (rename(new_file, open_file) != 0) +
                        4 * (unlink(open_file) != 0) + 8 * can(closed_file, O_WRONLY) +
                        16 * (mkdir(new_file, 0700) == 0);
}

static void a_folder_to_keep(void **state)
{
  (void)state;
  expect(keeps_a_folder);
  make(open_file);
}

static int without_no_new_privs(void)
{
  int abi = 0;

  if (geteuid() == 0 || landlock_close(NULL, 0, &abi) < 0) {
    return 0; /* root may */
  }
  return abi == 0 ? WITHOUT : 1;
}

static void needs_no_new_privs(void **state)
{
  (void)state;
  expect(without_no_new_privs);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closes_everything),
      cmocka_unit_test(a_folder_to_read),
      cmocka_unit_test(a_file_to_read_and_one_that_is_not_there),
      cmocka_unit_test(a_folder_to_keep),
      cmocka_unit_test(needs_no_new_privs),
  };

  return cmocka_run_group_tests(tests, set_up, tear_down);
}
