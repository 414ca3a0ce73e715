#include "signer/verb.h"

#include "base/limits.h"
#include "signer/bundlefile.h"
#include "signer/bundling.h"
#include "signer/journal.h"
#include "signer/keyload.h"
#include "signer/onion.h"
#include "signer/outfile.h"
#include "signer/policy.h"
#include "signer/proof.h"
#include "signer/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAILED EXIT_FAILURE
#define USAGE  2

#define DAY            (24 * 3600)
#define PERIOD_MINUTES 1440
/* 2999-01-01: what calendar_cover can do. */
#define LAST_DAY INT64_C(32472144000)

static int refuse(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int refuse(int status, const char *fmt, ...)
{
  va_list ap;

  fputs("onionbalance-signer: ", stderr);
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fputs(status == USAGE ? "\nTry 'onionbalance-signer --help'.\n" : "\n", stderr);
  return status;
}

static struct wall now(void)
{
  return (struct wall){time(NULL)};
}

static void free_keys(struct keyring **k)
{
  keyring_free(*k);
}

/* ---- recipient ---- */

static int print_recipient(struct suite *suite, const uint8_t *secret)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  uint8_t public_key[RECIPIENT_SIZE];

  recipient_public_of(secret, public_key);
  recipient_build(suite, public_key, &text);
  puts(buf_str(&text));
  return fflush(stdout) == 0 ? EXIT_SUCCESS : FAILED;
}

/* Makes the key, unless there is one. */
static int run_recipient(const struct arguments *a, struct suite *suite)
{
  struct secret *key CLEANUP(secret_free_at) = NULL;
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  CLEANUP(buf_wipe) struct buf content = {0};
  int err;

  if (a->n_operands != 1) {
    return refuse(USAGE, "recipient: needs the folder of the bundles, and nothing else");
  }
  err = bundlefile_key(suite, a->operands[0], &key, &why);
  if (err == 0) {
    return print_recipient(suite, secret_peek(key));
  }
  if (err != ERR_MISSING) {
    return refuse(FAILED, "%s", buf_str(&why));
  }
  key = secret_new(RECIPIENT_SIZE);
  randombytes_buf(secret_bytes(key), RECIPIENT_SIZE);
  recipient_secret_build(suite, secret_peek(key), &content);
  buf_addf(&path, "%s/" RECIPIENT_FILE, a->operands[0]);
  if (outfile_write(buf_str(&path), buf_slice(&content), 0600, false) < 0) {
    return refuse(FAILED, "cannot write %s: %s", buf_str(&path), strerror(errno));
  }
  return print_recipient(suite, secret_peek(key));
}

/* ---- bundle ---- */

/* The time that the bundles are for. */
static int take_span(const struct arguments *a, struct wall *from, struct wall *to)
{
  if (a->days == 0) {
    return refuse(USAGE, "bundle: for how long? --days N");
  }
  *from = now();
  if (a->from != NULL && calendar_parse(slice_str(a->from), from) < 0) {
    return refuse(USAGE, "--from: '%s' is not a date like 2026-11-23 or 2026-11-23T15:44", a->from);
  }
  *to = wall_plus(*from, (int64_t)a->days * DAY);
  if (to->s <= now().s) {
    return refuse(FAILED,
                  "bundle: the %" PRIu64 " days from %s on are over (does the clock of "
                  "this machine go right?)",
                  a->days, a->from);
  }
  if (to->s > LAST_DAY) {
    return refuse(FAILED, "bundle: too far in the future");
  }
  return 0;
}

static int take_bundling(const struct arguments *a, struct bundling *b)
{
  struct wall from, to;
  uint64_t n;
  int status = take_span(a, &from, &to);

  if (status != 0) {
    return status;
  }
  if (a->recipient == NULL) {
    return refuse(USAGE, "bundle: who is it for? --to RECIPIENT, which 'onionbalance-signer "
                         "recipient' prints at the publisher's machine");
  }
  if (recipient_parse(b->suite, slice_str(a->recipient), b->recipient) < 0) {
    return refuse(USAGE, "--to: '%.80s' is no recipient; is it mistyped?", a->recipient);
  }
  b->minutes = a->period_minutes == 0 ? PERIOD_MINUTES : a->period_minutes;
  b->now = now();
  b->range = calendar_cover(from, to, b->minutes);
  n = b->range.last - b->range.first + 1;
  if (n > LIMIT_BUNDLE_PERIODS) {
    return refuse(FAILED,
                  "bundle: that makes %" PRIu64 " time periods, and a bundle has at most "
                  "%u; take fewer days",
                  n, LIMIT_BUNDLE_PERIODS);
  }
  return 0;
}

