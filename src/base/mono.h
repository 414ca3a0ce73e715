/* Monotonic time: what timers run on. It never jumps; its origin means
 * nothing. */
#ifndef BASE_MONO_H
#define BASE_MONO_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since some fixed moment before the program started. */
struct mono {
  int64_t ms;
};

/* Later than any timer: "not planned". */
#define MONO_NEVER ((struct mono){INT64_MAX})

static inline struct mono mono_plus(struct mono t, int64_t ms)
{
  return (struct mono){t.ms + ms};
}

/* True if the time has come: t is now or in the past. */
static inline bool mono_is_due(struct mono t, struct mono now)
{
  return t.ms <= now.ms;
}

static inline struct mono mono_earlier(struct mono a, struct mono b)
{
  return a.ms <= b.ms ? a : b;
}

#endif
