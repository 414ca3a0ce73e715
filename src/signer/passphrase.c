#include "signer/passphrase.h"

#include "base/limits.h"
#include "signer/terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CREDENTIAL_SUFFIX ".passphrase"
#define CREDENTIAL_COMMON "key-passphrase"

static const struct secretfile_kind kind = {"passphrase", LIMIT_PASSPHRASE_BYTES + 1};

/* Everything about one search. */
struct search {
  struct passphrase_sources *sources;
  const struct passphrase_key *key;
  struct passphrase *out;
  struct buf *text;
};

static const char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');

  return slash == NULL ? path : slash + 1;
}

/* The last steps for all sources: not empty, not too long. */
static enum wire_status judge(const struct search *s)
{
  size_t n = s->out->value.n;

  if (n > 0 && n <= LIMIT_PASSPHRASE_BYTES) {
    return WIRE_STATUS_GOOD;
  }
  buf_addf(s->text, "%s is encrypted, and ", s->key->path);
  buf_add_slice(s->text, buf_slice(&s->out->origin));
  buf_addf(s->text, " is %s", n == 0 ? "empty" : "too long");
  return WIRE_STATUS_ENCRYPTED;
}

static enum wire_status from_file(const struct search *s, const char *path)
{
  struct secretfile *value = &s->out->value;
  enum wire_status status = secretfile_load(path, &kind, value, s->text);
  bool has_lines;

  if (status != WIRE_STATUS_GOOD) {
    buf_addf(s->text, " (for the passphrase of %s)", s->key->path);
    return status;
  }
  if (value->n > 0 && secret_peek(value->content)[value->n - 1] == '\n') {
    value->n--;
  }
  has_lines = value->n > 0 && memchr(secret_peek(value->content), '\n', value->n) != NULL;
  buf_addf(&s->out->origin, "the passphrase in %s%s", path,
           has_lines ? " (which has several lines)" : "");
  return judge(s);
}

/* One byte; false at the end. */
static bool read_byte(int fd, uint8_t *out)
{
  struct pollfd p = {.fd = fd, .events = POLLIN};
  ssize_t n = read(fd, out, 1);

  while (n < 0 && (errno == EINTR || errno == EAGAIN)) {
    (void)poll(&p, 1, -1);
    n = read(fd, out, 1);
  }
  return n == 1;
}

/* The next line, byte by byte: the others are for other keys. What is over the
 * limit is read too, and not kept. */
static enum wire_status from_descriptor(const struct search *s)
{
  struct secretfile *value = &s->out->value;
  size_t n = 0;
  uint8_t *at;
  bool is_read;

  value->content = secret_new(LIMIT_PASSPHRASE_BYTES + 2);
  at = secret_bytes(value->content);
  while ((is_read = read_byte(s->sources->fd, at)) && *at != '\n') {
    n++;
    at += n <= LIMIT_PASSPHRASE_BYTES ? 1 : 0;
  }
  if (!is_read && n == 0) {
    buf_addf(s->text, "%s is encrypted, and descriptor %d has no line left for it", s->key->path,
             s->sources->fd);
    return WIRE_STATUS_ENCRYPTED;
  }
  value->n = n;
  buf_addf(&s->out->origin, "its line of descriptor %d", s->sources->fd);
  return judge(s);
}

/* The path of a credential, if there is one of that name. */
static bool find_credential(const struct search *s, const char *name, const char *suffix,
                            struct buf *path)
{
  buf_clear(path);
  buf_addf(path, "%s/%s%s", s->sources->credentials, name, suffix);
  return access(buf_str(path), F_OK) == 0;
}

static enum wire_status none(const struct search *s, const char *why)
{
  buf_addf(s->text,
           "%s is encrypted, and %s; a passphrase comes from a file (key-passphrase-file), a "
           "systemd credential (%s" CREDENTIAL_SUFFIX ") or a terminal",
           s->key->path, why, name_of(s->key->path));
  return WIRE_STATUS_ENCRYPTED;
}

static enum wire_status from_terminal(const struct search *s)
{
  CLEANUP(buf_deinit) struct buf question = {0};
  struct secretfile *value = &s->out->value;

  if (s->sources->is_silent) {
    return none(s, "no passphrase was given");
  }
  buf_addf(&question, "%sPassphrase of %s: ", s->key->attempt > 0 ? "It does not fit. " : "",
           s->key->path);
  value->content = secret_new(LIMIT_PASSPHRASE_BYTES + 1);
  s->out->is_typed = true;
  buf_add_str(&s->out->origin, "the passphrase that was typed");
  switch (terminal_ask(buf_str(&question), s->sources->publisher, value->content, &value->n)) {
  case TERMINAL_ANSWER:
    return WIRE_STATUS_GOOD; /* an empty one does not fit, and is asked for again */
  case TERMINAL_NONE:
    return none(s, "there is no passphrase, nor a terminal to ask on");
  case TERMINAL_TOO_LONG:
    value->n = secret_size(value->content);
    return judge(s);
  case TERMINAL_ENDED:
    break;
  }
  s->sources->is_silent = true;
  return none(s, "no passphrase was typed");
}

enum wire_status passphrase_find(struct passphrase_sources *s, const struct passphrase_key *key,
                                 struct passphrase *out, struct buf *text)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  struct search search = {s, key, out, text};

  *out = (struct passphrase){0};
  if (key->file != NULL) {
    return from_file(&search, key->file);
  }
  if (s->fd >= 0) {
    return from_descriptor(&search);
  }
  if (s->credentials != NULL &&
      (find_credential(&search, name_of(key->path), CREDENTIAL_SUFFIX, &path) ||
       find_credential(&search, CREDENTIAL_COMMON, "", &path))) {
    return from_file(&search, buf_str(&path));
  }
  return from_terminal(&search);
}

void passphrase_warn(const struct passphrase *p, const char *file, struct buf *text)
{
  secretfile_warn(&p->value, file, text);
}

void passphrase_deinit(struct passphrase *p)
{
  secretfile_deinit(&p->value);
  buf_deinit(&p->origin);
  *p = (struct passphrase){0};
}
