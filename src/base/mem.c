#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_new(size_t n)
{
  return mem_array(1, n == 0 ? 1 : n);
}

void *mem_array(size_t n, size_t size)
{
  void *p = calloc(n == 0 ? 1 : n, size);

  if (p == NULL) {
    abort();
  }
  return p;
}

void *mem_grow(void *items, size_t used, size_t *cap, size_t size)
{
  size_t want;
  void *p;

  if (used < *cap) {
    return items;
  }
  want = *cap == 0 ? 8 : *cap * 2;
  if (want <= *cap || want > SIZE_MAX / size) {
    abort();
  }
  p = realloc(items, want * size);
  if (p == NULL) {
    abort();
  }
  *cap = want;
  return p;
}

char *mem_string(const void *p, size_t n)
{
  char *s = mem_new(n + 1);

  if (n > 0) {
    memcpy(s, p, n);
  }
  return s;
}

void mem_free_at(void *pointer_to_pointer)
{
  void **p = pointer_to_pointer;

  free(*p);
  *p = NULL;
}
