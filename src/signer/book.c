#include "signer/book.h"

#include "base/mem.h"
#include "signer/approvals.h"
#include "signer/lines.h"
#include "signer/onion.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536

/* So many refusals are told of in a minute: publishers ask again and again. */
#define TOLD_MAX 20U
#define TOLD_S   60

struct book {
  const struct book_config *config;
  struct suite *suite;
  struct ledger *ledger;
  struct approvals *approvals; /* NULL: none */
  int journal;                 /* -1: none */
  bool is_broken;              /* a line was cut off: the next one ends it first */
  bool is_failing;             /* which has been told */
  struct buf pending;          /* lines that are not written yet */
  struct wall told_since;
  unsigned n_told;
};

static void say(const struct book *b, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct book *b, enum log_level level, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  va_list ap;

  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  b->config->say(b->config->ctx, level, buf_str(&text));
}

/* ---- approvals ---- */

static void update_approvals(struct book *b)
{
  size_t n_bad = approvals_update(b->approvals);

  if (n_bad > 0) {
    say(b, LOG_LEVEL_WARNING, "signer: %zu lines of the approvals %s are damaged and do not count",
        n_bad, b->config->approvals);
  }
}

static uint64_t approved(const struct book *b, const uint8_t identity[32],
                         const struct wire_period *p)
{
  return b->approvals == NULL ? 0 : approvals_get(b->approvals, identity, p);
}

static bool may_tell(struct book *b, struct wall now)
{
  if (now.s < b->told_since.s || now.s - b->told_since.s >= TOLD_S) {
    b->told_since = now;
    b->n_told = 0;
  }
  return b->n_told++ < TOLD_MAX;
}

/* Tells the operator what is refused, and the command that would allow it. */
static void tell_refused(struct book *b, const struct ledger_entry *e, const char *reason,
                         struct wall now)
{
  char onion[ONION_TEXT_SIZE];

  if (!may_tell(b, now)) {
    return;
  }
  onion_format(b->suite, e->identity, onion);
  if (b->approvals == NULL) {
    say(b, LOG_LEVEL_WARNING, "signer: refused for %s, period %" PRIu64 "/%" PRIu64 ": %s", onion,
        e->period.number, e->period.minutes, reason);
    return;
  }
  say(b, LOG_LEVEL_WARNING,
      "signer: refused for %s, period %" PRIu64 "/%" PRIu64
      ": %s; if it should not be: onionbalance-signer allow --approvals %s --period %" PRIu64
      "/%" PRIu64 " %s",
      onion, e->period.number, e->period.minutes, reason, b->config->approvals, e->period.number,
      e->period.minutes, onion);
}

/* ---- the journal, as it is found ---- */

struct refill {
  struct book *book;
  struct wall now;
};

/* What stands there has been certified, and counts as it did then. */
static int take_line(void *ctx, struct slice line)
{
  struct refill *r = ctx;
  struct ledger_entry e;
  struct wall when;
  uint64_t more;

  TRY(journal_entry_parse(r->book->suite, line, &e, &when));
  more = approved(r->book, e.identity, &e.period);
  if (more > 0 || policy_period(&e.period, r->now) == POLICY_GRANTED) {
    when = wall_is_before(r->now, when) ? r->now : when;
    (void)!ledger_note(r->book->ledger, &e, more, when); /* one too many changes nothing */
  }
  return 0;
}

static int refill(struct book *b, struct wall now)
{
  struct refill r = {b, now};
  struct lines lines CLEANUP(lines_deinit) = {0};
  CLEANUP(buf_deinit) struct buf piece = {0};
  size_t n_bad = 0;
  ssize_t n;

  while ((n = read(b->journal, buf_reserve(&piece, READ_BYTES), READ_BYTES)) > 0) {
    n_bad += lines_feed(&lines, slice_of(piece.p, (size_t)n), take_line, &r);
  }
  b->is_broken = lines_is_inside(&lines);
  n_bad += b->is_broken;
  if (n_bad > 0) {
    say(b, LOG_LEVEL_WARNING, "signer: %zu lines of the journal %s are damaged and do not count",
        n_bad, b->config->journal);
  }
  return n < 0 ? ERR_IO : 0;
}

/* ERR_REFUSED if others may write it, ERR_IO with errno set, which may be EPERM (chattr +i).
 * A device or a pipe takes lines, too, but has none to give. */