/* FOLDER/ADDRESS-FROM.bundle; FROM is the begin of the first period. */
static void name_bundle(const struct arguments *a, const struct bundling *b, const char *onion,
                        struct buf *out)
{
  struct wire_period first = {b->range.first, b->minutes};
  char from[WALL_TEXT_SIZE];

  wall_format(calendar_window_of(&first).begin, from);
  if (a->output != NULL) {
    buf_addf(out, "%s/", a->output);
  }
  buf_addf(out, "%.56s-%.4s%.2s%.2sT%.2s%.2s" SHELF_SUFFIX, onion, from, from + 5, from + 8,
           from + 11, from + 14);
}

static int write_bundle(const struct arguments *a, const struct bundling *b,
                        const struct keyring *keys, size_t i)
{
  const struct keyring_key *key = keyring_get(keys, i);
  struct wire_period next = {b->range.last + 1, b->minutes};
  CLEANUP(buf_deinit) struct buf sealed = {0};
  CLEANUP(buf_deinit) struct buf path = {0};
  char onion[ONION_TEXT_SIZE], until[WALL_TEXT_SIZE];
  int err;

  onion_format(b->suite, key->public_key, onion);
  name_bundle(a, b, onion, &path);
  err = bundling_build(b, keys, i, &sealed);
  if (err < 0) {
    return refuse(FAILED, "cannot make the bundle of %s: %s", onion, err_text(err));
  }
  if (outfile_write(buf_str(&path), buf_slice(&sealed), 0644, false) < 0) {
    return refuse(FAILED, "cannot write %s: %s", buf_str(&path), strerror(errno));
  }
  wall_format(calendar_window_of(&next).begin, until);
  printf("%s: %" PRIu64 " time periods, until %s UTC\n", buf_str(&path),
         b->range.last - b->range.first + 1, until);
  return 0;
}

/* True if all keys are good; says what is wrong. */
static bool are_good(const struct keyring *keys)
{
  bool good = true;

  for (size_t i = 0; i < keyring_count(keys); i++) {
    const struct keyring_key *key = keyring_get(keys, i);

    if (key->text.n > 0) {
      refuse(FAILED, "%.*s", (int)key->text.n, (const char *)key->text.p);
    }
    good = good && key->status == WIRE_STATUS_GOOD;
  }
  return good;
}

static int run_bundle(const struct arguments *a, struct suite *suite)
{
  struct bundling b = {.suite = suite};
  struct keyring *keys CLEANUP(free_keys) = NULL;
  int status = take_bundling(a, &b);

  if (status != 0) {
    return status;
  }
  if (a->n_keys == 0 || a->n_operands > 0) {
    return refuse(USAGE, a->n_keys == 0 ? "bundle: no keys; --key FILE"
                                        : "bundle: keys are given with --key");
  }
  keys = keyload_all(a, false);
  if (!are_good(keys)) {
    return FAILED;
  }
  for (size_t i = 0; i < keyring_count(keys) && status == 0; i++) {
    status = write_bundle(a, &b, keys, i);
  }
  return status == 0 && fflush(stdout) != 0 ? FAILED : status;
}

/* ---- install ---- */

/* FOLDER/NAME, with the suffix that the publisher looks for. */
static void name_installed(const char *folder, const char *path, struct buf *out)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  size_t n = strlen(name);
  size_t suffix = strlen(SHELF_SUFFIX);

  buf_addf(out, "%s/%s%s", folder, name,
           n > suffix && strcmp(name + n - suffix, SHELF_SUFFIX) == 0 ? "" : SHELF_SUFFIX);
}

