#include "signer/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "signer/session.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sodium.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

struct scene {
  char folder[FIXTURE_PATH], path[FIXTURE_PATH + 16], approvals[FIXTURE_PATH + 16];
  struct book_config config;
  struct buf said;
  struct book *book;
  bool is_mounted;
};

/* As chattr does: of the two flags that keep a file as it is, those. */
static bool set_flags(const char *path, int flags)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int all = 0;
  bool good = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &all) == 0;

  all = (all & ~(FS_APPEND_FL | FS_IMMUTABLE_FL)) | flags;
  good = good && ioctl(fd, FS_IOC_SETFLAGS, &all) == 0;
  if (fd >= 0) {
    close(fd);
  }
  return good;
}

static void hear(void *ctx, enum log_level level, const char *text)
{
  struct scene *s = ctx;

  buf_addf(&s->said, "%s: %s\n", log_level_name(level), text);
}

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);

  fixture_folder(s->folder);
  snprintf(s->path, sizeof s->path, "%s/journal", s->folder);
  snprintf(s->approvals, sizeof s->approvals, "%s/approvals", s->folder);
  s->config = (struct book_config){.journal = s->path, .say = hear, .ctx = s};
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  book_free(s->book);
  (void)!set_flags(s->path, 0);
  unlink(s->path);
  unlink(s->approvals);
  if (s->is_mounted) {
    umount2(s->folder, MNT_DETACH); /* the journal stays open */
  }
  rmdir(s->folder);
  buf_deinit(&s->said);
  free(s);
  return 0;
}

/* A signer is started, or started again. */
static void begin(struct scene *s)
{
  CLEANUP(buf_deinit) struct buf why = {0};

  book_free(s->book);
  assert_int_equal(book_open(&s->config, FIXTURE_NOW, &s->book, &why), 0);
  assert_int_equal(why.n, 0);
}

static void read_journal(const struct scene *s, struct buf *out)
{
  FILE *f = fopen(s->path, "rb");
  size_t n;

  assert_non_null(f);
  buf_clear(out);
  n = fread(buf_reserve(out, 65536), 1, 65536, f);
  buf_used(out, n);
  fclose(f);
}

static void append(const char *path, const char *text)
{
  FILE *f = fopen(path, "ab");

  assert_non_null(f);
  assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
  assert_int_equal(fclose(f), 0);
}

static void entry(struct journal_entry *e, unsigned key)
{
  *e = (struct journal_entry){.what = {.period = FIXTURE_PERIOD, .key = {(uint8_t)key}},
                              .expiration_hours = FIXTURE_EXPIRES,
                              .peer = "process 5 of user 6"};
  assert_int_equal(hex_parse(slice_str(FIXTURE_TOR_PUBLIC), e->what.identity, 32), 0);
}

static int enter(struct scene *s, unsigned key)
{
  struct journal_entry e;

  entry(&e, key);
  TRY(book_enter(s->book, &e, FIXTURE_NOW));
  return book_commit(s->book);
}

#define LINE(key)                                                                                  \
  "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "     \
  "20779/1440 key 0" key "00000000000000000000000000000000000000000000000000000000000000 until "   \
  "2026-11-24 22:00:00 by process 5 of user 6\n"

static void each_certificate_is_a_line(void **state)
{
  struct scene *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};
  struct stat st;

  for (unsigned i = 1; i <= 2; i++) { /* the second signer goes on behind the first */
    begin(s);
    assert_int_equal(enter(s, i), 0);
  }
  read_journal(s, &text);
  assert_string_equal(buf_str(&text), LINE("1") LINE("2"));
  assert_int_equal(stat(s->path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(s->said.n, 0);
}

/* A new start is no way around the bound. */
static void the_journal_is_counted(void **state)
{
  struct scene *s = *state;

  for (unsigned i = 0; i < LEDGER_KEYS; i++) {
    if (i % 16 == 0) {
      begin(s);
    }
    assert_int_equal(enter(s, i), 0);
  }
  begin(s);
  assert_int_equal(enter(s, LEDGER_KEYS), ERR_REFUSED);
  assert_int_equal(enter(s, 5), 0); /* known */
  assert_non_null(strstr(buf_str(&s->said),
                         "WARNING: signer: refused for "
                         "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion, period "
                         "20779/1440: too many keys for this time period\n"));
  unlink(s->path);
  begin(s);
  assert_int_equal(enter(s, LEDGER_KEYS), 0);
}

/* Power that fails in the middle of a line, and what somebody has typed into it. */
static void a_damaged_journal_is_gone_on_with(void **state)
{
  struct scene *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};

  append(s->path, "\377\n" LINE("3") "2026-11-22 15:4");
  assert_int_equal(chmod(s->path, 0600), 0);
  begin(s);
  assert_non_null(strstr(buf_str(&s->said), "signer: 2 lines of the journal "));
  assert_int_equal(enter(s, 4), 0);
  read_journal(s, &text);
  assert_non_null(strstr(buf_str(&text), "2026-11-22 15:4\n" LINE("4")));
  for (unsigned i = 5; i < LEDGER_KEYS + 3; i++) { /* 3 and 4 were counted */
    assert_int_equal(enter(s, i), 0);
  }
  assert_int_equal(enter(s, LEDGER_KEYS + 3), ERR_REFUSED);
}

