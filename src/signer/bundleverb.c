#include "signer/bundleverb.h"

#include "base/limits.h"
#include "signer/bundlefile.h"
#include "signer/bundling.h"
#include "signer/keyload.h"
#include "signer/onion.h"
#include "signer/outfile.h"
#include "signer/refusal.h"
#include "signer/shelf.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY (24 * 3600)
/* 2999-01-01: what calendar_cover can do. */
#define LAST_DAY INT64_C(32472144000)

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
  return fflush(stdout) == 0 ? EXIT_SUCCESS : REFUSAL_FAILED;
}

/* Makes the key, unless there is one. */
int bundleverb_recipient(const struct arguments *a, struct suite *suite)
{
  struct secret *key CLEANUP(secret_free_at) = NULL;
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  CLEANUP(buf_wipe) struct buf content = {0};
  int err;

  if (a->n_operands != 1) {
    return refusal_say(REFUSAL_USAGE,
                       "recipient: needs the folder of the bundles, and nothing else");
  }
  err = bundlefile_key(suite, a->operands[0], &key, &why);
  if (err == 0) {
    return print_recipient(suite, secret_peek(key));
  }
  if (err != ERR_MISSING) {
    return refusal_say(REFUSAL_FAILED, "%s", buf_str(&why));
  }
  key = secret_new(RECIPIENT_SIZE);
  randombytes_buf(secret_bytes(key), RECIPIENT_SIZE);
  recipient_secret_build(suite, secret_peek(key), &content);
  buf_addf(&path, "%s/" RECIPIENT_FILE, a->operands[0]);
  if (outfile_write(buf_str(&path), buf_slice(&content), 0600, false) < 0) {
    return refusal_say(REFUSAL_FAILED, "cannot write %s: %s", buf_str(&path), strerror(errno));
  }
  return print_recipient(suite, secret_peek(key));
}

/* ---- bundle ---- */

/* The time that the bundles are for. */
static int take_span(const struct arguments *a, struct wall *from, struct wall *to)
{
  if (a->days == 0) {
    return refusal_say(REFUSAL_USAGE, "bundle: for how long? --days N");
  }
  *from = now();
  if (a->from != NULL && calendar_parse(slice_str(a->from), from) < 0) {
    return refusal_say(REFUSAL_USAGE,
                       "--from: '%s' is not a date like 2026-11-23 or 2026-11-23T15:44", a->from);
  }
  *to = wall_plus(*from, (int64_t)a->days * DAY);
  if (to->s <= now().s) {
    return refusal_say(REFUSAL_FAILED,
                       "bundle: the %" PRIu64 " days from %s on are over (does the clock of "
                       "this machine go right?)",
                       a->days, a->from);
  }
  if (to->s > LAST_DAY) {
    return refusal_say(REFUSAL_FAILED, "bundle: too far in the future");
  }
  return 0;
}

static int take_bundling(const struct arguments *a, struct bundling *b)
{
  struct wall from = {0}, to = {0};
  uint64_t n;
  int status = take_span(a, &from, &to);

  if (status != 0) {
    return status;
  }
  if (a->recipient == NULL) {
    return refusal_say(REFUSAL_USAGE,
                       "bundle: who is it for? --to RECIPIENT, which 'onionbalance-signer "
                       "recipient' prints at the publisher's machine");
  }
  if (recipient_parse(b->suite, slice_str(a->recipient), b->recipient) < 0) {
    return refusal_say(REFUSAL_USAGE, "--to: '%.80s' is no recipient; is it mistyped?",
                       a->recipient);
  }
  b->minutes = a->period_minutes == 0 ? CALENDAR_PERIOD_MINUTES : a->period_minutes;
  b->now = now();
  b->range = calendar_cover(from, to, b->minutes);
  n = b->range.last - b->range.first + 1;
  if (n > LIMIT_BUNDLE_PERIODS) {
    return refusal_say(REFUSAL_FAILED,
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
    return refusal_say(REFUSAL_FAILED, "cannot make the bundle of %s: %s", onion, err_text(err));
  }
  if (outfile_write(buf_str(&path), buf_slice(&sealed), 0644, false) < 0) {
    return refusal_say(REFUSAL_FAILED, "cannot write %s: %s", buf_str(&path), strerror(errno));
  }
  wall_format(calendar_window_of(&next).begin, until);
  printf("%s: %" PRIu64 " time periods, until %s UTC\n", buf_str(&path),
         b->range.last - b->range.first + 1, until);
  return 0;
}

int bundleverb_bundle(const struct arguments *a, struct suite *suite)
{
  struct bundling b = {.suite = suite};
  struct keyring *keys CLEANUP(free_keys) = NULL;
  int status = take_bundling(a, &b);

  if (status != 0) {
    return status;
  }
  if (a->n_keys == 0 || a->n_operands > 0) {
    return refusal_say(REFUSAL_USAGE, a->n_keys == 0 ? "bundle: no keys; --key FILE"
                                                     : "bundle: keys are given with --key");
  }
  keys = keyload_all(a, false);
  if (!keyload_is_good(keys)) {
    return REFUSAL_FAILED;
  }
  for (size_t i = 0; i < keyring_count(keys) && status == 0; i++) {
    status = write_bundle(a, &b, keys, i);
  }
  return status == 0 && fflush(stdout) != 0 ? REFUSAL_FAILED : status;
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
    return refusal_say(REFUSAL_FAILED, "%s", buf_str(&why));
  }
  next = (struct wire_period){facts->last + 1, facts->minutes};
  wall_format(calendar_window_of(&next).begin, until);
  if (calendar_window_of(&next).begin.s <= now().s) {
    return refusal_say(REFUSAL_FAILED, "the bundle %s has ended at %s UTC; make the next one", path,
                       until);
  }
  name_installed(a->output, path, &to);
  if (bundlefile_read(path, &content) < 0 ||
      outfile_write(buf_str(&to), buf_slice(&content), 0644, true) < 0) {
    return refusal_say(REFUSAL_FAILED, "cannot install %s as %s: %s", path, buf_str(&to),
                       strerror(errno));
  }
  onion_format(suite, facts->public_key, onion);
  printf("%s: for %s until %s UTC\n", buf_str(&to), onion, until);
  return 0;
}

int bundleverb_install(const struct arguments *a, struct suite *suite)
{
  struct secret *key CLEANUP(secret_free_at) = NULL;
  CLEANUP(buf_deinit) struct buf why = {0};
  int status = 0;

  if (a->output == NULL || a->n_operands == 0) {
    return refusal_say(REFUSAL_USAGE, "install: needs --into FOLDER and the files");
  }
  if (bundlefile_key(suite, a->output, &key, &why) < 0) {
    return refusal_say(REFUSAL_FAILED, "%s", buf_str(&why));
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    status = install(a, suite, key, a->operands[i]) == 0 ? status : REFUSAL_FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? REFUSAL_FAILED : status;
}
