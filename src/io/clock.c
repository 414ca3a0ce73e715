#include "io/clock.h"

#include <stdlib.h>
#include <time.h>

#define MS_PER_S  1000
#define NS_PER_MS 1000000

static struct timespec read_clock(clockid_t id)
{
  struct timespec t;

  if (clock_gettime(id, &t) != 0) {
    abort(); /* both clocks exist on every Linux */
  }
  return t;
}

struct mono clock_mono(void)
{
  struct timespec t = read_clock(CLOCK_MONOTONIC);

  return (struct mono){(int64_t)t.tv_sec * MS_PER_S + t.tv_nsec / NS_PER_MS};
}

struct wall clock_wall(int *ms_out)
{
  struct timespec t = read_clock(CLOCK_REALTIME);

  if (ms_out != NULL) {
    *ms_out = (int)(t.tv_nsec / NS_PER_MS);
  }
  return (struct wall){t.tv_sec};
}

struct moment clock_now(void)
{
  return (struct moment){.wall = clock_wall(NULL), .mono = clock_mono()};
}
