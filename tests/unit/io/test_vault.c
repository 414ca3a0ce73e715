#include "io/vault.h"

#include "base/limits.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct fixture {
  struct folder folder;
  struct vault vault;
  struct buf why;
  struct buf seen; /* "name=text;" of each file shown */
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  folder_init(&f->folder);
  *state = f;
  return vault_open(&f->vault, f->folder.path, &f->why);
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  vault_close(&f->vault);
  chmod(f->folder.path, 0700);
  folder_deinit(&f->folder);
  buf_deinit(&f->why);
  buf_deinit(&f->seen);
  free(f);
  return 0;
}

static void show(void *ctx, const char *name, struct slice text, int err)
{
  struct fixture *f = ctx;

  buf_addf(&f->seen, "%s=", name);
  if (err < 0) {
    buf_addf(&f->seen, "<%d>", err);
  }
  buf_add_slice(&f->seen, text);
  buf_add_u8(&f->seen, ';');
}

static const char *see(struct fixture *f)
{
  struct vault_visitor visitor = {.visit = show, .ctx = f};

  buf_clear(&f->seen);
  assert_int_equal(vault_read_all(&f->vault, &visitor), 0);
  return buf_str(&f->seen);
}

static bool exists(const struct fixture *f, const char *name)
{
  char path[FOLDER_PATH_SIZE];

  folder_file(&f->folder, name, path);
  return access(path, F_OK) == 0;
}

static void what_was_written_is_read(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];
  struct stat st;

  assert_string_equal(see(f), "");
  assert_int_equal(vault_write(&f->vault, "one-2", slice_str("text")), 0);
  assert_string_equal(see(f), "one-2=text;");
  assert_int_equal(vault_write(&f->vault, "one-2", slice_str("")), 0);
  assert_string_equal(see(f), "one-2=;");
  folder_file(&f->folder, "one-2", path);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
}

static void what_was_removed_is_gone(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(vault_write(&f->vault, "one", slice_str("text")), 0);
  assert_int_equal(vault_remove(&f->vault, "one"), 0);
  assert_int_equal(vault_remove(&f->vault, "one"), 0);
  assert_string_equal(see(f), "");
}

static void other_files_are_left_alone(void **state)
{
  static const char *const names[] = {"README", ".hidden", "a.txt",      "1st",
                                      "a_b",    "lock",    "x.damaged-1"};
  struct fixture *f = *state;

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    folder_write(&f->folder, names[i], "x");
  }
  assert_string_equal(see(f), "");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    assert_true(exists(f, names[i]));
  }
}

static void leftovers_are_removed(void **state)
{
  struct fixture *f = *state;

  folder_write(&f->folder, ".counters.new", "half");
  assert_string_equal(see(f), "");
  assert_false(exists(f, ".counters.new"));
}

/* Names of any length do no harm. */
static void long_names_are_left_alone(void **state)
{
  struct fixture *f = *state;
  char name[LIMIT_MEMO_NAME_BYTES + 2];

  memset(name, 'a', sizeof name);
  name[LIMIT_MEMO_NAME_BYTES + 1] = '\0';
  folder_write(&f->folder, name, "x");
  assert_string_equal(see(f), "");
  name[LIMIT_MEMO_NAME_BYTES] = '\0';
  folder_write(&f->folder, name, "x");
  assert_int_equal(strlen(see(f)), LIMIT_MEMO_NAME_BYTES + 3);
}

static void what_cannot_be_read_is_said(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  folder_file(&f->folder, "folder", path);
  assert_int_equal(mkdir(path, 0700), 0);
  folder_file(&f->folder, "long", path);
  folder_write(&f->folder, "long", "");
  assert_int_equal(truncate(path, LIMIT_MEMO_FILE_BYTES + 1), 0);
  see(f);
  assert_non_null(strstr(buf_str(&f->seen), "folder=<-16>;"));
  assert_non_null(strstr(buf_str(&f->seen), "long=<-3>;"));
}

/* A symbolic link in the place of the new file is not followed. */
static void links_are_not_followed(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE], target[FOLDER_PATH_SIZE];

  folder_write(&f->folder, "precious", "gold");
  folder_file(&f->folder, "precious", target);
  folder_file(&f->folder, ".one.new", path);
  assert_int_equal(symlink(target, path), 0);
  assert_int_equal(vault_write(&f->vault, "one", slice_str("text")), ERR_IO);
  assert_string_equal(see(f), "precious=gold;");
}

