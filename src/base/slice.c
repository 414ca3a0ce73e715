#include "base/slice.h"

#include <string.h>

struct slice slice_str(const char *s)
{
  return slice_of(s, strlen(s));
}

bool slice_equal(struct slice a, struct slice b)
{
  return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_is(struct slice s, const char *text)
{
  return slice_equal(s, slice_str(text));
}

bool slice_has_prefix(struct slice s, const char *text)
{
  size_t n = strlen(text);

  return s.n >= n && memcmp(s.p, text, n) == 0;
}

struct slice slice_skip(struct slice s, size_t n)
{
  return n >= s.n ? slice_of(s.p, 0) : slice_of(s.p + n, s.n - n);
}
