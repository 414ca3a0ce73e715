#include "io/file.h"

#include "folder.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

static int read_file(const struct folder *f, const char *name, size_t max, struct buf *out)
{
  char path[FOLDER_PATH_SIZE];

  folder_file(f, name, path);
  return file_read(path, max, out);
}

static void whole(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  folder_write(*state, "a", "12345");
  buf_add_str(&out, "0");
  assert_int_equal(read_file(*state, "a", 100, &out), 0);
  assert_string_equal(buf_str(&out), "012345");
  folder_write(*state, "a", "");
  assert_int_equal(read_file(*state, "a", 0, &out), 0);
  assert_int_equal(out.n, 6);
}

static void limit(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  folder_write(*state, "a", "12345");
  assert_int_equal(read_file(*state, "a", 5, &out), 0);
  assert_int_equal(read_file(*state, "a", 4, &out), ERR_TOO_LONG);
  assert_string_equal(buf_str(&out), "12345");
}

static void large(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf out CLEANUP(buf_deinit) = {0};

  buf_add_fill(&text, 'x', 50000);
  folder_write(*state, "a", buf_str(&text));
  assert_int_equal(read_file(*state, "a", 50000, &out), 0);
  assert_int_equal(out.n, 50000);
  assert_int_equal(read_file(*state, "a", 49999, &out), ERR_TOO_LONG);
  assert_int_equal(out.n, 50000);
}

static void not_files(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};
  char path[FOLDER_PATH_SIZE];

  assert_int_equal(read_file(*state, "none", 10, &out), ERR_IO);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(read_file(*state, ".", 10, &out), ERR_IO);
  assert_int_equal(errno, EISDIR);
  folder_file(*state, "fifo", path);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(file_read(path, 10, &out), ERR_IO); /* and does not wait for a writer */
  assert_int_equal(errno, EINVAL);
  assert_int_equal(out.n, 0);
}

/* More than a pipe takes at once arrives whole. */
static void writes_all(void **state)
{
  static uint8_t bytes[200000], got[sizeof bytes];
  size_t n = 0;
  ssize_t more;
  pid_t child;
  int ends[2];

  (void)state;
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(i * 7 + i / 256);
  }
  assert_int_equal(pipe(ends), 0);
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(ends[0]);
    _exit(file_write_all(ends[1], slice_of(bytes, sizeof bytes)) == 0 ? 0 : 1);
  }
  close(ends[1]);
  while ((more = read(ends[0], got + n, sizeof got - n)) > 0) {
    n += (size_t)more;
  }
  assert_int_equal(n, sizeof bytes);
  assert_memory_equal(got, bytes, sizeof bytes);
  close(ends[0]);
  assert_int_equal(waitpid(child, NULL, 0), child);
}

static void cannot_write(void **state)
{
  (void)state;
  errno = 0;
  assert_int_equal(file_write_all(-1, slice_str("x")), ERR_IO);
  assert_int_equal(errno, EBADF);
  assert_int_equal(file_write_all(-1, slice_str("")), 0);
}

static void plain_reasons(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  file_explain("/run/tor/control", ENOENT, &out);
  assert_string_equal(buf_str(&out), "/run/tor/control: No such file or directory");
}

#define NOBODY     65534
#define GROUPS_MAX 64

/* What an ordinary user is told of a path: root may do everything, so it has
 * to be somebody else for a moment. */
static void explain_as_nobody(const char *path, struct buf *out)
{
  bool is_root = geteuid() == 0;
  gid_t groups[GROUPS_MAX], gid = getegid();
  int n = is_root ? getgroups(GROUPS_MAX, groups) : 0;

  buf_clear(out);
  if (is_root) {
    assert_true(n >= 0);
    assert_int_equal(setgroups(0, NULL), 0);
    assert_int_equal(setegid(NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
  }
  file_explain(path, EACCES, out);
  if (is_root) {
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(gid), 0);
    assert_int_equal(setgroups((size_t)n, groups), 0);
  }
}

static void assert_has(struct buf *out, const char *part)
{
  const char *text = buf_str(out);

  if (strstr(text, part) == NULL) {
    fail_msg("\"%s\" is not in \"%s\"", part, text);
  }
}

/* A cookie that its group may read, one that it may not, and one in a folder
 * that is closed. */
static void lack_of_permission(void **state)
{
  struct group *gr = getgrgid(getegid());
  char path[FOLDER_PATH_SIZE], advice[1024];
  struct buf text CLEANUP(buf_deinit) = {0};

  assert_non_null(gr);
  folder_write(*state, "cookie", "x");
  folder_file(*state, "cookie", path);
  assert_int_equal(chmod(((struct folder *)*state)->path, 0755), 0);
  assert_int_equal(chmod(path, geteuid() == 0 ? 0640 : 0040), 0);
  explain_as_nobody(path, &text);
  snprintf(advice, sizeof advice, " to group %s, which owns %s", gr->gr_name, path);
  assert_has(&text, "/cookie: Permission denied; add user ");
  assert_has(&text, advice);
  assert_null(strstr(buf_str(&text), "torrc"));
  assert_int_equal(chmod(path, 0), 0);
  explain_as_nobody(path, &text);
  assert_has(&text, "/cookie is closed to its group");
  assert_has(&text, "CookieAuthFileGroupReadable 1");
  if (geteuid() == 0) {
    assert_int_equal(chmod(((struct folder *)*state)->path, 0710), 0);
    explain_as_nobody(path, &text);
    snprintf(advice, sizeof advice, " to group %s, which owns %s", gr->gr_name,
             ((struct folder *)*state)->path);
    assert_has(&text, advice);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(whole, setup, teardown),
      cmocka_unit_test_setup_teardown(limit, setup, teardown),
      cmocka_unit_test_setup_teardown(large, setup, teardown),
      cmocka_unit_test_setup_teardown(not_files, setup, teardown),
      cmocka_unit_test(plain_reasons),
      cmocka_unit_test(writes_all),
      cmocka_unit_test(cannot_write),
      cmocka_unit_test_setup_teardown(lack_of_permission, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