/* Whatever happens to the new file, the old one is whole. */
static void a_failed_write_changes_nothing(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  assert_int_equal(vault_write(&f->vault, "one", slice_str("text")), 0);
  folder_file(&f->folder, ".one.new", path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(vault_write(&f->vault, "one", slice_str("other")), ERR_IO);
  assert_int_equal(errno, EISDIR);
  rmdir(path);
  assert_string_equal(see(f), "one=text;");
}

static void one_at_a_time(void **state)
{
  struct fixture *f = *state;
  struct vault second;
  char wanted[100];

  assert_int_equal(vault_open(&second, f->folder.path, &f->why), ERR_NOT_NOW);
  snprintf(wanted, sizeof wanted, "is in use by another onionbalance (process %d)", (int)getpid());
  assert_non_null(strstr(buf_str(&f->why), wanted));
  vault_close(&second); /* of what is not open */
  vault_close(&f->vault);
  assert_int_equal(vault_open(&f->vault, f->folder.path, &f->why), 0);
}

/* The lock ends with its holder, however that ends. */
static void the_lock_of_the_dead_is_free(void **state)
{
  struct fixture *f = *state;
  pid_t pid;
  int status;

  vault_close(&f->vault);
  pid = fork();
  if (pid == 0) {
    _exit(vault_open(&f->vault, f->folder.path, &f->why) == 0 ? 7 : 1);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(WEXITSTATUS(status), 7);
  assert_int_equal(vault_open(&f->vault, f->folder.path, &f->why), 0);
}

static void a_lock_without_a_number_still_locks(void **state)
{
  struct fixture *f = *state;
  struct vault second;

  folder_write(&f->folder, "lock", "");
  assert_int_equal(vault_open(&second, f->folder.path, &f->why), ERR_NOT_NOW);
  assert_non_null(strstr(buf_str(&f->why), "by another onionbalance: each"));
}

static int open_and_inspect(struct fixture *f, const char *path)
{
  struct buf other CLEANUP(buf_deinit) = {0};
  struct vault v;
  int inspected = vault_inspect(path, &other);
  int opened;

  buf_clear(&f->why);
  opened = vault_open(&v, path, &f->why);
  vault_close(&v);
  assert_int_equal(opened, inspected);
  assert_string_equal(buf_str(&f->why), buf_str(&other));
  return opened;
}

static void a_missing_one_is_made(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];
  struct stat st;

  folder_file(&f->folder, "new", path);
  assert_int_equal(open_and_inspect(f, path), 0);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  folder_file(&f->folder, "new/lock", path);
  unlink(path);
}

static void the_folder_of_it_is_not_made(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  folder_file(&f->folder, "a/b", path);
  assert_int_equal(vault_inspect(path, &f->why), ERR_IO);
  assert_non_null(strstr(buf_str(&f->why), "cannot be made"));
  buf_clear(&f->why);
  assert_int_equal(vault_open(&(struct vault){0}, path, &f->why), ERR_IO);
  assert_non_null(strstr(buf_str(&f->why), "No such file"));
}

static void open_to_everybody_is_refused(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  folder_file(&f->folder, "wide", path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(chmod(path, 0777), 0);
  assert_int_equal(open_and_inspect(f, path), ERR_REFUSED);
  assert_non_null(strstr(buf_str(&f->why), "chmod 700"));
  rmdir(path);
}

static void of_another_user_is_refused(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  if (geteuid() != 0) {
    skip();
  }
  folder_file(&f->folder, "his", path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(chown(path, 65534, 65534), 0);
  assert_int_equal(open_and_inspect(f, path), ERR_REFUSED);
  assert_non_null(strstr(buf_str(&f->why), "belongs to user nobody and not to root"));
  rmdir(path);
}

static void a_file_is_no_folder(void **state)
{
  struct fixture *f = *state;
  char path[FOLDER_PATH_SIZE];

  folder_write(&f->folder, "file", "x");
  folder_file(&f->folder, "file", path);
  assert_int_equal(open_and_inspect(f, path), ERR_IO);
  assert_non_null(strstr(buf_str(&f->why), "Not a directory"));
}

static void what_is_damaged_is_set_aside(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(vault_write(&f->vault, "one", slice_str("text")), 0);
  assert_int_equal(vault_set_aside(&f->vault, "one", 1795341600), 0);
  assert_string_equal(see(f), "");
  assert_true(exists(f, "one.damaged-1795341600"));
  assert_int_equal(vault_set_aside(&f->vault, "one", 1795341601), ERR_IO);
}

/* The oldest make room, whatever they are called. */
static void not_too_many_are_set_aside(void **state)
{
  struct fixture *f = *state;

  for (unsigned i = 0; i < LIMIT_DAMAGED_FILES + 3; i++) {
    const char *name = i % 2 == 0 ? "zebra" : "ant";

    assert_int_equal(vault_write(&f->vault, name, slice_str("text")), 0);
    assert_int_equal(vault_set_aside(&f->vault, name, 1795341600 + i), 0);
  }
  for (unsigned i = 0; i < LIMIT_DAMAGED_FILES + 3; i++) {
    char name[64];

    snprintf(name, sizeof name, "%s.damaged-%u", i % 2 == 0 ? "zebra" : "ant", 1795341600 + i);
    assert_int_equal(exists(f, name), i >= 3);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_was_written_is_read),
      TEST(what_was_removed_is_gone),
      TEST(other_files_are_left_alone),
      TEST(leftovers_are_removed),
      TEST(long_names_are_left_alone),
      TEST(what_cannot_be_read_is_said),
      TEST(links_are_not_followed),
      TEST(a_failed_write_changes_nothing),
      TEST(one_at_a_time),
      TEST(the_lock_of_the_dead_is_free),
      TEST(a_lock_without_a_number_still_locks),
      TEST(a_missing_one_is_made),
      TEST(the_folder_of_it_is_not_made),
      TEST(open_to_everybody_is_refused),
      TEST(of_another_user_is_refused),
      TEST(a_file_is_no_folder),
      TEST(what_is_damaged_is_set_aside),
      TEST(not_too_many_are_set_aside),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
