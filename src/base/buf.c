#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_deinit(struct buf *b)
{
  free(b->p);
  *b = (struct buf){0};
}

void buf_wipe(struct buf *b)
{
  if (b->p != NULL) {
    explicit_bzero(b->p, b->cap);
  }
  buf_deinit(b);
}

void buf_clear(struct buf *b)
{
  b->n = 0;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
  if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4) {
    abort();
  }
  if (b->cap - b->n < n) {
    size_t want = b->cap * 2 > b->n + n ? b->cap * 2 : b->n + n;
    uint8_t *p = realloc(b->p, want < 64 ? 64 : want);

    if (p == NULL) {
      abort();
    }
    b->p = p;
    b->cap = want < 64 ? 64 : want;
  }
  return b->p + b->n;
}

void buf_used(struct buf *b, size_t n)
{
  b->n += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
  if (n > 0) {
    memcpy(buf_reserve(b, n), p, n);
    b->n += n;
  }
}

void buf_add_slice(struct buf *b, struct slice s)
{
  buf_add(b, s.p, s.n);
}

void buf_add_str(struct buf *b, const char *s)
{
  buf_add(b, s, strlen(s));
}

void buf_add_u8(struct buf *b, uint8_t v)
{
  buf_add(b, &v, 1);
}

static void add_big_endian(struct buf *b, uint64_t v, size_t size)
{
  uint8_t *p = buf_reserve(b, size);

  for (size_t i = 0; i < size; i++) {
    p[i] = (uint8_t)(v >> (8 * (size - 1 - i)));
  }
  b->n += size;
}

void buf_add_u16(struct buf *b, uint16_t v)
{
  add_big_endian(b, v, 2);
}

void buf_add_u32(struct buf *b, uint32_t v)
{
  add_big_endian(b, v, 4);
}

void buf_add_u64(struct buf *b, uint64_t v)
{
  add_big_endian(b, v, 8);
}

void buf_add_fill(struct buf *b, uint8_t v, size_t n)
{
  if (n > 0) {
    memset(buf_reserve(b, n), v, n);
    b->n += n;
  }
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  buf_addv(b, fmt, ap);
  va_end(ap);
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
  va_list again;
  int n;

  va_copy(again, ap);
  n = vsnprintf(NULL, 0, fmt, again);
  va_end(again);
  if (n < 0) {
    abort();
  }
  vsnprintf((char *)buf_reserve(b, (size_t)n + 1), (size_t)n + 1, fmt, ap);
  b->n += (size_t)n;
}

void buf_consume(struct buf *b, size_t n)
{
  if (n >= b->n) {
    b->n = 0;
    return;
  }
  memmove(b->p, b->p + n, b->n - n);
  b->n -= n;
}

struct slice buf_slice(const struct buf *b)
{
  return slice_of(b->p, b->n);
}

const char *buf_str(struct buf *b)
{
  *buf_reserve(b, 1) = 0;
  return (const char *)b->p;
}
