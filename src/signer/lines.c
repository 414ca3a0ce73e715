#include "signer/lines.h"

#include "base/limits.h"

#include <string.h>

void lines_deinit(struct lines *l)
{
  buf_deinit(&l->rest);
  l->is_long = false;
}

/* Adds to the line that is being read, unless that is too long already. */
static void add(struct lines *l, struct slice part)
{
  l->is_long = l->is_long || l->rest.n + part.n > LIMIT_SIGNER_LINE_BYTES;
  if (!l->is_long) {
    buf_add_slice(&l->rest, part);
  }
}

size_t lines_feed(struct lines *l, struct slice piece, int (*take)(void *ctx, struct slice line),
                  void *ctx)
{
  size_t n_bad = 0;
  const uint8_t *end;

  while (piece.n > 0 && (end = memchr(piece.p, '\n', piece.n)) != NULL) {
    size_t n = (size_t)(end - piece.p);

    add(l, slice_of(piece.p, n));
    n_bad += l->is_long || take(ctx, buf_slice(&l->rest)) < 0;
    buf_clear(&l->rest);
    l->is_long = false;
    piece = slice_skip(piece, n + 1);
  }
  add(l, piece);
  return n_bad;
}

bool lines_is_inside(const struct lines *l)
{
  return l->is_long || l->rest.n > 0;
}
