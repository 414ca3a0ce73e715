/* A thread that writes one file at a time, so that a disk that does not answer
 * stops nobody else. */
#ifndef IO_SCRIBE_H
#define IO_SCRIBE_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct event_base;
struct scribe;

struct scribe_config {
  struct event_base *base; /* borrowed for the life of the scribe */
  /* In the thread: writes the text, or removes what has the name if it is empty.
   * 0, or a negative error with errno set. */
  int (*write)(void *disk, const char *name, struct slice text);
  void *disk; /* taken over: freed with leave */
  void (*leave)(void *disk);
  /* Out of the loop or of scribe_wait: how it ended. */
  void (*done)(void *ctx, int err, int errnum);
  void *ctx;
};

/* NULL: there can be no thread; the disk is then still the caller's. */
struct scribe *scribe_new(const struct scribe_config *config);

/* Waits so many milliseconds for what is being written. If that does not end,
 * the thread keeps the disk until it does, and nobody is told. */
void scribe_free(struct scribe *s, int64_t ms);

/* Begins to write a copy of the text. Nothing is being written. */
void scribe_write(struct scribe *s, const char *name, struct slice text);

/* True while something is. */
bool scribe_is_busy(struct scribe *s);

/* Waits for its end, so many milliseconds at most; false if it did not come. */
bool scribe_wait(struct scribe *s, int64_t ms);

#endif
