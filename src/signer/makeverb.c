#include "signer/makeverb.h"

#include "base/limits.h"
#include "signer/calendar.h"
#include "signer/keyload.h"
#include "signer/newkey.h"
#include "signer/onion.h"
#include "signer/outfile.h"
#include "signer/paper.h"
#include "signer/proof.h"
#include "signer/refusal.h"
#include "signer/terminal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How often a new passphrase may be typed in two ways. */
#define ATTEMPTS 3

static void fill(void *ctx, uint8_t *out, size_t n)
{
  (void)ctx;
  randombytes_buf(out, n);
}

static const struct rng random_rng = {fill, NULL};

static struct slice passphrase_of(const struct passphrase *p)
{
  return p->value.content == NULL ? slice_str("")
                                  : slice_of(secret_peek(p->value.content), p->value.n);
}

static int finish(void)
{
  return fflush(stdout) == 0 ? 0 : REFUSAL_FAILED;
}

/* ---- the passphrase of a new file ---- */

static enum terminal_outcome type(const char *question, struct passphrase *out)
{
  if (out->value.content == NULL) {
    out->value.content = secret_new(LIMIT_PASSPHRASE_BYTES + 1);
  }
  return terminal_ask(question, -1, out->value.content, &out->value.n);
}

/* Typed twice; empty: none. */
static int type_passphrase(const struct arguments *a, struct passphrase *out)
{
  struct passphrase again CLEANUP(passphrase_deinit) = {0};
  const char *question = "Passphrase for the new file (empty: none): ";

  for (unsigned i = 0; i < ATTEMPTS; i++) {
    enum terminal_outcome outcome = type(question, out);

    if (outcome == TERMINAL_NONE) {
      return refusal_say(REFUSAL_USAGE,
                         "%s: there is no terminal to ask for a passphrase on; "
                         "--new-passphrase-file FILE, or --no-passphrase",
                         a->verb);
    }
    if (outcome == TERMINAL_ANSWER && out->value.n == 0) {
      return 0;
    }
    outcome = outcome == TERMINAL_ANSWER ? type("The same again: ", &again) : outcome;
    if (outcome != TERMINAL_ANSWER) {
      return refusal_say(REFUSAL_FAILED, "%s: %s", a->verb,
                         outcome == TERMINAL_TOO_LONG ? "the passphrase is too long"
                                                      : "no passphrase was typed");
    }
    if (again.value.n == out->value.n &&
        sodium_memcmp(passphrase_of(&again).p, passphrase_of(out).p, out->value.n) == 0) {
      return 0;
    }
    question = "They differ. Passphrase for the new file (empty: none): ";
  }
  return refusal_say(REFUSAL_FAILED, "%s: no passphrase was typed twice", a->verb);
}

static int choose_passphrase(const struct arguments *a, const char *path, struct passphrase *out)
{
  struct passphrase_sources sources = {.fd = -1, .publisher = -1, .is_silent = true};
  struct passphrase_key key = {.path = path, .file = a->new_passphrase};
  CLEANUP(buf_deinit) struct buf text = {0};

  if (a->has_no_passphrase) {
    return 0;
  }
  if (a->new_passphrase == NULL) {
    return type_passphrase(a, out);
  }
  return passphrase_find(&sources, &key, out, &text) == WIRE_STATUS_GOOD
             ? 0
             : refusal_say(REFUSAL_FAILED, "%s", buf_str(&text));
}

/* ---- writing a key file ---- */

/* What a command is about to write. */
struct draft {
  const struct arguments *a;
  struct suite *suite;
  const struct keyfile_key *key;
  bool is_tor; /* in Tor's format */
  char onion[ONION_TEXT_SIZE];
  struct buf path;
};

static void draft_deinit(struct draft *d)
{
  buf_deinit(&d->path);
}

