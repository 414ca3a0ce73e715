#include "tools/wizard.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/random.h"
#include "signer/newkey.h"
#include "signer/terminal.h"
#include "tools/notice.h"
#include "tools/oldkey.h"
#include "tools/outdir.h"
#include "tools/prompt.h"
#include "tools/recipe.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG      "config.yaml"
#define KEY_MODE    0600
#define CONFIG_MODE 0644

/* How often a wrong passphrase may be followed by another. */
#define PASSPHRASE_TRIES 3

/* Whether to go on. */
enum step {
  STEP_GO,
  STEP_FAILED, /* the reason has been written */
  STEP_LEFT,   /* the user has had enough */
};

struct wizard {
  const struct flags *flags;
  const struct wizard_streams *streams;
  struct notice notice;
  struct prompt prompt;
  struct suite *suite;
  struct buf output; /* the folder, as it was given */
  int dir;           /* and opened */
  struct buf answer;
  struct recipe recipe;
  bool has_encrypted;
  /* The key files of the services, LIMIT_KEY_FILE_BYTES for each, and how many
   * bytes of them are in use. */
  struct secret *keys;
  size_t *key_sizes;
};

static enum step fail(const struct wizard *w, const char *path, const char *why)
{
  notice_write(&w->notice, LOG_LEVEL_ERROR, "%s: %s", path, why);
  return STEP_FAILED;
}

/* What follows from the outcome of a question. */
static enum step step_of(const struct wizard *w, enum prompt_outcome outcome)
{
  switch (outcome) {
  case PROMPT_ANSWER:
    return STEP_GO;
  case PROMPT_END:
    notice_write(&w->notice, LOG_LEVEL_WARNING,
                 "There are no more answers: given up, no configuration has been written.");
    return STEP_LEFT;
  case PROMPT_INTERRUPTED:
    notice_write(&w->notice, LOG_LEVEL_WARNING,
                 "Interrupted: given up, no configuration has been written.");
    return STEP_LEFT;
  case PROMPT_TOO_LONG:
    return fail(w, "standard input", "the answer is too long");
  case PROMPT_ERROR:
    return fail(w, "standard input", strerror(errno));
  }
  return STEP_FAILED;
}

