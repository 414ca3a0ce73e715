#include "signer/arguments.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define MAX_WORDS 16

/* Parses words after the program's name, up to NULL. */
static enum arguments_outcome parse(struct arguments *a, struct buf *text, ...)
{
  char *argv[MAX_WORDS + 2];
  char name[] = "onionbalance-signer";
  int argc = 1;
  va_list ap;

  va_start(ap, text);
  argv[0] = name;
  while ((argv[argc] = va_arg(ap, char *)) != NULL) {
    assert_true(argc < MAX_WORDS);
    argc++;
  }
  va_end(ap);
  return arguments_parse(a, argc, argv, text);
}

static void reads_keys_and_fd(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--fd", "2", "--key", "a", "--key=b c", NULL), ARGUMENTS_RUN);
  assert_int_equal(a.fd, 2);
  assert_int_equal(a.n_keys, 2);
  assert_string_equal(a.keys[0].path, "a");
  assert_string_equal(a.keys[1].path, "b c");
  assert_int_equal(text.n, 0);
}

static void passphrase_files_belong_to_keys(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--key", "a", "--passphrase-file", "p", "--key", "b", "--key",
                         "c", "--passphrase-file=q r", "--passphrase-fd", "2", NULL),
                   ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, 3);
  assert_string_equal(a.keys[0].passphrase, "p");
  assert_null(a.keys[1].passphrase);
  assert_string_equal(a.keys[2].passphrase, "q r");
  assert_int_equal(a.passphrase_fd, 2);
  assert_int_equal(a.fd, -1);
}

static void passphrase_files_need_keys(void **state)
{
  struct arguments a = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(
      parse(&a, &text, "--key", "a", "--passphrase-file", "p", "--passphrase-file", "q", NULL),
      ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "two passphrase files for the key a"));
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--passphrase-file", "p", "--key", "a", NULL), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "belongs behind the --key"));
  arguments_deinit(&a);
}

/* A descriptor has one use. */
static void the_passphrase_fd_is_not_served(void **state)
{
  struct arguments a = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--key", "a", "--passphrase-fd", "0", NULL), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "descriptor 0 is the one that is served"));
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--key", "a", "--fd", "2", "--passphrase-fd", "2", NULL),
                   ARGUMENTS_USAGE);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--key", "a", "--fd", "2", "--passphrase-fd", "0", NULL),
                   ARGUMENTS_RUN);
  arguments_deinit(&a);
}

static void serves_standard_input_otherwise(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--key", "a", NULL), ARGUMENTS_RUN);
  assert_int_equal(a.fd, -1);
}

static void prints_help_and_version(void **state)
{
  static const char *const words[] = {"--help", "-h", "--version"};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct arguments a CLEANUP(arguments_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};

    assert_int_equal(parse(&a, &text, words[i], NULL), ARGUMENTS_PRINT);
    assert_true(
        fixture_has(&text, i < 2 ? "Usage: onionbalance-signer" : "onionbalance-signer 0."));
  }
}

