#include "queue.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_before(const struct task *a, const struct task *b)
{
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void drop(struct task *t)
{
  if (t->drop != NULL) {
    t->drop(t);
  } else {
    free(t);
  }
}

void queue_deinit(struct queue *q)
{
  for (size_t i = 0; i < q->n; i++) {
    drop(q->heap[i]);
  }
  free(q->heap);
  *q = (struct queue){0};
}

void queue_add(struct queue *q, int64_t at, struct task *t)
{
  size_t i = q->n;

  q->heap = mem_grow(q->heap, q->n, &q->cap, sizeof *q->heap);
  t->at = at;
  t->order = q->added++;
  q->n++;
  while (i > 0 && is_before(t, q->heap[(i - 1) / 2])) {
    q->heap[i] = q->heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  q->heap[i] = t;
}

int64_t queue_next(const struct queue *q)
{
  return q->n > 0 ? q->heap[0]->at : INT64_MAX;
}

static struct task *take_first(struct queue *q)
{
  struct task *first = q->heap[0];
  struct task *last = q->heap[--q->n];
  size_t i = 0;

  for (size_t child = 1; child < q->n; child = 2 * i + 1) {
    if (child + 1 < q->n && is_before(q->heap[child + 1], q->heap[child])) {
      child++;
    }
    if (!is_before(q->heap[child], last)) {
      break;
    }
    q->heap[i] = q->heap[child];
    i = child;
  }
  q->heap[i] = last;
  return first;
}

void queue_run(struct queue *q)
{
  struct task *t = take_first(q);

  t->run(t);
  drop(t);
}
