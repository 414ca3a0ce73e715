#include "signer/outfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#include <dirent.h>
#include <errno.h>

static size_t count_files(const char *folder)
{
  DIR *d = opendir(folder);
  size_t n = 0;

  assert_non_null(d);
  while (readdir(d) != NULL) {
    n++;
  }
  closedir(d);
  return n - 2; /* "." and ".." */
}

static void expect(const char *path, const char *content, mode_t mode)
{
  char text[64] = "";
  FILE *f = fopen(path, "rb");
  struct stat st;

  assert_non_null(f);
  assert_int_equal(fread(text, 1, sizeof text - 1, f), strlen(content));
  assert_string_equal(text, content);
  assert_int_equal(fstat(fileno(f), &st), 0);
  assert_int_equal(st.st_mode & 07777, mode);
  fclose(f);
}

static void replaces_only_if_it_may(void **state)
{
  char folder[FIXTURE_PATH], path[FIXTURE_PATH];

  (void)state;
  fixture_folder(folder);
  snprintf(path, sizeof path, "%.4000s/file", folder);
  assert_int_equal(outfile_write(path, slice_str("one"), 0600, false), 0);
  expect(path, "one", 0600);
  assert_int_equal(outfile_write(path, slice_str("two"), 0600, false), ERR_IO);
  assert_int_equal(errno, EEXIST);
  expect(path, "one", 0600);
  assert_int_equal(outfile_write(path, slice_str("three"), 0644, true), 0);
  expect(path, "three", 0644);
  assert_int_equal(count_files(folder), 1);
  unlink(path);
  rmdir(folder);
  assert_int_equal(outfile_write(path, slice_str("four"), 0644, true), ERR_IO);
  assert_int_equal(errno, ENOENT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(replaces_only_if_it_may),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
