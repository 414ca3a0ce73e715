#include "balance/action.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void action_list_clear(struct action_list *l)
{
  for (size_t i = 0; i < l->n; i++) {
    buf_deinit(&l->items[i].text);
    buf_deinit(&l->items[i].http_text);
  }
  l->n = 0;
}

void action_list_deinit(struct action_list *l)
{
  action_list_clear(l);
  free(l->items);
  *l = (struct action_list){0};
}

struct action *action_add(struct action_list *l, enum action_kind kind)
{
  l->items = mem_grow(l->items, l->n, &l->cap, sizeof *l->items);
  l->items[l->n] = (struct action){.kind = kind};
  return &l->items[l->n++];
}

void action_move_last(struct action_list *l, size_t to)
{
  struct action last = l->items[l->n - 1];

  memmove(&l->items[to + 1], &l->items[to], (l->n - 1 - to) * sizeof *l->items);
  l->items[to] = last;
}

void action_log(struct action_list *l, enum log_level level, const char *fmt, ...)
{
  struct action *a = action_add(l, ACTION_LOG);
  va_list ap;

  a->level = level;
  va_start(ap, fmt);
  buf_addv(&a->text, fmt, ap);
  va_end(ap);
}
