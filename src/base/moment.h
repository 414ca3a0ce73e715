/* Now, on both clocks: what the pure core is told instead of asking. */
#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include "base/mono.h"
#include "base/wall.h"

struct moment {
  struct wall wall;
  struct mono mono;
};

#endif
