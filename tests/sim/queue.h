/* What is going to happen in a world, by time. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* One thing to happen. The first member of a larger struct that is on the
 * heap; whoever adds it gives it away. */
struct task {
  void (*run)(struct task *t);
  void (*drop)(struct task *t); /* frees it; NULL: plain free() */
  int64_t at;                   /* milliseconds of world time */
  uint64_t order;               /* tasks of one moment run as they were added */
};

/* All zero is an empty queue. */
struct queue {
  struct task **heap;
  size_t n;
  size_t cap;
  uint64_t added;
};

void queue_deinit(struct queue *q);

/* Owns t from here on. */
void queue_add(struct queue *q, int64_t at, struct task *t);

/* When the next task is due; INT64_MAX if there is none. */
int64_t queue_next(const struct queue *q);

/* Takes the next task out, runs and drops it. There is one. */
void queue_run(struct queue *q);

#endif
