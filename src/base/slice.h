/* A slice: bytes that somebody else owns. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n bytes at p; p may be NULL when n is 0. Never owns, never NUL-terminated.
 * Valid as long as what it borrows from is neither changed nor freed. */
struct slice {
  const uint8_t *p;
  size_t n;
};

/* A slice of the characters of a string literal or C string, without its
 * NUL. */
struct slice slice_str(const char *s);

/* A slice of n bytes at p. */
static inline struct slice slice_of(const void *p, size_t n)
{
  return (struct slice){.p = p, .n = n};
}

/* True if both hold the same bytes. Not constant-time: not for secrets. */
bool slice_equal(struct slice a, struct slice b);

/* True if s holds exactly the characters of the C string. */
bool slice_is(struct slice s, const char *text);

/* True if s begins with the characters of the C string. */
bool slice_has_prefix(struct slice s, const char *text);

/* s without its first n bytes (empty if it has fewer). */
struct slice slice_skip(struct slice s, size_t n);

/* For printf: "%.*s", SLICE_ARGS(s). Only for text known to be printable. */
#define SLICE_ARGS(s) (int)(s).n, (const char *)(s).p

#endif
