/* What the tests of this layer share: a folder of their own, its files, and the
 * keys of tests/vectors/keys. */
#ifndef TESTS_TOOLS_PLACE_H
#define TESTS_TOOLS_PLACE_H

#include "base/buf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE_SIZE 1024

struct place_dir {
  char path[PLACE_SIZE / 2];
};

static inline int place_setup(void **state)
{
  struct place_dir *d = calloc(1, sizeof *d);

  snprintf(d->path, sizeof d->path, "/tmp/obtools.XXXXXX");
  assert_non_null(mkdtemp(d->path));
  *state = d;
  return sodium_init() < 0 ? -1 : 0;
}

static inline int place_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
  (void)st;
  (void)kind;
  (void)ftw;
  return remove(path);
}

static inline int place_teardown(void **state)
{
  struct place_dir *d = *state;

  nftw(d->path, place_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(d);
  return 0;
}

static inline const char *place_path(const struct place_dir *d, const char *name,
                                     char out[PLACE_SIZE])
{
  snprintf(out, PLACE_SIZE, "%s/%s", d->path, name);
  return out;
}

static inline void place_write(const struct place_dir *d, const char *name, struct slice content)
{
  char path[PLACE_SIZE];
  FILE *f = fopen(place_path(d, name, path), "wb");

  assert_non_null(f);
  assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
  assert_int_equal(fclose(f), 0);
}

static inline void place_load(const char *path, struct buf *out)
{
  FILE *f = fopen(path, "rb");
  size_t got;

  assert_non_null(f);
  do {
    got = fread(buf_reserve(out, 4096), 1, 4096, f);
    buf_used(out, got);
  } while (got > 0);
  fclose(f);
}

/* The path of a file under tests/vectors/keys. */
static inline const char *place_key(const char *name, char out[PLACE_SIZE])
{
  snprintf(out, PLACE_SIZE, "%s/keys/%s", getenv("TEST_VECTORS"), name);
  return out;
}

#endif