static void refuses_wrong_use(void **state)
{
  static const struct {
    const char *first;
    const char *second;
    const char *part;
  } wrong[] = {
      {NULL, NULL, "no keys"},
      {"--fd", "x", "'x' is not an open"},
      {"--fd", "-1", "'-1' is not an open"},
      {"--fd", "2147483648", "is not an open"},
      {"--fd", "12345", "is not an open"},
      {"--passphrase-fd", "12345", "is not an open"},
      {"--passphrase-fd", "x", "'x' is not an open"},
      {"--passphrase-file", NULL, "wrong option"},
      {"--nonsense", NULL, "wrong option"},
      {"--key", NULL, "wrong option"},
      {"a.key", NULL, "'a.key' is no option"},
      {"--key-list", "/nonexistent", "cannot read /nonexistent: No such file"},
      {"--key-list", "/", "cannot read /: Is a directory"},
      {"--days", "0", "--days: '0' is not a number from 1 to 3660"},
      {"--days", "3661", "is not a number from 1"},
      {"--period-minutes", "14401", "is not a number from 1 to 14400"},
      {"--to", "obr1", "--to is an option of 'onionbalance-signer bundle'"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct arguments a CLEANUP(arguments_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};

    assert_int_equal(parse(&a, &text, wrong[i].first, wrong[i].second, NULL), ARGUMENTS_USAGE);
    assert_true(fixture_has(&text, wrong[i].part));
  }
}

/* The outcome for a list with the given content. */
static enum arguments_outcome parse_list(struct arguments *a, struct slice content,
                                         struct buf *text)
{
  char folder[FIXTURE_PATH];
  char path[FIXTURE_PATH];
  enum arguments_outcome outcome;

  fixture_folder(folder);
  fixture_write(folder, "list", content, 0600, path);
  outcome = parse(a, text, "--key", "first", "--key-list", path, NULL);
  unlink(path);
  rmdir(folder);
  return outcome;
}

static void reads_journal_and_approvals(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--key", "k", "--journal", "j", "--approvals=b c", NULL),
                   ARGUMENTS_RUN);
  assert_string_equal(a.journal, "j");
  assert_string_equal(a.approvals, "b c");
  arguments_deinit(&a);
  assert_int_equal(
      parse(&a, &text, "allow", "--approvals", "b", "--period", "1/2", "--keys", "1000", "x", NULL),
      ARGUMENTS_RUN);
  assert_string_equal(a.period, "1/2");
  assert_int_equal(a.keys_more, 1000);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "allow", "--keys", "1001", NULL), ARGUMENTS_USAGE);
  assert_int_equal(parse(&a, &text, "allow", "--keys", "0", NULL), ARGUMENTS_USAGE);
  assert_int_equal(parse(&a, &text, "--key", "k", "--keys", "1", NULL), ARGUMENTS_USAGE);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--key", "k", "--period", "1/2", NULL), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "an option of 'onionbalance-signer allow'"));
}

static void reads_a_list(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse_list(&a, slice_str("/a\n\n/b c\n/d"), &text), ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, 4);
  assert_string_equal(a.keys[0].path, "first");
  assert_string_equal(a.keys[1].path, "/a");
  assert_string_equal(a.keys[2].path, "/b c");
  assert_string_equal(a.keys[3].path, "/d");
}

static void lists_are_bounded(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct arguments a = {0};

  (void)state;
  for (uint32_t i = 0; i < LIMIT_SERVICES - 1; i++) {
    buf_add_str(&content, "k\n");
  }
  assert_int_equal(parse_list(&a, buf_slice(&content), &text), ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, LIMIT_SERVICES);
  arguments_deinit(&a);
  buf_add_str(&content, "k\n");
  assert_int_equal(parse_list(&a, buf_slice(&content), &text), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "more than 20000 keys"));
  arguments_deinit(&a);
  buf_clear(&content);
  buf_add_fill(&content, '\n', LIMIT_SIGNER_KEY_LIST_BYTES + 1);
  assert_int_equal(parse_list(&a, buf_slice(&content), &text), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "over a size limit"));
  arguments_deinit(&a);
}

static void names_are_bounded(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct arguments a = {0};

  (void)state;
  buf_add_fill(&content, 'x', LIMIT_PATH_BYTES);
  assert_int_equal(parse_list(&a, buf_slice(&content), &text), ARGUMENTS_RUN);
  arguments_deinit(&a);
  buf_add_u8(&content, 'x');
  assert_int_equal(parse_list(&a, buf_slice(&content), &text), ARGUMENTS_USAGE);
  arguments_deinit(&a);
  assert_int_equal(parse_list(&a, slice_of("a\0b", 3), &text), ARGUMENTS_USAGE);
  arguments_deinit(&a);
}

static void lists_name_passphrase_files(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse_list(&a, slice_str("/a\n\tp q\n/b\n"), &text), ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, 3);
  assert_null(a.keys[0].passphrase);
  assert_string_equal(a.keys[1].passphrase, "p q");
  assert_null(a.keys[2].passphrase);
  arguments_deinit(&a);
  assert_int_equal(parse_list(&a, slice_str("/a\n\tp\n\tq\n"), &text), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "two passphrase files for the key /a"));
}

static void reads_how_to_listen(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--listen", "unix:/run/s", "--key", "a", NULL), ARGUMENTS_RUN);
  assert_true(a.is_listening);
  assert_string_equal(a.socket_path, "/run/s");
  assert_int_equal(a.socket_mode, 0600);
  assert_int_equal(a.n_users + a.n_groups, 0);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--listen=unix:s", "--key", "a", "--socket-mode", "0660",
                         "--allow-user", "root", "--allow-user=1234", "--allow-group", "root",
                         NULL),
                   ARGUMENTS_RUN);
  assert_int_equal(a.socket_mode, 0660);
  assert_int_equal(a.n_users, 2);
  assert_int_equal(a.users[0], 0);
  assert_int_equal(a.users[1], 1234);
  assert_int_equal(a.n_groups, 1);
  assert_int_equal(a.groups[0], 0);
}