/* Asks, if questions are to be asked; the answer is empty otherwise. */
static enum step ask(struct wizard *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static enum step ask(struct wizard *w, const char *fmt, ...)
{
  struct buf question CLEANUP(buf_deinit) = {0};
  va_list ap;

  buf_clear(&w->answer);
  if (!w->flags->is_interactive) {
    return STEP_GO;
  }
  va_start(ap, fmt);
  buf_addv(&question, fmt, ap);
  va_end(ap);
  return step_of(w, prompt_ask(&w->prompt, buf_str(&question), &w->answer));
}

/* The answer as a number from 1 to max. As in the Python program, what is no
 * such number leaves the default; too large a one is an error here. */
static enum step take_count(struct wizard *w, uint64_t max, uint64_t *count)
{
  struct slice text = buf_slice(&w->answer);
  uint64_t number = 0;
  int err;

  while (text.n > 0 && text.p[0] == ' ') {
    text = slice_skip(text, 1);
  }
  while (text.n > 0 && text.p[text.n - 1] == ' ') {
    text.n--;
  }
  if (text.n == 0) {
    return STEP_GO;
  }
  err = cursor_parse_decimal(text, max, &number);
  if (err == ERR_RANGE) {
    notice_write(&w->notice, LOG_LEVEL_ERROR, "%s is more than %llu.", buf_str(&w->answer),
                 (unsigned long long)max);
    return STEP_FAILED;
  }
  if (err < 0 || number == 0) {
    notice_write(&w->notice, LOG_LEVEL_WARNING, "Not a number from 1 to %llu: taking %llu.",
                 (unsigned long long)max, (unsigned long long)*count);
    return STEP_GO;
  }
  *count = number;
  return STEP_GO;
}

static enum step gather_output(struct wizard *w)
{
  struct buf shown CLEANUP(buf_deinit) = {0};
  enum step step;

  if (outdir_absolute(w->flags->output, &shown) < 0) {
    return fail(w, "the current folder", strerror(errno));
  }
  step = ask(w, "Enter path to store generated config [%s]: ", buf_str(&shown));
  if (step != STEP_GO) {
    return step;
  }
  buf_add_str(&w->output, w->answer.n > 0 ? buf_str(&w->answer) : w->flags->output);
  w->dir = outdir_open(buf_str(&w->output));
  if (w->dir < 0) {
    return fail(w, buf_str(&w->output), strerror(errno));
  }
  while (w->output.n > 1 && w->output.p[w->output.n - 1] == '/') {
    w->output.n--;
  }
  if (outdir_has(w->dir, CONFIG)) {
    return fail(w, buf_str(&w->output),
                "there is a " CONFIG " in this folder already, and nothing is overwritten; "
                "move it away or choose another folder");
  }
  return STEP_GO;
}

static uint8_t *key_slot(struct wizard *w, size_t i)
{
  return secret_bytes(w->keys) + i * LIMIT_KEY_FILE_BYTES;
}

/* Puts a key file and its public key into service i. */
static enum step keep_key(struct wizard *w, size_t i, struct slice content,
                          const uint8_t public_key[ED25519_PUBLIC_SIZE])
{
  struct address address;

  if (content.n > LIMIT_KEY_FILE_BYTES) {
    return fail(w, "the key", "its file is too large");
  }
  memcpy(key_slot(w, i), content.p, content.n);
  w->key_sizes[i] = content.n;
  memcpy(address.public_key, public_key, sizeof address.public_key);
  address_format(w->suite, &address, w->recipe.services[i].address);
  return STEP_GO;
}

static enum step make_key(struct wizard *w, size_t i)
{
  struct newkey key CLEANUP(newkey_deinit) = {0};
  const char *password = w->flags->password;
  int err = newkey_build(&random_rng, slice_str(password == NULL ? "" : password), &key);

  if (err < 0) {
    return fail(w, "a new key", err_text(err));
  }
  w->has_encrypted = w->has_encrypted || password != NULL;
  return keep_key(w, i, slice_of(secret_peek(key.text), key.size), key.public_key);
}

/* Asks for one passphrase and tries it. */
static enum step try_passphrase(struct wizard *w, const char *path, struct oldkey *key,
                                enum oldkey_outcome *outcome)
{
  struct secret *passphrase CLEANUP(secret_free_at) = secret_new(LIMIT_PASSPHRASE_BYTES);
  struct buf text CLEANUP(buf_deinit) = {0};
  size_t n = 0;

  buf_addf(&text, "Passphrase of %s: ", path);
  switch (terminal_ask(buf_str(&text), -1, passphrase, &n)) {
  case TERMINAL_ANSWER:
    break;
  case TERMINAL_NONE:
    return fail(w, path,
                "is encrypted, and there is no terminal to ask for its passphrase on; "
                "give it with --password");
  case TERMINAL_ENDED:
    return step_of(w, PROMPT_INTERRUPTED);
  case TERMINAL_TOO_LONG:
    return fail(w, path, "the passphrase is too long");
  }
  buf_clear(&text);
  *outcome = oldkey_open(key, slice_of(secret_peek(passphrase), n), &text);
  return *outcome == OLDKEY_BAD ? fail(w, path, buf_str(&text)) : STEP_GO;
}

static enum step unlock_by_terminal(struct wizard *w, const char *path, struct oldkey *key)
{
  for (int try = 0; try < PASSPHRASE_TRIES; try++) {
    enum oldkey_outcome outcome = OLDKEY_BAD;
    enum step step = try_passphrase(w, path, key, &outcome);

    if (step != STEP_GO || outcome == OLDKEY_GOOD) {
      return step;
    }
    notice_write(&w->notice, LOG_LEVEL_WARNING, "This passphrase does not open %s.", path);
  }
  return fail(w, path, "cannot be opened without its passphrase");
}

static enum step unlock(struct wizard *w, const char *path, struct oldkey *key)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  if (w->flags->password == NULL) {
    return unlock_by_terminal(w, path, key);
  }
  switch (oldkey_open(key, slice_str(w->flags->password), &text)) {
  case OLDKEY_GOOD:
    return STEP_GO;
  case OLDKEY_ENCRYPTED:
    return fail(w, path, "the password does not open it");
  case OLDKEY_BAD:
    return fail(w, path, buf_str(&text));
  }
  return STEP_FAILED;
}

/* One address cannot be two services: the publisher would refuse that. */
static enum step refuse_twice(struct wizard *w, size_t i)
{
  for (size_t other = 0; other < i; other++) {
    if (strcmp(w->recipe.services[other].address, w->recipe.services[i].address) == 0) {
      notice_write(&w->notice, LOG_LEVEL_ERROR,
                   "Service #%zu has the key of service #%zu: each service needs one of its own.",
                   i + 1, other + 1);
      return STEP_FAILED;
    }
  }
  return STEP_GO;
}

