/* The parts of an answer at the admin socket: a line "KIND SIZE", then so many
 * bytes. Every part but the last is of the kind "more"; the last one's kind is
 * the outcome. */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "base/buf.h"
#include "base/err.h"

enum answer_kind {
  ANSWER_MORE,    /* a part: others follow */
  ANSWER_DONE,    /* it is as asked, now or already */
  ANSWER_REFUSED, /* it cannot be, or a condition does not hold: the bytes say why */
  ANSWER_DENIED,  /* whoever asked may not */
  ANSWER_USAGE,   /* the question makes no sense */
  ANSWER_BUSY,    /* too many guests */
};

#define ANSWER_KINDS (ANSWER_BUSY + 1)

/* "more", "done", ... */
const char *answer_word(enum answer_kind k);

/* Appends one part. */
void answer_build(enum answer_kind kind, struct slice text, struct buf *out);

/* One part that was read. Borrows text. */
struct answer {
  enum answer_kind kind;
  struct slice text;
  size_t size; /* bytes of the whole part */
};

/* Reads the part that bytes begin with. ERR_TRUNCATED: it is not all there
 * yet; ERR_SYNTAX: it is not a part; ERR_RANGE: over LIMIT_ADMIN_ANSWER_BYTES. */
int answer_parse(struct slice bytes, struct answer *out) MUST_USE;

#endif