/* --output as it is, or if that is a folder, or not given, a name in it. */
static void name_draft(struct draft *d)
{
  const char *output = d->a->output;
  struct stat st;

  if (output != NULL && (stat(output, &st) < 0 || !S_ISDIR(st.st_mode))) {
    buf_add_str(&d->path, output);
    return;
  }
  buf_addf(&d->path, "%s%s%.56s.key", output == NULL ? "" : output, output == NULL ? "" : "/",
           d->onion);
}

static int prove(const struct draft *d)
{
  struct wall now = {time(NULL)};
  struct wire_period period = {
      calendar_cover(now, wall_plus(now, 1), CALENDAR_PERIOD_MINUTES).first,
      CALENDAR_PERIOD_MINUTES};
  int err = proof_check(d->suite, d->key->expanded, d->key->public_key, &period);

  return err == 0 ? 0
                  : refusal_say(REFUSAL_FAILED, "the key of %s does not work: %s", d->onion,
                                err_text(err));
}

/* That what will be written opens again, and is this key. */
static bool is_readable(const struct draft *d, const struct newkey *made, struct slice passphrase)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *read = keyfile_key_in(memory);
  CLEANUP(buf_deinit) struct buf why = {0};

  return keyfile_parse(slice_of(secret_peek(made->text), made->size), &passphrase, read, &why) ==
             WIRE_STATUS_GOOD &&
         sodium_memcmp(read->expanded, d->key->expanded, sizeof read->expanded) == 0;
}

static int write_made(struct draft *d, const struct newkey *made, struct slice passphrase)
{
  const char *path = buf_str(&d->path);

  if (!is_readable(d, made, passphrase)) {
    return refusal_say(REFUSAL_FAILED, "the new file would not open again; nothing was written");
  }
  if (outfile_write(path, slice_of(secret_peek(made->text), made->size), 0600, false) < 0) {
    return refusal_say(REFUSAL_FAILED, "cannot write %s: %s", path, strerror(errno));
  }
  printf("%s: the key of %s, %s\n", path, d->onion,
         d->is_tor           ? "in Tor's format"
         : passphrase.n == 0 ? "not encrypted"
                             : "encrypted");
  return finish();
}

static int write_draft(struct draft *d)
{
  struct passphrase passphrase CLEANUP(passphrase_deinit) = {0};
  struct newkey made CLEANUP(newkey_deinit) = {0};
  struct stat st;
  int status = prove(d);
  int err;

  if (status != 0) {
    return status;
  }
  name_draft(d);
  if (lstat(buf_str(&d->path), &st) == 0) {
    return refusal_say(REFUSAL_FAILED, "cannot write %s: %s", buf_str(&d->path), strerror(EEXIST));
  }
  status = d->is_tor ? 0 : choose_passphrase(d->a, buf_str(&d->path), &passphrase);
  if (status != 0) {
    return status;
  }
  err = d->is_tor ? newkey_of_expanded(d->key->expanded, &made)
                  : newkey_of_seed(&random_rng, d->key->seed, passphrase_of(&passphrase), &made);
  return err == 0 ? write_made(d, &made, passphrase_of(&passphrase))
                  : refusal_say(REFUSAL_FAILED, "%s: %s", d->a->verb, err_text(err));
}

/* The format that is asked for, or the one that keeps all that is known. */
static int choose_format(struct draft *d)
{
  const char *format = d->a->format;

  d->is_tor = format == NULL ? !d->key->has_seed : strcmp(format, "tor") == 0;
  if (format != NULL && !d->is_tor && strcmp(format, "pem") != 0) {
    return refusal_say(REFUSAL_USAGE, "--format: '%.80s' is neither pem nor tor", format);
  }
  if (!d->is_tor && !d->key->has_seed) {
    return refusal_say(REFUSAL_FAILED,
                       "the key of %s cannot become a PEM file: that needs the seed that it was "
                       "computed from, which tor does not keep and nobody can compute back; "
                       "--format tor keeps it as it is",
                       d->onion);
  }
  if (d->is_tor && d->a->new_passphrase != NULL) {
    return refusal_say(REFUSAL_FAILED,
                       "the key of %s stays in Tor's format, which has no encryption; "
                       "systemd-creds(1) can encrypt the file",
                       d->onion);
  }
  return 0;
}

