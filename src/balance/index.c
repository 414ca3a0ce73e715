#include "balance/index.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(struct address)); /* the address comes first in an entry */
}

void index_init(struct index *x, size_t n)
{
  x->entries = mem_array(n, sizeof *x->entries);
  x->n = n;
}

void index_sort(struct index *x)
{
  qsort(x->entries, x->n, sizeof *x->entries, compare);
}

void index_deinit(struct index *x)
{
  free(x->entries);
  *x = (struct index){0};
}

bool index_find(const struct index *x, const struct address *a, uint32_t *place_out)
{
  struct index_entry key = {.address = *a};
  const struct index_entry *found = bsearch(&key, x->entries, x->n, sizeof key, compare);

  if (found == NULL) {
    return false;
  }
  *place_out = found->place;
  return true;
}
