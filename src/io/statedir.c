#include "io/statedir.h"

#include "base/limits.h"
#include "base/mem.h"
#include "io/clock.h"
#include "io/timer.h"
#include "io/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct statedir_times statedir_times_default = {.retry = 30000, .pace = 50, .flush = 2000};

/* A text that is to be written; an empty one means to be removed. */
struct waiting {
  char *name;
  struct buf text;
};

struct statedir {
  struct statedir_config config;
  struct vault vault;
  struct timer *timer;
  struct waiting *waiting; /* the oldest first */
  size_t n;
  size_t cap;
  size_t n_bytes;
  char *complaint; /* what was said last; NULL: all is well */
  bool is_planned; /* the timer runs */
};

struct statedir *statedir_new(const struct statedir_config *config)
{
  struct statedir *d = mem_new(sizeof *d);

  d->config = *config;
  d->vault = (struct vault){.folder = -1, .lock = -1};
  return d;
}

static bool is_open(const struct statedir *d)
{
  return d->vault.folder >= 0;
}

size_t statedir_waiting(const struct statedir *d)
{
  return d->n;
}

static void plan(struct statedir *d, int64_t ms)
{
  if (!d->is_planned) {
    d->is_planned = true;
    timer_set(d->timer, ms);
  }
}

/* ---- what is said ---- */

static void complain_once(struct statedir *d, const char *what, const char *why)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  buf_addf(&text, "%s%s", what, why);
  if (d->complaint != NULL && strcmp(d->complaint, buf_str(&text)) == 0) {
    return;
  }
  logger_writef(d->config.logger, LOG_LEVEL_ERROR, "%s%s; going on without it, and trying again",
                what, why);
  free(d->complaint);
  d->complaint = mem_string(text.p, text.n);
}

static void end_complaint(struct statedir *d)
{
  if (d->complaint != NULL) {
    logger_writef(d->config.logger, LOG_LEVEL_INFO, "the state directory %s works again",
                  d->config.path);
  }
  free(d->complaint);
  d->complaint = NULL;
}

static const char *cure(int errnum)
{
  switch (errnum) {
  case ENOSPC:
  case EDQUOT:
    return " (free some space)";
  case EROFS:
    return " (mount it for writing, or name another state-directory)";
  case EACCES:
  case EPERM:
    return " (it must belong to the user that onionbalance runs as)";
  default:
    return "";
  }
}

static void complain_of_write(struct statedir *d)
{
  CLEANUP(buf_deinit) struct buf why = {0};

  buf_addf(&why, "%s: %s%s", d->config.path, strerror(errno), cure(errno));
  complain_once(d, "cannot write to the state directory ", buf_str(&why));
}

/* ---- what waits ---- */

static struct waiting *find(const struct statedir *d, const char *name)
{
  for (size_t i = 0; i < d->n; i++) {
    if (strcmp(d->waiting[i].name, name) == 0) {
      return &d->waiting[i];
    }
  }
  return NULL;
}

static void drop(struct statedir *d, struct waiting *w)
{
  d->n_bytes -= w->text.n;
  free(w->name);
  buf_deinit(&w->text);
  d->n--;
  memmove(w, w + 1, (d->n - (size_t)(w - d->waiting)) * sizeof *w);
}

/* While nothing can be written, more of what is seldom told again is worth more
 * than all: what does not fit is lost until it is told the next time. */
static void add(struct statedir *d, const char *name, struct slice text)
{
  struct waiting *w = find(d, name);

  if (w == NULL) {
    d->waiting = mem_grow(d->waiting, d->n, &d->cap, sizeof *d->waiting);
    w = &d->waiting[d->n++];
    *w = (struct waiting){.name = mem_string(name, strlen(name))};
  }
  d->n_bytes -= w->text.n;
  buf_clear(&w->text);
  buf_add_slice(&w->text, text);
  d->n_bytes += text.n;
  if (d->n_bytes > LIMIT_STATE_WAITING_BYTES) {
    drop(d, w);
  }
}