static int install(const struct arguments *a, struct suite *suite, const struct secret *key,
                   const char *path)
{
  struct bundlefile file CLEANUP(bundlefile_deinit) = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  CLEANUP(buf_deinit) struct buf to = {0};
  CLEANUP(buf_deinit) struct buf content = {0};
  const struct bundle_facts *facts = &file.bundle.facts;
  struct wire_period next = {.minutes = 0};
  char onion[ONION_TEXT_SIZE], until[WALL_TEXT_SIZE];

  if (bundlefile_load(suite, path, key, &file, &why) < 0 ||
      bundlefile_check(suite, path, &file, now(), &why) < 0) {
    return refuse(FAILED, "%s", buf_str(&why));
  }
  next = (struct wire_period){facts->last + 1, facts->minutes};
  wall_format(calendar_window_of(&next).begin, until);
  if (calendar_window_of(&next).begin.s <= now().s) {
    return refuse(FAILED, "the bundle %s has ended at %s UTC; make the next one", path, until);
  }
  name_installed(a->output, path, &to);
  if (bundlefile_read(path, &content) < 0 ||
      outfile_write(buf_str(&to), buf_slice(&content), 0644, true) < 0) {
    return refuse(FAILED, "cannot install %s as %s: %s", path, buf_str(&to), strerror(errno));
  }
  onion_format(suite, facts->public_key, onion);
  printf("%s: for %s until %s UTC\n", buf_str(&to), onion, until);
  return 0;
}