/* Asks a session for a certificate, over its stream; what it answers. */
static enum wire_kind certify(struct session *session, unsigned key, struct wire_period period)
{
  struct wire_request q = {.kind = WIRE_CERTIFY,
                           .period = period,
                           .key = {(uint8_t)key},
                           .expiration_hours = FIXTURE_EXPIRES};
  CLEANUP(buf_deinit) struct buf in = {0};
  CLEANUP(buf_deinit) struct buf out = {0};
  struct slice body;
  size_t size = 0;
  struct wire_reply r;

  wire_request_build(&q, &in);
  assert_int_equal(session_feed(session, &in, FIXTURE_NOW, &out), 0);
  assert_int_equal(in.n, 0);
  assert_int_equal(wire_frame_parse(buf_slice(&out), &body, &size), 0);
  assert_int_equal(size, out.n);
  assert_int_equal(wire_reply_parse(body, &r), 0);
  return r.kind;
}

static struct session *new_session(void)
{
  char path[FIXTURE_PATH];
  struct keyring *keys = keyring_new(1);
  struct session *session;

  keyring_load(keys, 0, fixture_key("ed25519.pem", path), NULL);
  session = session_new(keys);
  keyring_free(keys);
  return session;
}

/* /dev/full takes nothing: then there is no certificate, which is told once. */
static void what_cannot_be_written_is_not_made(void **state)
{
  struct scene *s = *state;
  struct session *session = new_session();

  s->config.journal = "/dev/full";
  begin(s);
  session_set_book(session, s->book, "somebody");
  assert_int_equal(certify(session, 1, FIXTURE_PERIOD), WIRE_ERROR);
  assert_int_equal(certify(session, 2, FIXTURE_PERIOD), WIRE_ERROR);
  assert_string_equal(buf_str(&s->said), "ERROR: signer: cannot write the journal /dev/full: No "
                                         "space left on device; nothing is certified\n");
  s->config.journal = s->path;
  begin(s);
  session_set_book(session, s->book, "somebody");
  for (unsigned i = 0; i < LEDGER_KEYS; i++) {
    assert_int_equal(certify(session, i, FIXTURE_PERIOD), WIRE_CERTIFY);
  }
  assert_int_equal(certify(session, LEDGER_KEYS, FIXTURE_PERIOD), WIRE_ERROR);
  assert_int_equal(certify(session, 3, FIXTURE_PERIOD), WIRE_CERTIFY);
  session_free(session);
}

#define PEM_ADDRESS "2bbxr3xrylj7xjbpctfwmvmdzowwyt4ijocdwps4pxcnrjngbx2vpkqd.onion"

