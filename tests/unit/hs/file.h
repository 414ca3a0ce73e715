/* Reads files under tests/vectors. Include cmocka before. */
#ifndef TESTS_HS_FILE_H
#define TESTS_HS_FILE_H

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* Appends the file of the given name. */
static inline void file_load(const char *name, struct buf *out)
{
  char path[4096];
  size_t got;
  FILE *f;

  snprintf(path, sizeof path, "%s/%s", getenv("TEST_VECTORS"), name);
  f = fopen(path, "rb");
  assert_non_null(f);
  do {
    got = fread(buf_reserve(out, 4096), 1, 4096, f);
    buf_used(out, got);
  } while (got > 0);
  fclose(f);
}

#endif
