#include "crypto/secret.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>

struct secret {
  uint8_t *p; /* of sodium_malloc */
  size_t n;
};

struct secret *secret_new(size_t n)
{
  struct secret *s = mem_new(sizeof *s);

  if (n == 0) {
    abort();
  }
  s->p = sodium_malloc(n);
  if (s->p == NULL) {
    abort();
  }
  sodium_memzero(s->p, n); /* libsodium fills new memory with 0xdb */
  s->n = n;
  return s;
}

void secret_free(struct secret *s)
{
  if (s == NULL) {
    return;
  }
  sodium_free(s->p);
  free(s);
}

void secret_free_at(struct secret **s)
{
  secret_free(*s);
}

uint8_t *secret_bytes(struct secret *s)
{
  return s->p;
}

const uint8_t *secret_peek(const struct secret *s)
{
  return s->p;
}

size_t secret_size(const struct secret *s)
{
  return s->n;
}
