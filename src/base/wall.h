/* Wall-clock time: what documents and certificates carry. It may jump. */
#ifndef BASE_WALL_H
#define BASE_WALL_H

#include "base/err.h"
#include "base/slice.h"

/* Seconds since 1970-01-01 00:00:00 UTC, leap seconds not counted. */
struct wall {
  int64_t s;
};

/* "2026-11-22 15:44:40" and its NUL. */
#define WALL_TEXT_SIZE 20

/* Reads "YYYY-MM-DD HH:MM:SS", years 1970 to 9999 (dir-spec.txt section
 * 1.2). ERR_SYNTAX or ERR_RANGE for anything else. */
int wall_parse(struct slice text, struct wall *out) MUST_USE;

/* Writes the same form, for times from 1970 to 9999; others are clamped. */
void wall_format(struct wall t, char out[WALL_TEXT_SIZE]);

static inline struct wall wall_plus(struct wall t, int64_t seconds)
{
  return (struct wall){t.s + seconds};
}

/* True if a comes before b. */
static inline bool wall_is_before(struct wall a, struct wall b)
{
  return a.s < b.s;
}

#endif
