/* Lines of a file that is read in pieces, as a journal is that grows. Pure. */
#ifndef SIGNER_LINES_H
#define SIGNER_LINES_H

#include "base/buf.h"
#include "base/err.h"

/* All zero: at the begin of a line. */
struct lines {
  struct buf rest; /* the begin of a line whose end has not come */
  bool is_long;    /* and which was too long already */
};

/* Forgets the line that is being read. */
void lines_deinit(struct lines *l);

/* Takes the next piece. Each line that ends in it, without its '\n', is handed to
 * take, which borrows it for the call and returns an error if it is a bad one. How
 * many were bad, those over LIMIT_SIGNER_LINE_BYTES included. */
size_t lines_feed(struct lines *l, struct slice piece, int (*take)(void *ctx, struct slice line),
                  void *ctx);

/* True in the middle of a line. */
bool lines_is_inside(const struct lines *l);

#endif
