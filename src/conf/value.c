#include "conf/value.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define YEAR_MS (366 * 24 * 3600 * INT64_C(1000))

static const struct {
  const char *name;
  int64_t ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

int value_duration(struct slice text, int64_t *ms_out)
{
  struct cursor c = cursor_from(text);
  uint64_t number = cursor_decimal(&c, YEAR_MS);
  struct slice unit = cursor_rest(&c);

  if (c.err < 0) {
    return c.err;
  }
  for (size_t i = 0; i < COUNT(units); i++) {
    if (slice_is(unit, units[i].name)) {
      *ms_out = (int64_t)number * units[i].ms;
      return number > (uint64_t)(YEAR_MS / units[i].ms) ? ERR_RANGE : 0;
    }
  }
  return ERR_SYNTAX;
}

void value_duration_build(int64_t ms, struct buf *out)
{
  size_t i = 0;

  while (ms % units[i].ms != 0) {
    i++;
  }
  buf_addf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

int value_range(struct slice text, const unsigned bounds[2], unsigned out[2])
{
  struct cursor c = cursor_from(text);

  out[0] = (unsigned)cursor_decimal(&c, bounds[1]);
  out[1] = cursor_accept(&c, "-") ? (unsigned)cursor_decimal(&c, bounds[1]) : out[0];
  TRY(cursor_finish(&c));
  return out[0] < bounds[0] || out[0] > out[1] ? ERR_RANGE : 0;
}

int value_flag(struct slice text, bool *out)
{
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

  for (size_t i = 0; i < COUNT(words); i++) {
    if (slice_is(text, words[i])) {
      *out = i % 2 == 1;
      return 0;
    }
  }
  return ERR_SYNTAX;
}