static int run_install(const struct arguments *a, struct suite *suite)
{
  struct secret *key CLEANUP(secret_free_at) = NULL;
  CLEANUP(buf_deinit) struct buf why = {0};
  int status = 0;

  if (a->output == NULL || a->n_operands == 0) {
    return refuse(USAGE, "install: needs --into FOLDER and the files");
  }
  if (bundlefile_key(suite, a->output, &key, &why) < 0) {
    return refuse(FAILED, "%s", buf_str(&why));
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    status = install(a, suite, key, a->operands[i]) == 0 ? status : FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? FAILED : status;
}

/* ---- verify ---- */

static int verify(const struct arguments *a, struct suite *suite, const struct keyring *keys,
                  size_t i)
{
  const struct keyring_key *key = keyring_get(keys, i);
  uint64_t minutes = a->period_minutes == 0 ? PERIOD_MINUTES : a->period_minutes;
  struct wire_period period = {calendar_cover(now(), wall_plus(now(), 1), minutes).first, minutes};
  char onion[ONION_TEXT_SIZE];
  int err = proof_check(suite, keyring_expanded(keys, i), key->public_key, &period);

  if (err < 0) {
    return refuse(FAILED, "the key %s does not work: %s", key->name, err_text(err));
  }
  onion_format(suite, key->public_key, onion);
  if (a->address != NULL && !proof_is_address(suite, key->public_key, slice_str(a->address))) {
    return refuse(FAILED, "the key %s is that of %s, and not of '%.80s'", key->name, onion,
                  a->address);
  }
  printf("%s: the key of %s; it works\n", key->name, onion);
  return 0;
}

static int run_verify(const struct arguments *a, struct suite *suite)
{
  struct keyring *keys CLEANUP(free_keys) = NULL;
  int status = 0;

  if (a->n_keys == 0 || a->n_operands > 0) {
    return refuse(USAGE, a->n_keys == 0 ? "verify: no keys; --key FILE"
                                        : "verify: keys are given with --key");
  }
  if (a->address != NULL && a->n_keys > 1) {
    return refuse(USAGE, "verify: --address is for one key");
  }
  keys = keyload_all(a, false);
  if (!are_good(keys)) {
    return FAILED;
  }
  for (size_t i = 0; i < keyring_count(keys); i++) {
    status = verify(a, suite, keys, i) == 0 ? status : FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? FAILED : status;
}

/* ---- inspect ---- */

/* What a file is, without a passphrase; its text is good or encrypted. */
static const char *format_of(struct slice content, enum wire_status status)
{
  if (status == WIRE_STATUS_ENCRYPTED) {
    return "PEM (PKCS#8), encrypted";
  }
  return slice_has_prefix(content, "== ed25519v1-") ? "Tor's hs_ed25519_secret_key, not encrypted"
                                                    : "PEM (PKCS#8), not encrypted";
}

static int inspect(struct suite *suite, const char *path)
{
  static const struct secretfile_kind kind = {"key", LIMIT_KEY_FILE_BYTES};
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  struct secret *expanded CLEANUP(secret_free_at) = secret_new(ED25519_EXPANDED_SIZE);
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  char onion[ONION_TEXT_SIZE] = "not to be known without the passphrase";
  struct slice content;
  enum wire_status status;

  if (secretfile_load(path, &kind, &file, &text) != WIRE_STATUS_GOOD) {
    return refuse(FAILED, "%s", buf_str(&text));
  }
  content = slice_of(secret_peek(file.content), file.n);
  status = keyfile_parse(content, NULL, secret_bytes(expanded), public_key, &why);
  if (status != WIRE_STATUS_GOOD && status != WIRE_STATUS_ENCRYPTED) {
    return refuse(FAILED, "%s %s", path, buf_str(&why));
  }
  secretfile_warn(&file, path, &text);
  if (text.n > 0) {
    refuse(0, "%s", buf_str(&text));
  }
  if (status == WIRE_STATUS_GOOD) {
    onion_format(suite, public_key, onion);
  }
  printf("%s\n  format:  %s\n  mode:    %04o\n  address: %s\n", path, format_of(content, status),
         file.mode, onion);
  return 0;
}

static int run_inspect(const struct arguments *a, struct suite *suite)
{
  int status = 0;

  if (a->n_operands == 0 || a->n_keys > 0) {
    return refuse(USAGE, "inspect: needs the key files, and no options");
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    status = inspect(suite, a->operands[i]) == 0 ? status : FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? FAILED : status;
}

/* ---- allow ---- */

/* Opens a file that a signer has made: a mistyped name would allow nothing.
 * *is_broken_out: its last line has no end. -1 with errno set. */
static int open_approvals(const char *path, bool *is_broken_out)
{
  int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY);
  off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  char last = '\n';

  if (end > 0 && pread(fd, &last, 1, end - 1) < 1) {
    last = '\n';
  }
  *is_broken_out = last != '\n';
  return fd;
}

static int append(const char *path, struct slice lines)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  bool is_broken = false;
  int fd = open_approvals(path, &is_broken);
  ssize_t n = -1;

  if (is_broken) {
    buf_add_u8(&text, '\n');
  }
  buf_add_slice(&text, lines);
  if (fd >= 0) {
    n = write(fd, text.p, text.n);
    if (n == (ssize_t)text.n && fsync(fd) == 0 && close(fd) == 0) {
      return 0;
    }
  }
  return refuse(FAILED, "allow: cannot write %s: %s%s", path,
                n >= 0 ? "it was cut off" : strerror(errno),
                errno == ENOENT ? " (a signer makes it, with --approvals)" : "");
}

static int check_allow(const struct arguments *a, struct journal_approval *out)
{
  if (a->approvals == NULL || a->period == NULL || a->n_operands == 0) {
    return refuse(USAGE, "allow: needs --approvals FILE, --period N/MINUTES and addresses, as the "
                         "signer's log has them");
  }
  if (journal_period_parse(slice_str(a->period), &out->period) < 0) {
    return refuse(USAGE, "--period: '%s' is not NUMBER/MINUTES", a->period);
  }
  out->keys = a->keys_more == 0 ? 1 : a->keys_more;
  return 0;
}

static int run_allow(const struct arguments *a, struct suite *suite)
{
  CLEANUP(buf_deinit) struct buf lines = {0};
  struct journal_approval one;
  int status = check_allow(a, &one);

  if (status != 0) {
    return status;
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    if (onion_parse(suite, slice_str(a->operands[i]), one.identity) < 0) {
      return refuse(USAGE, "allow: '%.80s' is no address of a frontend; is it mistyped?",
                    a->operands[i]);
    }
    journal_approval_build(suite, &one, now(), &lines);
  }
  status = append(a->approvals, buf_slice(&lines));
  if (status == 0) {
    fputs(buf_str(&lines), stdout);
  }
  return status == 0 && fflush(stdout) != 0 ? FAILED : status;
}

static const struct {
  const char *name;
  int (*run)(const struct arguments *a, struct suite *suite);
} verbs[] = {
    {"allow", run_allow},     {"bundle", run_bundle},       {"inspect", run_inspect},
    {"install", run_install}, {"recipient", run_recipient}, {"verify", run_verify},
};

bool verb_is(const char *word)
{
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(verbs[i].name, word) == 0) {
      return true;
    }
  }
  return false;
}

static void free_suite(struct suite **s)
{
  suite_free(*s);
}

int verb_run(const struct arguments *a)
{
  struct suite *suite CLEANUP(free_suite) = suite_new();

  if (suite == NULL) {
    return refuse(FAILED, "this OpenSSL lacks SHA3-256 or another algorithm");
  }
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(verbs[i].name, a->verb) == 0) {
      return verbs[i].run(a, suite);
    }
  }
  return USAGE; /* arguments_parse has seen to it */
}
