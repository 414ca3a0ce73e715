/* What the tests of this layer share: hex in, hex compared, and the reader of
 * a file of vectors, one "name hex" a line. Include cmocka before. */
#ifndef TEST_CRYPTO_VECTOR_H
#define TEST_CRYPTO_VECTOR_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void vector_hex(const char *text, uint8_t *out, size_t n)
{
  assert_int_equal(hex_parse(slice_str(text), out, n), 0);
}

#define assert_hex(p, n, text)                                                                     \
  do {                                                                                             \
    uint8_t want_[256];                                                                            \
    assert_true((n) <= sizeof want_);                                                              \
    vector_hex(text, want_, n);                                                                    \
    assert_memory_equal(p, want_, n);                                                              \
  } while (0)

/* The file of the given name under tests/vectors. */
static inline void vector_load(const char *name, struct buf *out)
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

/* Reads "name hex" into out, passing over empty lines and comments. False at
 * the end of the file. */
static inline bool vector_field(struct cursor *c, const char *name, uint8_t *out, size_t n)
{
  while (cursor_left(c) > 0) {
    struct slice line = cursor_line(c);
    struct cursor words = cursor_from(line);

    if (line.n == 0 || line.p[0] == '#') {
      continue;
    }
    assert_true(slice_is(cursor_word(&words), name));
    assert_int_equal(hex_parse(cursor_rest(&words), out, n), 0);
    return true;
  }
  return false;
}

#endif
