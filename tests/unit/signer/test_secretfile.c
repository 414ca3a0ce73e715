#include "signer/secretfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

#define MAX_BYTES 10

static const struct secretfile_kind kind = {"test", MAX_BYTES};

static char folder[FIXTURE_PATH];

static int setup(void **state)
{
  (void)state;
  fixture_folder(folder);
  return sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  return rmdir(folder);
}

/* Loads a file of the given content and mode; text gets error and warning. */
static enum wire_status load(const char *content, mode_t mode, size_t *n_out, struct buf *text)
{
  struct secretfile f CLEANUP(secretfile_deinit) = {0};
  char path[FIXTURE_PATH];
  enum wire_status status;

  fixture_write(folder, "secret", slice_str(content), mode, path);
  status = secretfile_load(path, &kind, &f, text);
  unlink(path);
  if (status == WIRE_STATUS_GOOD) {
    assert_memory_equal(secret_peek(f.content), content, f.n);
    secretfile_warn(&f, path, text);
  } else {
    assert_true(text->n > 0);
  }
  assert_true(text->n == 0 || fixture_has(text, path));
  *n_out = f.n;
  return status;
}

static void rows(void **state)
{
  static const struct {
    const char *content;
    mode_t mode;
    enum wire_status status;
    size_t n;
    const char *part; /* of the text; NULL: there is none */
  } files[] = {
      {"", 0600, WIRE_STATUS_GOOD, 0, NULL},
      {"a\n", 0400, WIRE_STATUS_GOOD, 2, NULL},
      {"0123456789", 0600, WIRE_STATUS_GOOD, MAX_BYTES, NULL},
      {"0123456789a", 0600, WIRE_STATUS_FORMAT, 0, "too large for a test file"},
      {"a", 0640, WIRE_STATUS_GOOD, 1, "open to the group or to others (mode 0640)"},
      {"a", 0604, WIRE_STATUS_GOOD, 1, "mode 0604"},
      {"a", 0602, WIRE_STATUS_PERMISSIONS, 0, "somebody may have replaced the test"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    size_t n;

    assert_int_equal(load(files[i].content, files[i].mode, &n, &text), files[i].status);
    assert_int_equal(n, files[i].n);
    if (files[i].part == NULL) {
      assert_int_equal(text.n, 0);
    } else {
      assert_true(fixture_has(&text, files[i].part));
    }
  }
}

static void what_is_no_file_is_named(void **state)
{
  static const struct secretfile_kind any = {"test", 1};
  char fifo[FIXTURE_PATH];
  const char *const paths[] = {"/nonexistent/x", folder, fifo};
  static const char *const parts[] = {"No such file", "Is a directory", "Not a regular file"};

  (void)state;
  snprintf(fifo, sizeof fifo, "%.4000s/fifo", folder);
  assert_int_equal(mkfifo(fifo, 0600), 0);
  for (size_t i = 0; i < 3; i++) {
    struct secretfile f CLEANUP(secretfile_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};

    assert_int_equal(secretfile_load(paths[i], &any, &f, &text), WIRE_STATUS_UNREADABLE);
    assert_true(fixture_has(&text, parts[i]));
  }
  unlink(fifo);
}

static void warnings_add_up(void **state)
{
  struct secretfile f = {.mode = 0644};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  secretfile_warn(&f, "a", &text);
  secretfile_warn(&f, "b", &text);
  assert_string_equal(buf_str(&text),
                      "a is open to the group or to others (mode 0644); chmod 600 it; "
                      "b is open to the group or to others (mode 0644); chmod 600 it");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(what_is_no_file_is_named),
      cmocka_unit_test(warnings_add_up),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
