#include "signer/passphrase.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>

#include "fixture.h"

static char folder[FIXTURE_PATH];

/* Standard input is no terminal, wherever the test runs. */
static int setup(void **state)
{
  int null = open("/dev/null", O_RDONLY);

  (void)state;
  fixture_folder(folder);
  dup2(null, STDIN_FILENO);
  close(null);
  return sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  return rmdir(folder);
}

static struct passphrase_sources no_sources(void)
{
  return (struct passphrase_sources){.fd = -1, .publisher = -1};
}

/* Searches for /keys/my.key and compares: value NULL means none, and part is
 * of the text then; otherwise of the origin. */
static enum wire_status find(struct passphrase_sources *s, const char *file, const char *value,
                             const char *part)
{
  struct passphrase_key key = {"/keys/my.key", file, 0};
  struct passphrase p CLEANUP(passphrase_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  enum wire_status status = passphrase_find(s, &key, &p, &text);

  assert_false(p.is_typed && status == WIRE_STATUS_GOOD);
  assert_int_equal(status == WIRE_STATUS_GOOD, value != NULL);
  if (value != NULL) {
    assert_int_equal(p.value.n, strlen(value));
    assert_memory_equal(secret_peek(p.value.content), value, p.value.n);
    assert_int_equal(text.n, 0);
    assert_true(fixture_has(&p.origin, part));
  } else {
    assert_true(fixture_has(&text, "/keys/my.key"));
    assert_true(fixture_has(&text, part));
  }
  return status;
}

/* The same with a file of that content. */
static enum wire_status find_in_file(struct slice content, mode_t mode, const char *value,
                                     const char *part)
{
  struct passphrase_sources s = no_sources();
  enum wire_status status;
  char path[FIXTURE_PATH];

  fixture_write(folder, "pass", content, mode, path);
  status = find(&s, path, value, part);
  unlink(path);
  return status;
}

static void reads_a_file(void **state)
{
  (void)state;
  find_in_file(slice_str("sesame"), 0600, "sesame", "the passphrase in /");
  find_in_file(slice_str("sesame\n"), 0600, "sesame", "/pass");
  find_in_file(slice_str("sesame\n\n"), 0600, "sesame\n", "several lines");
  find_in_file(slice_str(" a b\r\n"), 0600, " a b\r", "the passphrase in");
  find_in_file(slice_str(""), 0600, NULL, "is empty");
  find_in_file(slice_str("\n"), 0600, NULL, "is empty");
  assert_int_equal(find_in_file(slice_str("a"), 0602, NULL, "replaced the passphrase"),
                   WIRE_STATUS_PERMISSIONS);
}

static void a_file_that_is_named_must_be_there(void **state)
{
  struct passphrase_sources s = no_sources();

  (void)state;
  s.fd = STDIN_FILENO; /* not looked at */
  assert_int_equal(find(&s, "/nonexistent/pass", NULL, "cannot read /nonexistent/pass: No such"),
                   WIRE_STATUS_UNREADABLE);
}

static void lengths_are_bounded(void **state)
{
  struct buf longest CLEANUP(buf_deinit) = {0};
  struct buf content CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_fill(&longest, 'x', LIMIT_PASSPHRASE_BYTES);
  buf_add_slice(&content, buf_slice(&longest));
  buf_add_u8(&content, '\n');
  find_in_file(buf_slice(&content), 0600, buf_str(&longest), "the passphrase in");
  content.p[content.n - 1] = 'x';
  find_in_file(buf_slice(&content), 0600, NULL, "is too long");
  buf_add_u8(&content, '\n');
  find_in_file(buf_slice(&content), 0600, NULL, "too large for a passphrase file");
}

static int pipe_with(const char *content)
{
  int ends[2];

  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], content, strlen(content)), strlen(content));
  close(ends[1]);
  return ends[0];
}

static void a_descriptor_has_a_line_for_each(void **state)
{
  struct passphrase_sources s = no_sources();

  (void)state;
  s.fd = pipe_with("one\ntwo two\n\nfour");
  find(&s, NULL, "one", "its line of descriptor");
  find(&s, NULL, "two two", "its line of descriptor");
  find(&s, NULL, NULL, "is empty");
  find(&s, NULL, "four", "its line of descriptor");
  assert_int_equal(find(&s, NULL, NULL, "has no line left"), WIRE_STATUS_ENCRYPTED);
  close(s.fd);
}

static void lines_are_bounded(void **state)
{
  struct passphrase_sources s = no_sources();
  struct buf content CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_fill(&content, 'x', LIMIT_PASSPHRASE_BYTES);
  s.fd = pipe_with(buf_str(&content));
  find(&s, NULL, buf_str(&content), "its line");
  close(s.fd);
  buf_add_fill(&content, 'x', 3000);
  buf_add_str(&content, "\nnext\n");
  s.fd = pipe_with(buf_str(&content));
  find(&s, NULL, NULL, "is too long");
  find(&s, NULL, "next", "its line");
  close(s.fd);
}

static void credentials_have_names(void **state)
{
  struct passphrase_sources s = no_sources();
  char common[FIXTURE_PATH];
  char own[FIXTURE_PATH];
  char path[FIXTURE_PATH];

  (void)state;
  s.credentials = folder;
  find(&s, NULL, NULL, "no passphrase, nor a terminal");
  fixture_write(folder, "key-passphrase", slice_str("common"), 0400, common);
  find(&s, NULL, "common", "/key-passphrase");
  fixture_write(folder, "my.key.passphrase", slice_str("own\n"), 0440, own);
  find(&s, NULL, "own", "/my.key.passphrase");
  fixture_write(folder, "file", slice_str("file\n"), 0400, path);
  find(&s, path, "file", "/file");
  unlink(common);
  unlink(own);
  unlink(path);
}

static void without_any_it_says_how(void **state)
{
  struct passphrase_sources s = no_sources();

  (void)state;
  assert_int_equal(find(&s, NULL, NULL, "nor a terminal to ask on; a passphrase comes from a file"),
                   WIRE_STATUS_ENCRYPTED);
  find(&s, NULL, NULL, "(key-passphrase-file), a systemd credential (my.key.passphrase)");
  s.is_silent = true;
  find(&s, NULL, NULL, "no passphrase was given");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_file),
      cmocka_unit_test(a_file_that_is_named_must_be_there),
      cmocka_unit_test(lengths_are_bounded),
      cmocka_unit_test(a_descriptor_has_a_line_for_each),
      cmocka_unit_test(lines_are_bounded),
      cmocka_unit_test(credentials_have_names),
      cmocka_unit_test(without_any_it_says_how),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