static int open_journal(struct book *b, struct wall now)
{
  struct stat st;

  b->journal =
      open(b->config->journal, O_RDWR | O_APPEND | O_CREAT | O_DSYNC | O_CLOEXEC | O_NOCTTY, 0600);
  if (b->journal < 0 || fstat(b->journal, &st) < 0) {
    return ERR_IO;
  }
  if (!S_ISREG(st.st_mode)) {
    return 0;
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return ERR_REFUSED;
  }
  return refill(b, now);
}

static const char *reason(bool is_open_to_others)
{
  return is_open_to_others ? "its permissions let others write it" : strerror(errno);
}

static int open_files(struct book *b, struct wall now, struct buf *why)
{
  const struct book_config *c = b->config;
  int err;

  if (c->approvals != NULL) {
    if (approvals_open(c->approvals, b->suite, &b->approvals) < 0) {
      buf_addf(why, "signer: cannot use the approvals %s: %s", c->approvals,
               reason(errno == EPERM));
      return ERR_IO;
    }
    update_approvals(b);
  }
  err = c->journal == NULL ? 0 : open_journal(b, now);
  if (err < 0) {
    buf_addf(why, "signer: cannot use the journal %s: %s", c->journal, reason(err == ERR_REFUSED));
    return ERR_IO;
  }
  return 0;
}

int book_open(const struct book_config *c, struct wall now, struct book **out, struct buf *why)
{
  struct book *b = mem_new(sizeof *b);
  int err;

  *out = NULL;
  b->config = c;
  b->journal = -1;
  b->ledger = ledger_new();
  b->suite = suite_new();
  if (b->suite == NULL) {
    buf_add_str(why, "signer: this OpenSSL lacks SHA3-256 or another algorithm");
    book_free(b);
    return ERR_UNSUPPORTED;
  }
  err = open_files(b, now, why);
  if (err < 0) {
    book_free(b);
    return err;
  }
  *out = b;
  return 0;
}

void book_free(struct book *b)
{
  if (b == NULL) {
    return;
  }
  buf_deinit(&b->pending);
  approvals_free(b->approvals);
  ledger_free(b->ledger);
  suite_free(b->suite);
  free(b);
}

/* ---- what is asked for ---- */

enum policy_verdict book_period(struct book *b, const uint8_t identity[32],
                                const struct wire_period *p, struct wall now)
{
  enum policy_verdict verdict = policy_period(p, now);
  struct ledger_entry e = {.period = *p};

  if (b->approvals == NULL || (verdict != POLICY_PERIOD_PAST && verdict != POLICY_PERIOD_FUTURE)) {
    return verdict;
  }
  update_approvals(b);
  if (approved(b, identity, p) > 0) {
    return POLICY_GRANTED;
  }
  memcpy(e.identity, identity, sizeof e.identity);
  tell_refused(b, &e, policy_text(verdict), now);
  return verdict;
}

int book_enter(struct book *b, const struct journal_entry *e, struct wall now)
{
  const struct ledger_entry *what = &e->what;
  int err = ledger_note(b->ledger, what, approved(b, what->identity, &what->period), now);

  if (err < 0 && b->approvals != NULL) {
    update_approvals(b);
    err = ledger_note(b->ledger, what, approved(b, what->identity, &what->period), now);
  }
  if (err < 0) {
    tell_refused(b, what, "too many keys for this time period", now);
    return err;
  }
  if (b->journal >= 0) {
    journal_entry_build(b->suite, e, now, &b->pending);
  }
  return 0;
}

/* Writes all of it, or says why not. What of it was written is no harm: it is not
 * known to anybody. */
static int write_all(struct book *b, struct slice text)
{
  while (text.n > 0) {
    ssize_t n = write(b->journal, text.p, text.n);

    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return ERR_IO;
    }
    b->is_broken = text.p[n - 1] != '\n';
    text = slice_skip(text, (size_t)n);
  }
  return 0;
}

int book_commit(struct book *b)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  int err;

  if (b->pending.n == 0) {
    return 0;
  }
  if (b->is_broken) {
    buf_add_u8(&text, '\n');
  }
  buf_add_slice(&text, buf_slice(&b->pending));
  buf_clear(&b->pending);
  err = write_all(b, buf_slice(&text));
  if (err < 0 && !b->is_failing) {
    say(b, LOG_LEVEL_ERROR, "signer: cannot write the journal %s: %s; nothing is certified",
        b->config->journal, strerror(errno));
  }
  b->is_failing = err < 0;
  return err;
}