static int make(const struct arguments *a, struct suite *suite, const struct keyfile_key *key)
{
  struct draft d CLEANUP(draft_deinit) = {.a = a, .suite = suite, .key = key};
  int status;

  onion_format(suite, key->public_key, d.onion);
  status = choose_format(&d);
  return status == 0 ? write_draft(&d) : status;
}

/* ---- generate ---- */

int makeverb_generate(const struct arguments *a, struct suite *suite)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *key = keyfile_key_in(memory);

  if (a->n_operands > 0) {
    return refusal_say(REFUSAL_USAGE, "generate: '%.80s' is no option; the new file is --output",
                       a->operands[0]);
  }
  randombytes_buf(key->seed, sizeof key->seed);
  key->has_seed = true;
  ed25519_expand(key->seed, key->expanded);
  if (ed25519_public_of(key->expanded, key->public_key) < 0) {
    return refusal_say(REFUSAL_FAILED, "generate: %s", err_text(ERR_KEY));
  }
  return make(a, suite, key);
}

/* ---- the one key of import and backup ---- */

static int load_one(const struct arguments *a, struct keyfile_key *out)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  enum wire_status status;

  if (a->n_keys != 1 || a->n_operands > 0) {
    return refusal_say(REFUSAL_USAGE, "%s: needs --key FILE, once", a->verb);
  }
  status = keyload_one(a, 0, out, &text);
  if (text.n > 0) {
    refusal_say(REFUSAL_FAILED, "%s", buf_str(&text));
  }
  return status == WIRE_STATUS_GOOD ? 0 : REFUSAL_FAILED;
}

/* ---- import ---- */

/* What tor has written beside a key, if it is there, must be of that key. */
static int check_neighbour(const char *key_path, const char *name, struct slice wanted)
{
  static const struct secretfile_kind kind = {"public", LIMIT_KEY_FILE_BYTES};
  const char *slash = strrchr(key_path, '/');
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf text = {0};

  buf_add(&path, key_path, slash == NULL ? 0 : (size_t)(slash - key_path) + 1);
  buf_add_str(&path, name);
  if (access(buf_str(&path), F_OK) < 0) {
    return 0;
  }
  if (secretfile_load(buf_str(&path), &kind, &file, &text) != WIRE_STATUS_GOOD) {
    return refusal_say(REFUSAL_FAILED, "%s", buf_str(&text));
  }
  return memmem(secret_peek(file.content), file.n, wanted.p, wanted.n) != NULL
             ? 0
             : refusal_say(REFUSAL_FAILED, "%s is not of the key beside it, %s", buf_str(&path),
                           key_path);
}

static int check_neighbours(const struct arguments *a, struct suite *suite,
                            const struct keyfile_key *key)
{
  char onion[ONION_TEXT_SIZE];
  int status;

  if (key->has_seed) {
    return 0; /* tor did not write it */
  }
  onion_format(suite, key->public_key, onion);
  status = check_neighbour(a->keys[0].path, "hs_ed25519_public_key",
                           slice_of(key->public_key, sizeof key->public_key));
  if (status != 0) {
    return status;
  }
  return check_neighbour(a->keys[0].path, "hostname", slice_str(onion));
}

int makeverb_import(const struct arguments *a, struct suite *suite)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *key = keyfile_key_in(memory);
  int status = load_one(a, key);

  status = status == 0 ? check_neighbours(a, suite, key) : status;
  return status == 0 ? make(a, suite, key) : status;
}

/* ---- backup ---- */

