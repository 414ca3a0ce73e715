/* The bundles that a publisher has been given: one file, or all files of a
 * folder whose names end with ".bundle", and beside them the key that opens
 * them. What is kept of a file is what everybody may know; for its secrets it
 * is opened each time. */
#ifndef SIGNER_SHELF_H
#define SIGNER_SHELF_H

#include "base/log.h"
#include "signer/bundlefile.h"

#define SHELF_SUFFIX ".bundle"

struct shelf;

/* Whether a file of that name, without its folder, is taken for a bundle. */
bool shelf_is_name(const char *name);

/* Borrowed for the life of the shelf. */
struct shelf_config {
  const char *path; /* of the file or the folder */
  struct suite *suite;
  void (*say)(void *ctx, enum log_level level, const char *text); /* what is wrong, once */
  void *ctx;
};

/* Empty before the first shelf_scan. Freed with shelf_free. */
struct shelf *shelf_new(const struct shelf_config *config);
void shelf_free(struct shelf *s);

/* Looks for new, changed and removed files, and reads these. True if there is
 * another good one. What is wrong with a file is said when it is seen for the
 * first time; it is left out. */
bool shelf_scan(struct shelf *s);

/* The identity keys of all good files, in the order in which they came; a key
 * whose files have gone keeps its place. */
size_t shelf_count(const struct shelf *s);
const uint8_t *shelf_key(const struct shelf *s, size_t i);

/* Whether a file has that period of key i. */
bool shelf_has(const struct shelf *s, size_t i, const struct wire_period *period);

/* How long bundles last. */
struct shelf_stock {
  struct wall until; /* when a period that no bundle has is to be published first */
  int64_t span;      /* of the bundle that lasts longest, in seconds: from begin to end */
};

/* The stock of key i at a time; until is not after now if there is none, span
 * is 0 if there is no file of it at all. */
struct shelf_stock shelf_stock_of(const struct shelf *s, size_t i, struct wall now);

/* What is asked for: a period of key i, to be used now; and the descriptor signing key that its
 * certificate must be for, or NULL. */
struct shelf_question {
  size_t key;
  struct wire_period period;
  struct wall now;
  const uint8_t *signing_key;
};

/* Finds it in the newest bundle that has it, and checks it. If there is none,
 * why gets a text that names the cure; ERR_MISSING, ERR_EXPIRED or what else is
 * wrong. The caller wipes out with bundle_item_deinit. */
int shelf_find(const struct shelf *s, const struct shelf_question *q, struct bundle_item *out,
               uint8_t blinded_out[32], struct buf *why) MUST_USE;

#endif
