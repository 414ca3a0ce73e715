/* A scenario: what happens in a world, played once for each seed. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "world.h"

/* Plays it in a new world for each of some fixed seeds; SIM_SEEDS=n in the
 * environment: for the seeds 1 .. n; SIM_SEED=n: for that one. The world's
 * invariants hold all the time, whatever the scenario does. */
void scenario_play(const struct world_options *options, void (*play)(struct world *w));

/* The same with one seed only, for what takes long; SIM_SEEDS=n: one in twenty of
 * these. */
void scenario_play_once(const struct world_options *options, void (*play)(struct world *w));

#endif