/* Refused, with the command; approved of while it runs; granted as often as that says. */
static void an_operator_may_approve(void **state)
{
  struct scene *s = *state;
  struct session *session = new_session();
  const struct wire_period far = {20999, 1440};

  s->config.approvals = s->approvals;
  begin(s);
  session_set_book(session, s->book, "somebody");
  assert_int_equal(certify(session, 1, far), WIRE_ERROR);
  assert_non_null(strstr(buf_str(&s->said),
                         "the time period is too far in the future (do the clocks agree?); if it "
                         "should not be: onionbalance-signer allow --approvals "));
  assert_non_null(strstr(buf_str(&s->said), "/approvals --period 20999/1440 " PEM_ADDRESS "\n"));
  append(s->approvals, "2026-11-22 15:44:40 " PEM_ADDRESS " period 20999/1440 keys 2\nnonsense\n"
                       "2026-11-22 15:44:40 " PEM_ADDRESS " period 20779/1440 keys 1\n");
  assert_int_equal(certify(session, 1, far), WIRE_CERTIFY);
  assert_int_equal(certify(session, 2, far), WIRE_CERTIFY);
  assert_int_equal(certify(session, 3, far), WIRE_ERROR);
  assert_non_null(strstr(buf_str(&s->said), "1 lines of the approvals"));
  begin(s); /* it counts what the journal has */
  session_set_book(session, s->book, "somebody");
  assert_int_equal(certify(session, 3, far), WIRE_ERROR);
  assert_int_equal(certify(session, 2, far), WIRE_CERTIFY);
  for (unsigned i = 0; i <= LEDGER_KEYS; i++) {
    assert_int_equal(certify(session, i, FIXTURE_PERIOD), WIRE_CERTIFY);
  }
  assert_int_equal(certify(session, LEDGER_KEYS + 1, FIXTURE_PERIOD), WIRE_ERROR);
  assert_int_equal(certify(session, 1, (struct wire_period){20999, 14401}), WIRE_ERROR);
  session_free(session);
}

/* Who asks a thousand times does not fill the log. */
static void refusals_are_told_in_measure(void **state)
{
  struct scene *s = *state;
  struct wire_period far = {20999, 1440};
  uint8_t identity[32] = {1};
  size_t n = 0;

  s->config.approvals = s->approvals;
  begin(s);
  for (unsigned i = 0; i < 1000; i++) {
    assert_int_equal(book_period(s->book, identity, &far, FIXTURE_NOW), POLICY_PERIOD_FUTURE);
  }
  for (const char *at = buf_str(&s->said); (at = strchr(at, '\n')) != NULL; at++) {
    n++;
  }
  assert_int_equal(n, 20);
  n = s->said.n;
  assert_int_equal(book_period(s->book, identity, &far, wall_plus(FIXTURE_NOW, 60)),
                   POLICY_PERIOD_FUTURE);
  assert_true(s->said.n > n);
}

static void without_a_journal_keys_are_counted(void **state)
{
  struct scene *s = *state;

  s->config.journal = NULL;
  begin(s);
  for (unsigned i = 0; i < LEDGER_KEYS; i++) {
    assert_int_equal(enter(s, i), 0);
  }
  assert_int_equal(enter(s, LEDGER_KEYS), ERR_REFUSED);
}