/* ---- writing ---- */

static int write_text(struct statedir *d, const char *name, struct slice text)
{
  int err = text.n == 0 ? vault_remove(&d->vault, name) : vault_write(&d->vault, name, text);

  if (err < 0) {
    complain_of_write(d);
  } else {
    end_complaint(d);
  }
  return err;
}

/* Writes the oldest. */
static int write_one(struct statedir *d)
{
  TRY(write_text(d, d->waiting[0].name, buf_slice(&d->waiting[0].text)));
  drop(d, &d->waiting[0]);
  return 0;
}

void statedir_put(struct statedir *d, const char *name, struct slice text, bool at_once)
{
  struct waiting *before = find(d, name);

  if (at_once && is_open(d) && write_text(d, name, text) == 0) {
    if (before != NULL) {
      drop(d, before);
    }
    return;
  }
  add(d, name, text);
  if (is_open(d)) {
    plan(d, d->complaint == NULL ? d->config.times.pace : d->config.times.retry);
  }
}

/* ---- opening ---- */

static void set_aside(struct statedir *d, const char *name)
{
  bool is_aside = vault_set_aside(&d->vault, name, clock_wall(NULL).s) == 0;

  logger_writef(d->config.logger, LOG_LEVEL_WARNING, "%s/%s is damaged: going on without it%s",
                d->config.path, name, is_aside ? "; it was set aside as .damaged-" : "");
}

static void visit(void *ctx, const char *name, struct slice text, int err)
{
  struct statedir *d = ctx;

  if (err == ERR_IO) {
    logger_writef(d->config.logger, LOG_LEVEL_WARNING,
                  "%s/%s cannot be read: %s: going on without it", d->config.path, name,
                  strerror(errno));
  } else if (err < 0 || !d->config.found(d->config.ctx, name, text)) {
    set_aside(d, name);
  }
}

static void try_open(struct statedir *d)
{
  CLEANUP(buf_deinit) struct buf why = {0};
  struct vault_visitor visitor = {.visit = visit, .ctx = d};

  if (vault_open(&d->vault, d->config.path, &why) < 0) {
    complain_once(d, "cannot use the state directory: ", buf_str(&why));
    return;
  }
  end_complaint(d);
  if (vault_read_all(&d->vault, &visitor) < 0) {
    logger_writef(d->config.logger, LOG_LEVEL_WARNING, "cannot list the state directory %s: %s",
                  d->config.path, strerror(errno));
  }
}

/* The time that a write takes is the time that the whole program stands still:
 * it stays a small part of all time. */
static void on_timer(void *ctx)
{
  struct statedir *d = ctx;
  int64_t start = clock_mono().ms;
  int64_t wait = d->config.times.pace;

  d->is_planned = false;
  if (!is_open(d)) {
    try_open(d);
  } else if (d->n > 0 && write_one(d) < 0) {
    wait = d->config.times.retry;
  }
  if (!is_open(d)) {
    plan(d, d->config.times.retry);
  } else if (d->n > 0) {
    int64_t took = clock_mono().ms - start;

    plan(d, 10 * took > wait ? 10 * took : wait);
  }
}

void statedir_open(struct statedir *d)
{
  d->timer = timer_new(d->config.base, on_timer, d);
  on_timer(d);
}

static void flush(struct statedir *d)
{
  int64_t end = clock_mono().ms + d->config.times.flush;

  while (is_open(d) && d->n > 0 && clock_mono().ms < end && write_one(d) == 0) {
  }
}

void statedir_free(struct statedir *d)
{
  if (d == NULL) {
    return;
  }
  flush(d);
  while (d->n > 0) {
    drop(d, &d->waiting[d->n - 1]);
  }
  if (d->timer != NULL) {
    timer_free(d->timer);
  }
  vault_close(&d->vault);
  free(d->waiting);
  free(d->complaint);
  free(d);
}
