#include "io/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static void fill(void *ctx, uint8_t *out, size_t n)
{
  (void)ctx;
  for (size_t at = 0; at < n;) {
    ssize_t got = getrandom(out + at, n - at, 0);

    if (got < 0 && errno != EINTR) {
      abort();
    }
    at += got < 0 ? 0 : (size_t)got;
  }
}

const struct rng random_rng = {.fill = fill, .ctx = NULL};
