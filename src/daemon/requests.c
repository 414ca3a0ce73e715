#include "daemon/requests.h"

#include "base/mem.h"

#include <stdlib.h>

uint64_t requests_add(struct requests *r, const struct request *q)
{
  size_t i = 0;

  while (i < r->n && r->items[i].kind != REQUEST_NONE) {
    i++;
  }
  if (i == r->n) {
    r->items = mem_grow(r->items, r->n, &r->cap, sizeof *r->items);
    r->n++;
  }
  r->items[i] = *q;
  return i;
}

struct request requests_take(struct requests *r, uint64_t tag)
{
  struct request q = {.kind = REQUEST_NONE};

  if (tag < r->n) {
    q = r->items[tag];
    r->items[tag].kind = REQUEST_NONE;
  }
  return q;
}

void requests_clear(struct requests *r)
{
  r->n = 0;
}

void requests_deinit(struct requests *r)
{
  free(r->items);
  *r = (struct requests){0};
}
