/* A descriptor on its way through the world: its text, and what the world
 * knows about it. Shared by everything that holds it. */
#ifndef SIM_DOC_H
#define SIM_DOC_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/wall.h"
#include "hs/desc_parse.h"

struct doc {
  unsigned holders;
  struct buf text;
  int outer_err; /* 0: its outer layer verifies */
  struct desc_outer outer;
  size_t points[LIMIT_INTRO_POINTS]; /* places in the world's points */
  size_t n_points;
};

/* Copies the text and verifies its outer layer by the clock of whoever made
 * it; the caller holds it. */
struct doc *doc_new(struct slice text, struct wall now);

struct doc *doc_hold(struct doc *d);

/* d may be NULL. */
void doc_release(struct doc *d);

#endif