/* A list may be empty as long as nobody has a service. */
static void who_listens_may_begin_without_keys(void **state)
{
  struct arguments a = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--listen", "unix:/run/s", "--key-list", "/dev/null", NULL),
                   ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, 0);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--key-list", "/dev/null", NULL), ARGUMENTS_USAGE);
  arguments_deinit(&a);
  assert_int_equal(parse(&a, &text, "--listen", "unix:/run/s", NULL), ARGUMENTS_USAGE);
  arguments_deinit(&a);
}

static void refuses_wrong_ways_to_listen(void **state)
{
  static const struct {
    const char *option;
    const char *value;
    const char *part;
  } wrong[] = {
      {"--listen", "/run/s", "'/run/s' is not unix:PATH"},
      {"--listen", "unix:", "is not unix:PATH"},
      {"--fd", "2", "--listen and --fd"},
      {"--socket-mode", "", "is not a mode"},
      {"--socket-mode", "0668", "is not a mode"},
      {"--socket-mode", "777", "is not a mode"},
      {"--socket-mode", "1600", "is not a mode"},
      {"--socket-mode", "66666666666666666666", "is not a mode"},
      {"--allow-user", "no such user", "there is no user 'no such user'"},
      {"--allow-user", "-1", "there is no user"},
      {"--allow-group", "4294967296", "there is no group"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct arguments a CLEANUP(arguments_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};

    assert_int_equal(parse(&a, &text, "--listen", "unix:/run/s", "--key", "a", wrong[i].option,
                           wrong[i].value, NULL),
                     ARGUMENTS_USAGE);
    assert_true(fixture_has(&text, wrong[i].part));
  }
}

static void policies_are_for_who_listens(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(&a, &text, "--key", "a", "--allow-user", "0", NULL), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "for a signer that listens"));
}

static void lists_are_read_again(void **state)
{
  struct arguments a CLEANUP(arguments_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  char folder[FIXTURE_PATH], path[FIXTURE_PATH];

  (void)state;
  fixture_folder(folder);
  fixture_write(folder, "list", slice_str("/a\n"), 0600, path);
  assert_int_equal(
      parse(&a, &text, "--key", "first", "--passphrase-file", "p", "--key-list", path, NULL),
      ARGUMENTS_RUN);
  fixture_write(folder, "list", slice_str("/b\n/c\n"), 0600, path);
  assert_int_equal(arguments_read_lists(&a, &text), ARGUMENTS_RUN);
  assert_int_equal(a.n_keys, 3);
  assert_string_equal(a.keys[0].path, "first");
  assert_string_equal(a.keys[0].passphrase, "p");
  assert_string_equal(a.keys[1].path, "/b");
  assert_string_equal(a.keys[2].path, "/c");
  unlink(path);
  rmdir(folder);
  assert_int_equal(arguments_read_lists(&a, &text), ARGUMENTS_USAGE);
  assert_true(fixture_has(&text, "No such file"));
  assert_int_equal(a.n_keys, 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_keys_and_fd),
      cmocka_unit_test(passphrase_files_belong_to_keys),
      cmocka_unit_test(passphrase_files_need_keys),
      cmocka_unit_test(the_passphrase_fd_is_not_served),
      cmocka_unit_test(serves_standard_input_otherwise),
      cmocka_unit_test(prints_help_and_version),
      cmocka_unit_test(refuses_wrong_use),
      cmocka_unit_test(reads_journal_and_approvals),
      cmocka_unit_test(reads_a_list),
      cmocka_unit_test(lists_are_bounded),
      cmocka_unit_test(names_are_bounded),
      cmocka_unit_test(lists_name_passphrase_files),
      cmocka_unit_test(reads_how_to_listen),
      cmocka_unit_test(who_listens_may_begin_without_keys),
      cmocka_unit_test(refuses_wrong_ways_to_listen),
      cmocka_unit_test(policies_are_for_who_listens),
      cmocka_unit_test(lists_are_read_again),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