/* To a new file, or past all buffers to standard output. */
static int write_paper(const struct arguments *a, struct slice text)
{
  if (a->output != NULL) {
    return outfile_write(a->output, text, 0600, false) == 0
               ? 0
               : refusal_say(REFUSAL_FAILED, "cannot write %s: %s", a->output, strerror(errno));
  }
  while (text.n > 0) {
    ssize_t n = write(STDOUT_FILENO, text.p, text.n);

    if (n < 0 && errno != EINTR) {
      return refusal_say(REFUSAL_FAILED, "backup: cannot write it: %s", strerror(errno));
    }
    text = slice_skip(text, n > 0 ? (size_t)n : 0);
  }
  return 0;
}

int makeverb_backup(const struct arguments *a, struct suite *suite)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct secret *other CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct secret *paper CLEANUP(secret_free_at) = secret_new(PAPER_TEXT_SIZE);
  struct keyfile_key *key = keyfile_key_in(memory);
  CLEANUP(buf_deinit) struct buf why = {0};
  struct slice text;
  int status = load_one(a, key);

  if (status != 0) {
    return status;
  }
  text = slice_of(secret_peek(paper), paper_build(suite, key, paper));
  if (paper_parse(suite, text, keyfile_key_in(other), &why) < 0 ||
      sodium_memcmp(secret_peek(memory), secret_peek(other), sizeof(struct keyfile_key)) != 0) {
    return refusal_say(REFUSAL_FAILED, "backup: the words would not restore the key");
  }
  refusal_say(0, "these words are the key itself, not encrypted; 'onionbalance-signer restore "
                 "--check' tries them");
  return write_paper(a, text);
}

/* ---- restore ---- */

static const char *paper_name(const struct arguments *a)
{
  return a->n_operands == 0 || strcmp(a->operands[0], "-") == 0 ? NULL : a->operands[0];
}

/* All of standard input that a backup may have, and one byte more. */
static int read_input(struct secretfile *out)
{
  ssize_t got = 1;

  if (isatty(STDIN_FILENO)) {
    fputs("Type the backup, with its first two lines; then Ctrl-D.\n", stderr);
  }
  out->content = secret_new(LIMIT_PAPER_BYTES + 1);
  while (got != 0 && out->n <= LIMIT_PAPER_BYTES) {
    got = read(STDIN_FILENO, secret_bytes(out->content) + out->n, LIMIT_PAPER_BYTES + 1 - out->n);
    if (got < 0 && errno != EINTR) {
      return refusal_say(REFUSAL_FAILED, "cannot read standard input: %s", strerror(errno));
    }
    out->n += got > 0 ? (size_t)got : 0;
  }
  return 0;
}

static int read_paper(const struct arguments *a, struct secretfile *out)
{
  static const struct secretfile_kind kind = {"backup", LIMIT_PAPER_BYTES};
  CLEANUP(buf_deinit) struct buf text = {0};

  if (paper_name(a) == NULL) {
    return read_input(out);
  }
  return secretfile_load(paper_name(a), &kind, out, &text) == WIRE_STATUS_GOOD
             ? 0
             : refusal_say(REFUSAL_FAILED, "%s", buf_str(&text));
}

static int check_only(const struct arguments *a, struct suite *suite, const struct keyfile_key *key)
{
  struct draft d CLEANUP(draft_deinit) = {.a = a, .suite = suite, .key = key};
  int status;

  onion_format(suite, key->public_key, d.onion);
  status = prove(&d);
  if (status == 0) {
    printf("the backup is the key of %s; it works\n", d.onion);
  }
  return status == 0 ? finish() : status;
}

int makeverb_restore(const struct arguments *a, struct suite *suite)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *key = keyfile_key_in(memory);
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  int status;

  if (a->n_operands > 1) {
    return refusal_say(REFUSAL_USAGE, "restore: only one backup at a time");
  }
  status = read_paper(a, &file);
  if (status != 0) {
    return status;
  }
  if (paper_parse(suite, slice_of(secret_peek(file.content), file.n), key, &why) < 0) {
    return refusal_say(REFUSAL_FAILED, "%s %s",
                       paper_name(a) == NULL ? "the backup" : paper_name(a), buf_str(&why));
  }
  return a->is_check_only ? check_only(a, suite, key) : make(a, suite, key);
}
