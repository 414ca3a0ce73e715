/* The state directory: keeps texts under names for the next start, and goes on
 * without when it cannot: what could not be written is tried again, and both is
 * said once. A thread writes: a disk that does not answer stops nothing else. */
#ifndef IO_STATEDIR_H
#define IO_STATEDIR_H

#include "base/slice.h"
#include "io/logger.h"

struct event_base;
struct statedir;

/* Milliseconds. */
struct statedir_times {
  int64_t retry;    /* after a failure */
  int64_t pace;     /* between two files */
  int64_t flush;    /* at the end, for all that is still to be written */
  int64_t patience; /* for a text that is to be there at once; a disk that takes longer
                       hangs, and is not waited for until it answers */
};

extern const struct statedir_times statedir_times_default;

/* Everything is borrowed for the life of the statedir. */
struct statedir_config {
  struct event_base *base;
  struct logger *logger;
  const char *path;
  struct statedir_times times;
  /* A file of an earlier run; false: it is damaged, and is set aside. */
  bool (*found)(void *ctx, const char *name, struct slice text);
  void *ctx;
};

/* Does nothing yet. Freed with statedir_free, which writes what is still to be
 * written. */
struct statedir *statedir_new(const struct statedir_config *config);
void statedir_free(struct statedir *d);

/* Opens it and shows what it holds; now, or when what is in the way has gone. */
void statedir_open(struct statedir *d);

/* Keeps a text under a name (of vault_write) in place of the one before; an empty
 * one removes it. at_once: it is on the disk on return, or the failure (a disk that
 * hangs, too) has been reported; otherwise it follows soon. */
void statedir_put(struct statedir *d, const char *name, struct slice text, bool at_once);

/* How many texts are still to be written. */
size_t statedir_waiting(const struct statedir *d);

#endif
