#include "tools/outdir.h"

#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

static int open_out(const struct place_dir *d)
{
  char path[PLACE_SIZE];
  int fd;

  umask(022);
  fd = outdir_open(place_path(d, "a//b/./c/", path));
  assert_true(fd >= 0);
  return fd;
}

static mode_t mode_of(int dir, const char *path)
{
  struct stat st;

  assert_int_equal(fstatat(dir, path, &st, 0), 0);
  return st.st_mode & 07777;
}

static size_t count_entries(int dir)
{
  DIR *list = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
  size_t n = 0;

  assert_non_null(list);
  while (readdir(list) != NULL) {
    n++;
  }
  closedir(list);
  return n - 2;
}

static void absolute(void **state)
{
  static const struct {
    const char *path;
    const char *expected;
  } cases[] = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a//b/", "/a/b"},
      {"/..", "/"},
      {"/a/./b/../c", "/a/c"},
      {"/a/b/../../..", "/"},
      {"b", "/tmp/b"},
      {"config/", "/tmp/config"},
      {"../x", "/x"},
      {".", "/tmp"},
      {"", "/tmp"},
  };

  (void)state;
  assert_int_equal(chdir("/tmp"), 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buf out CLEANUP(buf_deinit) = {0};

    buf_add_str(&out, "[");
    assert_int_equal(outdir_absolute(cases[i].path, &out), 0);
    assert_string_equal(buf_str(&out) + 1, cases[i].expected);
  }
}

static void makes_folders(void **state)
{
  char path[PLACE_SIZE];
  int dir = open_out(*state);

  assert_int_equal(mode_of(dir, "."), 0755);
  close(open_out(*state)); /* once more */
  assert_int_equal(outdir_make(dir, "x/y"), 0);
  assert_int_equal(mode_of(dir, "x/y"), 0755);
  assert_int_equal(outdir_write(dir, "file", slice_str("1"), 0644, false), 0);
  assert_int_equal(outdir_make(dir, "file/z"), ERR_IO);
  assert_int_equal(errno, ENOTDIR);
  assert_int_equal(outdir_open(place_path(*state, "a/b/c/file", path)), ERR_IO);
  close(dir);
}

static void writes_once(void **state)
{
  int dir = open_out(*state);

  assert_false(outdir_has(dir, "k"));
  assert_int_equal(outdir_write(dir, "k", slice_str("one"), 0600, true), 0);
  assert_int_equal(mode_of(dir, "k"), 0600);
  assert_true(outdir_has(dir, "k"));
  assert_int_equal(outdir_write(dir, "k", slice_str("two"), 0600, true), ERR_IO);
  assert_int_equal(errno, EEXIST);
  assert_true(outdir_holds(dir, "k", slice_str("one")));
  assert_int_equal(symlinkat("nowhere", dir, "link"), 0);
  assert_true(outdir_has(dir, "link"));
  assert_int_equal(outdir_write(dir, "link", slice_str("two"), 0600, false), ERR_IO);
  assert_int_equal(outdir_write(dir, "no/such", slice_str("two"), 0600, false), ERR_IO);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(count_entries(dir), 2); /* nothing left behind */
  close(dir);
}

static void holds(void **state)
{
  int dir = open_out(*state);

  assert_int_equal(outdir_write(dir, "k", slice_str("one"), 0600, false), 0);
  assert_false(outdir_holds(dir, "k", slice_str("onf")));
  assert_false(outdir_holds(dir, "k", slice_str("on")));
  assert_false(outdir_holds(dir, "k", slice_str("ones")));
  assert_false(outdir_holds(dir, "none", slice_str("")));
  assert_false(outdir_holds(dir, ".", slice_str("")));
  close(dir);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(absolute),
      cmocka_unit_test_setup_teardown(makes_folders, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(writes_once, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(holds, place_setup, place_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
