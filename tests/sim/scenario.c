#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_SEEDS 2

static unsigned long read_number(const char *name, unsigned long fallback)
{
  const char *value = getenv(name);

  return value == NULL ? fallback : strtoul(value, NULL, 10);
}

static void play_seed(const struct world_options *options, void (*play)(struct world *w),
                      uint64_t seed)
{
  struct world_options with_seed = *options;
  struct world *w;

  with_seed.seed = seed;
  w = world_new(&with_seed);
  play(w);
  printf("# seed %llu: %.1f days, %zu steps, %zu uploads, longest gap %.0f s\n",
         (unsigned long long)seed, (double)w->now / 86400e3, w->balancer.n_steps,
         w->checks.n_uploads, (double)w->reach.worst / 1000);
  world_free(w);
}

static void play_seeds(const struct world_options *options, void (*play)(struct world *w),
                       unsigned long last)
{
  unsigned long only = read_number("SIM_SEED", 0);
  unsigned long first = only != 0 ? only : 1;

  last = only != 0 ? only : last;

  for (unsigned long seed = first; seed <= last; seed++) {
    play_seed(options, play, seed);
  }
}

void scenario_play(const struct world_options *options, void (*play)(struct world *w))
{
  play_seeds(options, play, read_number("SIM_SEEDS", DEFAULT_SEEDS));
}

void scenario_play_once(const struct world_options *options, void (*play)(struct world *w))
{
  play_seeds(options, play, 1 + read_number("SIM_SEEDS", 1) / 20);
}
