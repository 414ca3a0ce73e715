#include "signer/confine.h"

#include "signer/filter.h"

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
#include <sys/stat.h>

#include "inchild.h"

static char folder[] = "/tmp/test-confine-XXXXXX";
static char key[64], link_path[64], other[64], deep[64];

static int set_up(void **state)
{
  (void)state;
  if (mkdtemp(folder) == NULL) {
    return -1;
  }
  snprintf(deep, sizeof deep, "%s/deep", folder);
  snprintf(key, sizeof key, "%s/deep/key", folder);
  snprintf(link_path, sizeof link_path, "%s/link", folder);
  snprintf(other, sizeof other, "%s/other", folder);
  return mkdir(deep, 0700) == 0 && mkdir(other, 0700) == 0 && symlink(key, link_path) == 0 &&
                 close(open(key, O_WRONLY | O_CREAT, 0600)) == 0
             ? 0
             : -1;
}

static int tear_down(void **state)
{
  (void)state;
  unlink(link_path);
  unlink(key);
  rmdir(deep);
  rmdir(other);
  return rmdir(folder);
}

static bool can_read(const char *path)
{
  return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

/* A key that is reached over a link: its folder stays open. The rest of the
 * system does not, if this kernel can close it. */
static int listens(void)
{
  struct arguments_key keys[] = {{.path = link_path}, {.path = key}};
  struct arguments a = {.fd = -1, .passphrase_fd = -1, .is_listening = true};
  CLEANUP(buf_deinit) struct buf how = {0};
  bool is_closed;

  a.keys = keys;
  a.n_keys = 2;
  if (confine_signer(&a, &how) < 0) {
    return 1;
  }
  is_closed = strstr(buf_str(&how), "no Landlock") == NULL;
  return !can_read(link_path) || !can_read(key) ? 2 : is_closed && can_read("/etc/passwd") ? 3 : 0;
}

static int is_connected(void)
{
  struct arguments a = {.fd = 0, .passphrase_fd = -1};
  CLEANUP(buf_deinit) struct buf how = {0};

  if (confine_signer(&a, &how) < 0) {
    return 1;
  }
  return can_read(key) ? 2 : 3;
}

static void keeps_the_folders_of_keys(void **state)
{
  (void)state;
  assert_int_equal(in_child(listens, -1), 0);
}

static void reads_nothing_on_a_connection(void **state)
{
  (void)state;
  assert_int_equal(in_child(is_connected, -1), FILTER_EXIT);
}

static void leaves_all_open_if_told_so(void **state)
{
  struct arguments a = {.fd = 0, .passphrase_fd = -1, .has_no_sandbox = true};
  CLEANUP(buf_deinit) struct buf how = {0};

  (void)state;
  assert_false(confine_is_wanted(&a));
  assert_int_equal(confine_signer(&a, &how), 0);
  assert_string_equal(buf_str(&how), "none");
  assert_true(can_read(key));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_folders_of_keys),
      cmocka_unit_test(reads_nothing_on_a_connection),
      cmocka_unit_test(leaves_all_open_if_told_so),
  };

  return cmocka_run_group_tests(tests, set_up, tear_down);
}
