/* A buffer that grows: everything that is built is built in one of these. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

#include <stdarg.h>

/* Owns its bytes. All zero is an empty buffer, ready for use. */
struct buf {
  uint8_t *p;
  size_t n;   /* bytes in use */
  size_t cap; /* bytes allocated */
};

/* Frees the bytes; the buffer is empty and usable again. */
void buf_deinit(struct buf *b);

/* Overwrites the bytes with zeros, then frees them. */
void buf_wipe(struct buf *b);

/* Empties the buffer but keeps its memory. */
void buf_clear(struct buf *b);

/* Room for n more bytes; returns where they begin. They count only once
 * buf_used says so. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* n of the bytes reserved last have been written. */
void buf_used(struct buf *b, size_t n);

/* Append bytes, a slice, a string without its NUL, one byte. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_u8(struct buf *b, uint8_t v);

/* Big-endian integers. */
void buf_add_u16(struct buf *b, uint16_t v);
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);

/* n times the same byte. */
void buf_add_fill(struct buf *b, uint8_t v, size_t n);

/* printf into the buffer, without a NUL. */
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Removes the first n bytes (at most all), moving the rest to the front. */
void buf_consume(struct buf *b, size_t n);

/* Borrows all bytes; valid until the buffer changes. */
struct slice buf_slice(const struct buf *b);

/* A NUL-terminated string of the bytes, owned by the buffer and valid until
 * it changes. */
const char *buf_str(struct buf *b);

#endif