static enum step copy_key(struct wizard *w, size_t i, const char *path)
{
  struct oldkey key CLEANUP(oldkey_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  enum oldkey_outcome outcome = oldkey_load(path, &key, &text);
  enum step step = STEP_GO;

  if (outcome == OLDKEY_BAD) {
    notice_write(&w->notice, LOG_LEVEL_ERROR, "Service #%zu: %s", i + 1, buf_str(&text));
    return STEP_FAILED;
  }
  if (text.n > 0) {
    notice_write(&w->notice, LOG_LEVEL_WARNING, "%s", buf_str(&text));
  }
  if (outcome == OLDKEY_ENCRYPTED) {
    w->has_encrypted = true;
    step = unlock(w, path, &key);
  } else if (w->flags->password != NULL) {
    notice_write(&w->notice, LOG_LEVEL_WARNING,
                 "The password is for new keys: %s is copied as it is, not encrypted.", path);
  }
  if (step == STEP_GO) {
    step = keep_key(w, i, slice_of(secret_peek(key.file.content), key.file.n), key.public_key);
  }
  return step == STEP_GO ? refuse_twice(w, i) : step;
}

static enum step gather_key(struct wizard *w, size_t i)
{
  struct buf path CLEANUP(buf_deinit) = {0};
  enum step step = ask(w,
                       "Service #%zu: Enter path to master service private key (i.e. path to "
                       "'hs_ed25519_secret_key') (Leave empty to generate a key): ",
                       i + 1);

  if (step != STEP_GO) {
    return step;
  }
  if (w->flags->key != NULL) {
    buf_add_str(&path, w->flags->key);
  } else {
    buf_add_slice(&path, buf_slice(&w->answer));
  }
  step = path.n > 0 ? copy_key(w, i, buf_str(&path)) : make_key(w, i);
  if (step == STEP_GO) {
    notice_write(&w->notice, LOG_LEVEL_DEBUG, "Service #%zu is %s.onion.", i + 1,
                 w->recipe.services[i].address);
  }
  return step;
}

static enum step gather_instances(struct wizard *w, size_t i)
{
  uint64_t count = w->flags->n_instances;
  enum step step = ask(w,
                       "Service #%zu: Number of instance services to create (default: %llu) "
                       "(min: 1, max: %u): ",
                       i + 1, (unsigned long long)count, LIMIT_INSTANCES_PER_SERVICE);

  if (step == STEP_GO) {
    step = take_count(w, LIMIT_INSTANCES_PER_SERVICE, &count);
  }
  w->recipe.services[i].n_instances = (size_t)count;
  return step;
}

static enum step gather_tag(struct wizard *w, size_t i)
{
  enum step step = ask(w, "Service #%zu: Provide a tag name to group these instances [%s]:", i + 1,
                       w->flags->tag);
  const char *fault = flags_tag_fault(buf_slice(&w->answer));

  if (step != STEP_GO || w->answer.n == 0) {
    return step;
  }
  if (fault != NULL) {
    return fail(w, "the tag", fault);
  }
  free(w->recipe.services[i].tag);
  w->recipe.services[i].tag = mem_string(w->answer.p, w->answer.n);
  return STEP_GO;
}

static enum step gather_service(struct wizard *w, size_t i)
{
  enum step step;

  (void)recipe_add(&w->recipe, w->flags->tag, (size_t)w->flags->n_instances);
  step = gather_key(w, i);
  if (step == STEP_GO) {
    step = gather_instances(w, i);
  }
  return step == STEP_GO ? gather_tag(w, i) : step;
}

static enum step gather_services(struct wizard *w)
{
  uint64_t count = w->flags->n_services;
  enum step step = ask(
      w, "Number of services (frontends) to create (default: %llu): ", (unsigned long long)count);

  if (step == STEP_GO) {
    step = take_count(w, LIMIT_SERVICES, &count);
  }
  if (step != STEP_GO) {
    return step;
  }
  w->keys = secret_new((size_t)count * LIMIT_KEY_FILE_BYTES);
  w->key_sizes = mem_array((size_t)count, sizeof *w->key_sizes);
  for (size_t i = 0; i < count && step == STEP_GO; i++) {
    step = gather_service(w, i);
  }
  return step;
}

/* "OUTPUT/PATH: why", for a file below the output folder. */
static enum step fail_below(const struct wizard *w, const char *path, const char *why)
{
  notice_write(&w->notice, LOG_LEVEL_ERROR, "%.*s/%s: %s", SLICE_ARGS(buf_slice(&w->output)), path,
               why);
  return STEP_FAILED;
}

static enum step write_file(const struct wizard *w, const char *path, struct slice content,
                            mode_t mode, bool is_precious)
{
  if (outdir_write(w->dir, path, content, mode, is_precious) < 0) {
    return fail_below(w, path, strerror(errno));
  }
  notice_write(&w->notice, is_precious ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "Wrote %.*s/%s.",
               SLICE_ARGS(buf_slice(&w->output)), path);
  return STEP_GO;
}

static enum step write_key(struct wizard *w, size_t i)
{
  struct buf name CLEANUP(buf_deinit) = {0};
  struct slice content = slice_of(key_slot(w, i), w->key_sizes[i]);

