#include "balance/agenda.h"

#include "base/mem.h"

#include <stdlib.h>

void agenda_init(struct agenda *a, size_t n)
{
  *a = (struct agenda){
      .times = mem_array(n, sizeof *a->times),
      .heap = mem_array(n, sizeof *a->heap),
      .at = mem_array(n, sizeof *a->at),
      .due = mem_array(n, sizeof *a->due),
      .n = n,
  };
  for (size_t i = 0; i < n; i++) {
    a->times[i] = MONO_NEVER;
    a->heap[i] = i;
    a->at[i] = i;
  }
}

void agenda_deinit(struct agenda *a)
{
  free(a->times);
  free(a->heap);
  free(a->at);
  free(a->due);
  *a = (struct agenda){0};
}

/* True if what stands at i in the heap comes before what stands at k. */
static bool is_before(const struct agenda *a, size_t i, size_t k)
{
  return a->times[a->heap[i]].ms < a->times[a->heap[k]].ms;
}

static void swap(struct agenda *a, size_t i, size_t k)
{
  size_t place = a->heap[i];

  a->heap[i] = a->heap[k];
  a->heap[k] = place;
  a->at[a->heap[i]] = i;
  a->at[a->heap[k]] = k;
}

static void move_up(struct agenda *a, size_t i)
{
  while (i > 0 && is_before(a, i, (i - 1) / 2)) {
    swap(a, i, (i - 1) / 2);
    i = (i - 1) / 2;
  }
}

static void move_down(struct agenda *a, size_t i)
{
  for (;;) {
    size_t child = 2 * i + 1;

    if (child + 1 < a->n && is_before(a, child + 1, child)) {
      child++;
    }
    if (child >= a->n || !is_before(a, child, i)) {
      return;
    }
    swap(a, i, child);
    i = child;
  }
}

void agenda_set(struct agenda *a, size_t place, struct mono when)
{
  a->times[place] = when;
  move_up(a, a->at[place]);
  move_down(a, a->at[place]);
}

struct mono agenda_get(const struct agenda *a, size_t place)
{
  return a->times[place];
}

struct mono agenda_first(const struct agenda *a)
{
  return a->n == 0 ? MONO_NEVER : a->times[a->heap[0]];
}

static int by_place(const void *a, const void *b)
{
  size_t x = *(const size_t *)a, y = *(const size_t *)b;

  return (x > y) - (x < y);
}

size_t agenda_due(struct agenda *a, struct mono now, const size_t **places)
{
  size_t *out = a->due;
  size_t n = 0, next = 0;

  /* First where they stand in the heap: below what is not due nothing is. */
  if (mono_is_due(agenda_first(a), now) && a->n > 0) {
    out[n++] = 0;
  }
  for (; next < n; next++) {
    for (size_t child = 2 * out[next] + 1; child <= 2 * out[next] + 2 && child < a->n; child++) {
      if (mono_is_due(a->times[a->heap[child]], now)) {
        out[n++] = child;
      }
    }
  }
  for (size_t i = 0; i < n; i++) {
    out[i] = a->heap[out[i]];
  }
  if (n > 1) {
    qsort(out, n, sizeof *out, by_place);
  }
  *places = out;
  return n;
}
