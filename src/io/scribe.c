#include "io/scribe.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum phase {
  PHASE_IDLE,
  PHASE_GIVEN,  /* the thread writes, or is about to */
  PHASE_DONE,   /* it has, and done was not called yet */
  PHASE_ENDING, /* nothing more comes: whoever finds that last frees all */
};

struct scribe {
  struct scribe_config config;
  struct event *event;
  int bell; /* an eventfd: the thread has done its work */
  pthread_t thread;
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t changed;
  enum phase phase;
  bool is_left; /* the thread is alone, and frees everything at its end */
  char *name;
  struct buf text;
  int err;
  int errnum;
};

static void release(struct scribe *s)
{
  s->config.leave(s->config.disk);
  pthread_cond_destroy(&s->changed);
  pthread_mutex_destroy(&s->lock);
  close(s->bell);
  free(s->name);
  buf_deinit(&s->text);
  free(s);
}

/* Writes what is given; holds the lock before and afterwards. */
static void write_given(struct scribe *s)
{
  int err, errnum;

  pthread_mutex_unlock(&s->lock);
  errno = 0;
  err = s->config.write(s->config.disk, s->name, buf_slice(&s->text));
  errnum = errno;
  pthread_mutex_lock(&s->lock);
  s->err = err;
  s->errnum = errnum;
  if (s->phase == PHASE_GIVEN) {
    s->phase = PHASE_DONE;
    (void)!eventfd_write(s->bell, 1);
    pthread_cond_broadcast(&s->changed);
  }
}

static void *run(void *ctx)
{
  struct scribe *s = ctx;
  bool is_left;

  pthread_mutex_lock(&s->lock);
  while (s->phase != PHASE_ENDING) {
    if (s->phase == PHASE_GIVEN) {
      write_given(s);
    } else {
      pthread_cond_wait(&s->changed, &s->lock);
    }
  }
  is_left = s->is_left;
  pthread_mutex_unlock(&s->lock);
  if (is_left) {
    release(s);
  }
  return NULL;
}

/* Tells how it ended, once. */
static void collect(struct scribe *s)
{
  bool is_done;

  pthread_mutex_lock(&s->lock);
  is_done = s->phase == PHASE_DONE;
  s->phase = is_done ? PHASE_IDLE : s->phase;
  pthread_mutex_unlock(&s->lock);
  if (is_done) {
    s->config.done(s->config.ctx, s->err, s->errnum);
  }
}

static void on_bell(evutil_socket_t fd, short what, void *ctx)
{
  eventfd_t count;

  (void)what;
  (void)!eventfd_read(fd, &count);
  collect(ctx);
}

/* Signals are for the loop's thread. */
static int start_thread(struct scribe *s)
{
  sigset_t all, before;
  int err;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  err = pthread_create(&s->thread, NULL, run, s);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return err == 0 ? 0 : ERR_IO;
}

static void init_locks(struct scribe *s)
{
  pthread_condattr_t attributes;

  pthread_mutex_init(&s->lock, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&s->changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

static void keep_disk(void *disk)
{
  (void)disk;
}

struct scribe *scribe_new(const struct scribe_config *config)
{
  struct scribe *s = mem_new(sizeof *s);

  s->config = *config;
  s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  init_locks(s);
  if (s->bell < 0 || start_thread(s) < 0) {
    s->config.leave = keep_disk;
    release(s);
    return NULL;
  }
  s->event = event_new(config->base, s->bell, EV_READ | EV_PERSIST, on_bell, s);
  event_add(s->event, NULL);
  return s;
}

void scribe_free(struct scribe *s, int64_t ms)
{
  pthread_t thread;
  bool is_left;

  if (s == NULL) {
    return;
  }
  is_left = !scribe_wait(s, ms);
  thread = s->thread;
  event_free(s->event);
  pthread_mutex_lock(&s->lock);
  s->is_left = is_left;
  s->phase = PHASE_ENDING;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
  if (is_left) {
    pthread_detach(thread);
    return;
  }
  pthread_join(thread, NULL);
  release(s);
}

void scribe_write(struct scribe *s, const char *name, struct slice text)
{
  pthread_mutex_lock(&s->lock);
  free(s->name);
  s->name = mem_string(name, strlen(name));
  buf_clear(&s->text);
  buf_add_slice(&s->text, text);
  s->phase = PHASE_GIVEN;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

bool scribe_is_busy(struct scribe *s)
{
  bool is_busy;

  pthread_mutex_lock(&s->lock);
  is_busy = s->phase != PHASE_IDLE;
  pthread_mutex_unlock(&s->lock);
  return is_busy;
}

bool scribe_wait(struct scribe *s, int64_t ms)
{
  int64_t end = clock_mono().ms + (ms > 0 ? ms : 0);
  struct timespec until = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000};
  bool is_over;
  int err = 0;

  pthread_mutex_lock(&s->lock);
  while (s->phase == PHASE_GIVEN && err == 0) {
    err = pthread_cond_timedwait(&s->changed, &s->lock, &until);
  }
  is_over = s->phase != PHASE_GIVEN;
  pthread_mutex_unlock(&s->lock);
  collect(s);
  return is_over;
}