  buf_addf(&name, "%s.key", w->recipe.services[i].address);
  if (outdir_holds(w->dir, buf_str(&name), content)) {
    return STEP_GO; /* --key names this very file, or a copy of it */
  }
  return write_file(w, buf_str(&name), content, KEY_MODE, true);
}

/* The two files of instance i of service s. */
static enum step write_instance(struct wizard *w, size_t s, size_t i)
{
  struct buf path CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  enum step step;
  size_t n;

  recipe_folder(&w->recipe, s, i, &path);
  n = path.n;
  if (outdir_make(w->dir, buf_str(&path)) < 0) {
    return fail_below(w, buf_str(&path), strerror(errno));
  }
  recipe_torrc(&w->recipe, s, i, &text);
  buf_add_str(&path, "/torrc");
  step = write_file(w, buf_str(&path), buf_slice(&text), CONFIG_MODE, false);
  if (step != STEP_GO) {
    return step;
  }
  buf_clear(&text);
  recipe_ob_config(&w->recipe, s, &text);
  path.n = n;
  buf_add_str(&path, "/ob_config");
  return write_file(w, buf_str(&path), buf_slice(&text), CONFIG_MODE, false);
}

/* What is there already is found before anything is written. */
static enum step check_room(struct wizard *w)
{
  struct buf path CLEANUP(buf_deinit) = {0};

  for (size_t s = 0; s < w->recipe.n; s++) {
    for (size_t i = 1; i <= w->recipe.services[s].n_instances; i++) {
      buf_clear(&path);
      recipe_folder(&w->recipe, s, i, &path);
      if (outdir_has(w->dir, buf_str(&path))) {
        return fail_below(w, buf_str(&path),
                          "exists already, and nothing is overwritten; move it away or choose "
                          "another folder");
      }
    }
  }
  return STEP_GO;
}

static enum step write_all(struct wizard *w)
{
  struct buf config CLEANUP(buf_deinit) = {0};
  enum step step = check_room(w);

  recipe_config(&w->recipe, &config);
  if (step == STEP_GO && config.n > LIMIT_CONFIG_BYTES) {
    return fail_below(w, CONFIG, "would be too large for onionbalance: fewer instances, please");
  }
  for (size_t s = 0; s < w->recipe.n && step == STEP_GO; s++) {
    step = write_key(w, s);
    for (size_t i = 1; i <= w->recipe.services[s].n_instances && step == STEP_GO; i++) {
      step = write_instance(w, s, i);
    }
  }
  return step == STEP_GO ? write_file(w, CONFIG, buf_slice(&config), CONFIG_MODE, true) : step;
}

/* What comes next, with paths that hold everywhere. */
static enum step tell_steps(struct wizard *w)
{
  struct notice to_out = {.fd = w->streams->out, .least = w->flags->level};
  struct buf output CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  if (outdir_absolute(buf_str(&w->output), &output) < 0) {
    return fail(w, "the current folder", strerror(errno));
  }
  recipe_steps(&w->recipe, buf_str(&output), w->has_encrypted, &text);
  notice_text(&to_out, LOG_LEVEL_INFO, buf_slice(&text));
  return STEP_GO;
}

static enum step do_all(struct wizard *w)
{
  enum step step = gather_output(w);

  if (step == STEP_GO) {
    step = gather_services(w);
  }
  if (step == STEP_GO) {
    step = write_all(w);
  }
  return step == STEP_GO ? tell_steps(w) : step;
}

static void end(struct wizard *w)
{
  if (w->flags->password != NULL) {
    sodium_memzero(w->flags->password, strlen(w->flags->password)); /* also from /proc */
  }
  if (w->dir >= 0) {
    close(w->dir);
  }
  prompt_deinit(&w->prompt);
  recipe_deinit(&w->recipe);
  secret_free(w->keys);
  free(w->key_sizes);
  suite_free(w->suite);
  buf_deinit(&w->answer);
  buf_deinit(&w->output);
}

int wizard_run(const struct flags *flags, const struct wizard_streams *streams)
{
  struct wizard w = {
      .flags = flags,
      .streams = streams,
      .notice = {.fd = streams->err, .least = flags->level},
      .suite = suite_new(),
      .dir = -1,
      .recipe = {.virtual_port = (unsigned)flags->virtual_port, .target = flags->target},
  };
  enum step step = STEP_FAILED;

  if (prompt_init(&w.prompt, streams->in, streams->out) < 0) {
    (void)fail(&w, "signals", strerror(errno));
  } else if (w.suite == NULL) {
    (void)fail(&w, "OpenSSL", "lacks SHA3-256 or another algorithm");
  } else {
    step = do_all(&w);
  }
  end(&w);
  return step == STEP_FAILED ? EXIT_FAILURE : EXIT_SUCCESS;
}
