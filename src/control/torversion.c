#include "control/torversion.h"

#include "base/cursor.h"

#define NUMBERS 3

static int read_numbers(struct slice text, uint64_t out[NUMBERS])
{
  struct cursor c = cursor_from(text);

  for (size_t i = 0; i < NUMBERS; i++) {
    if (i > 0) {
      cursor_expect(&c, ".");
    }
    out[i] = cursor_decimal(&c, UINT32_MAX);
  }
  return c.err;
}

bool torversion_is_before(struct slice version, const char *other)
{
  uint64_t a[NUMBERS], b[NUMBERS];
  size_t i = 0;

  if (read_numbers(version, a) < 0 || read_numbers(slice_str(other), b) < 0) {
    return false;
  }
  while (i < NUMBERS - 1 && a[i] == b[i]) {
    i++;
  }
  return a[i] < b[i];
}
