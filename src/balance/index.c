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

void index_unique(struct index *x)
{
  size_t kept = 0;

  for (size_t i = 0; i < x->n; i++) {
    if (kept == 0 || compare(&x->entries[kept - 1], &x->entries[i]) != 0) {
      x->entries[kept++] = x->entries[i];
    }
  }
  x->n = kept;
}

uint32_t *index_at(const struct index *x, const struct address *a)
{
  struct index_entry key = {.address = *a};
  struct index_entry *found = NULL;

  if (x->n > 0) { /* bsearch wants an array, even for nothing */
    found = bsearch(&key, x->entries, x->n, sizeof key, compare);
  }
  return found == NULL ? NULL : &found->place;
}

bool index_find(const struct index *x, const struct address *a, uint32_t *place_out)
{
  const uint32_t *place = index_at(x, a);

  if (place != NULL) {
    *place_out = *place;
  }
  return place != NULL;
}
