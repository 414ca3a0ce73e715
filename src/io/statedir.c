#include "io/statedir.h"

#include "base/limits.h"
#include "base/mem.h"
#include "io/clock.h"
#include "io/scribe.h"
#include "io/timer.h"
#include "io/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct statedir_times statedir_times_default = {
    .retry = 30000, .pace = 50, .flush = 2000, .patience = 1000};

/* A text that is to be written; an empty one means to be removed. */
struct waiting {
  char *name;
  struct buf text;
};

struct statedir {
  struct statedir_config config;
  struct vault *vault;   /* the scribe's, once there is one */
  struct scribe *scribe; /* NULL: not open */
  struct timer *timer;
  struct mono due;         /* of the timer; MONO_NEVER: it is off */
  struct waiting *waiting; /* the oldest first */
  size_t n;
  size_t cap;
  size_t n_bytes;
  char *complaint; /* what was said last; NULL: all is well */
  char *writing;   /* the name that is under way, or NULL */
  bool is_stale;   /* ... and has another text by now */
  struct mono began;
  bool is_hanging; /* what is under way takes too long */
};

struct statedir *statedir_new(const struct statedir_config *config)
{
  struct statedir *d = mem_new(sizeof *d);

  d->config = *config;
  d->due = MONO_NEVER;
  return d;
}

static bool is_open(const struct statedir *d)
{
  return d->scribe != NULL;
}

size_t statedir_waiting(const struct statedir *d)
{
  return d->n;
}

/* In so many milliseconds at the latest. */
static void plan(struct statedir *d, int64_t ms)
{
  struct mono due = mono_plus(clock_mono(), ms);

  if (due.ms < d->due.ms) {
    d->due = due;
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

static void complain_of_write(struct statedir *d, int errnum)
{
  CLEANUP(buf_deinit) struct buf why = {0};

  buf_addf(&why, "%s: %s%s", d->config.path, strerror(errnum), cure(errnum));
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
  d->is_stale = d->is_stale || (d->writing != NULL && strcmp(d->writing, name) == 0);
  d->n_bytes -= w->text.n;
  buf_clear(&w->text);
  buf_add_slice(&w->text, text);
  d->n_bytes += text.n;
  if (d->n_bytes > LIMIT_STATE_WAITING_BYTES) {
    drop(d, w);
  }
}

/* ---- writing ---- */

/* In the thread. */
static int write_text(void *disk, const char *name, struct slice text)
{
  return text.n == 0 ? vault_remove(disk, name) : vault_write(disk, name, text);
}

static void leave_disk(void *disk)
{
  vault_close(disk);
  free(disk);
}

static void begin(struct statedir *d, const struct waiting *w)
{
  d->writing = mem_string(w->name, strlen(w->name));
  d->is_stale = false;
  d->began = clock_mono();
  scribe_write(d->scribe, w->name, buf_slice(&w->text));
  plan(d, d->config.times.patience);
}

/* What was under way has ended. */
static void on_written(void *ctx, int err, int errnum)
{
  struct statedir *d = ctx;
  struct waiting *w = find(d, d->writing);

  d->is_hanging = false;
  if (err < 0) {
    complain_of_write(d, errnum);
  } else {
    end_complaint(d);
  }
  if (err == 0 && w != NULL && !d->is_stale) {
    drop(d, w);
  }
  free(d->writing);
  d->writing = NULL;
  if (d->n > 0) {
    plan(d, err < 0 ? d->config.times.retry : d->config.times.pace);
  }
}

static void hang(struct statedir *d)
{
  d->is_hanging = true;
  complain_once(d, "the disk of the state directory does not answer: ", d->config.path);
}

/* Waits for what is under way. */
static bool wait_until(struct statedir *d, struct mono end)
{
  bool is_over = scribe_wait(d->scribe, end.ms - clock_mono().ms);

  if (!is_over) {
    hang(d);
  }
  return is_over;
}

void statedir_put(struct statedir *d, const char *name, struct slice text, bool at_once)
{
  struct mono end = mono_plus(clock_mono(), d->config.times.patience);
  const struct waiting *w;

  add(d, name, text);
  if (!is_open(d) || d->is_hanging) {
    return;
  }
  if (at_once && wait_until(d, end) && (w = find(d, name)) != NULL) {
    begin(d, w);
    (void)wait_until(d, end);
  } else if (!at_once) {
    plan(d, d->complaint == NULL ? d->config.times.pace : d->config.times.retry);
  }
}

/* ---- opening ---- */

static void set_aside(struct statedir *d, const char *name)
{
  bool is_aside = vault_set_aside(d->vault, name, clock_wall(NULL).s) == 0;

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
  struct scribe_config scribe = {.base = d->config.base,
                                 .write = write_text,
                                 .leave = leave_disk,
                                 .done = on_written,
                                 .ctx = d};

  d->vault = mem_new(sizeof *d->vault);
  scribe.disk = d->vault;
  if (vault_open(d->vault, d->config.path, &why) < 0) {
    complain_once(d, "cannot use the state directory: ", buf_str(&why));
    free(d->vault);
    return;
  }
  d->scribe = scribe_new(&scribe);
  if (d->scribe == NULL) {
    complain_once(d, "cannot use the state directory: ", "no thread can be made to write to it");
    leave_disk(d->vault);
    return;
  }
  end_complaint(d);
  if (vault_read_all(d->vault, &visitor) < 0) {
    logger_writef(d->config.logger, LOG_LEVEL_WARNING, "cannot list the state directory %s: %s",
                  d->config.path, strerror(errno));
  }
}

/* Opens it, or begins to write the oldest, or finds that a write takes too long. */
static void on_timer(void *ctx)
{
  struct statedir *d = ctx;

  d->due = MONO_NEVER;
  if (!is_open(d)) {
    try_open(d);
  }
  if (!is_open(d)) {
    plan(d, d->config.times.retry);
  } else if (d->writing != NULL) {
    if (mono_is_due(mono_plus(d->began, d->config.times.patience), clock_mono())) {
      hang(d);
    } else {
      plan(d, d->config.times.patience);
    }
  } else if (d->n > 0) {
    begin(d, &d->waiting[0]);
  }
}

void statedir_open(struct statedir *d)
{
  d->timer = timer_new(d->config.base, on_timer, d);
  on_timer(d);
}

/* Writes what can be written in the time that is left; a failure ends it. */
static void flush(struct statedir *d)
{
  struct mono end = mono_plus(clock_mono(), d->config.times.flush);

  while (is_open(d) && !d->is_hanging && wait_until(d, end) && d->n > 0 && d->complaint == NULL) {
    begin(d, &d->waiting[0]);
  }
}

void statedir_free(struct statedir *d)
{
  if (d == NULL) {
    return;
  }
  flush(d);
  scribe_free(d->scribe, 0);
  while (d->n > 0) {
    drop(d, &d->waiting[d->n - 1]);
  }
  if (d->timer != NULL) {
    timer_free(d->timer);
  }
  free(d->waiting);
  free(d->complaint);
  free(d->writing);
  free(d);
}
