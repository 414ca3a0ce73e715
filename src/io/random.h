/* The real randomness. */
#ifndef IO_RANDOM_H
#define IO_RANDOM_H

#include "base/rng.h"

/* Randomness of the kernel, fit for keys and nonces. Needs no context and is
 * never freed; the program aborts if the kernel has none to give. */
extern const struct rng random_rng;

#endif