/* A file system of its own in the folder, which no other process sees. False if we may not. */
static bool mount_folder(struct scene *s, const char *options)
{
  static bool is_private;

  is_private = is_private || (unshare(CLONE_NEWNS) == 0 &&
                              mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
  s->is_mounted = is_private && mount("none", s->folder, "tmpfs", 0, options) == 0;
  return s->is_mounted;
}

static int remount(const struct scene *s, unsigned long flags, const char *options)
{
  return mount("none", s->folder, "tmpfs", MS_REMOUNT | flags, options);
}

/* Nothing is certified while the disk is full, and no line is lost or damages another. */
static void a_disk_may_be_full_for_a_while(void **state)
{
  struct scene *s = *state;
  struct session *session;
  unsigned n = 0;

  if (!mount_folder(s, "size=8k")) {
    skip();
  }
  session = new_session();
  begin(s);
  session_set_book(session, s->book, "somebody");
  while (n < LEDGER_KEYS && certify(session, n, FIXTURE_PERIOD) == WIRE_CERTIFY) {
    n++;
  }
  assert_true(n > 0 && n < LEDGER_KEYS / 2);
  assert_int_equal(certify(session, n, FIXTURE_PERIOD), WIRE_ERROR);
  assert_non_null(strstr(buf_str(&s->said), "No space left on device; nothing is certified\n"));
  assert_int_equal(remount(s, 0, "size=1m"), 0);
  assert_int_equal(certify(session, n, FIXTURE_PERIOD), WIRE_CERTIFY);
  buf_clear(&s->said);
  begin(s); /* all are counted; the line that was cut off stands alone, if there is one */
  session_set_book(session, s->book, "somebody");
  assert_true(s->said.n == 0 || strstr(buf_str(&s->said), "signer: 1 lines of") != NULL);
  for (unsigned i = n + 1; i < LEDGER_KEYS; i++) {
    assert_int_equal(certify(session, i, FIXTURE_PERIOD), WIRE_CERTIFY);
  }
  assert_int_equal(certify(session, LEDGER_KEYS, FIXTURE_PERIOD), WIRE_ERROR);
  session_free(session);
}

static void assert_unusable(const struct scene *s, const char *reason)
{
  struct book *book;
  CLEANUP(buf_deinit) struct buf why = {0};

  assert_int_equal(book_open(&s->config, FIXTURE_NOW, &book, &why), ERR_IO);
  assert_non_null(strstr(buf_str(&why), "signer: cannot use the journal "));
  assert_non_null(strstr(buf_str(&why), reason));
}

/* What cannot be written is told at the start, not with the first certificate. */
static void a_file_system_may_be_read_only(void **state)
{
  struct scene *s = *state;

  if (!mount_folder(s, "size=1m")) {
    skip();
  }
  append(s->path, LINE("1"));
  assert_int_equal(chmod(s->path, 0600), 0);
  assert_int_equal(remount(s, MS_RDONLY, NULL), 0);
  assert_unusable(s, ": Read-only file system");
  assert_int_equal(remount(s, 0, NULL), 0);
  begin(s);
  assert_int_equal(enter(s, 2), 0);
}

/* chattr +a, which doc/signer.md speaks of: the signer does not notice. */
static void a_journal_may_be_append_only(void **state)
{
  struct scene *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};

  append(s->path, LINE("1") "2026-11-22 15:4");
  assert_int_equal(chmod(s->path, 0600), 0);
  if (!set_flags(s->path, FS_APPEND_FL)) {
    skip(); /* not root, or a file system without it */
  }
  assert_int_equal(open(s->path, O_WRONLY | O_TRUNC | O_CLOEXEC), -1);
  begin(s);
  assert_int_equal(enter(s, 2), 0);
  begin(s);
  assert_int_equal(enter(s, 3), 0);
  read_journal(s, &text);
  assert_string_equal(buf_str(&text), LINE("1") "2026-11-22 15:4\n" LINE("2") LINE("3"));
  assert_true(set_flags(s->path, FS_IMMUTABLE_FL));
  assert_unusable(s, ": Operation not permitted");
}

static void says_what_is_wrong_with_files(void **state)
{
  struct scene *s = *state;
  CLEANUP(buf_deinit) struct buf why = {0};

  append(s->path, LINE("1"));
  assert_int_equal(chmod(s->path, 0620), 0);
  assert_int_equal(book_open(&s->config, FIXTURE_NOW, &s->book, &why), ERR_IO);
  assert_non_null(strstr(buf_str(&why), "its permissions let others write it"));
  s->config.journal = "/nonexistent/journal";
  buf_clear(&why);
  assert_int_equal(book_open(&s->config, FIXTURE_NOW, &s->book, &why), ERR_IO);
  assert_string_equal(buf_str(&why), "signer: cannot use the journal /nonexistent/journal: No such "
                                     "file or directory");
  s->config.approvals = "/nonexistent/approvals";
  buf_clear(&why);
  assert_int_equal(book_open(&s->config, FIXTURE_NOW, &s->book, &why), ERR_IO);
  assert_non_null(strstr(buf_str(&why), "the approvals /nonexistent/approvals: No such file"));
  assert_null(s->book);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(each_certificate_is_a_line, setup, teardown),
      cmocka_unit_test_setup_teardown(the_journal_is_counted, setup, teardown),
      cmocka_unit_test_setup_teardown(a_damaged_journal_is_gone_on_with, setup, teardown),
      cmocka_unit_test_setup_teardown(what_cannot_be_written_is_not_made, setup, teardown),
      cmocka_unit_test_setup_teardown(an_operator_may_approve, setup, teardown),
      cmocka_unit_test_setup_teardown(refusals_are_told_in_measure, setup, teardown),
      cmocka_unit_test_setup_teardown(without_a_journal_keys_are_counted, setup, teardown),
      cmocka_unit_test_setup_teardown(a_disk_may_be_full_for_a_while, setup, teardown),
      cmocka_unit_test_setup_teardown(a_file_system_may_be_read_only, setup, teardown),
      cmocka_unit_test_setup_teardown(a_journal_may_be_append_only, setup, teardown),
      cmocka_unit_test_setup_teardown(says_what_is_wrong_with_files, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
