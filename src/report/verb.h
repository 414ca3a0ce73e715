/* The commands of the admin socket: what onionbalancectl and the publisher
 * both know of each. */
#ifndef REPORT_VERB_H
#define REPORT_VERB_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum verb_id {
  VERB_STATUS,
  VERB_SHOW_SERVICE,
  VERB_SHOW_INSTANCE,
  VERB_SHOW_UPLOAD,
  VERB_SHOW_HSDIR,
  VERB_SHOW_TOR,
  VERB_METRICS,
  VERB_EXPLAIN,
  VERB_WATCH,
  VERB_WAIT,
  VERB_VERSION,
  VERB_WHERE,
  VERB_PUBLISH_NOW,
  VERB_RELOAD,
  VERB_INSTANCE_ADD,
  VERB_INSTANCE_REMOVE,
  VERB_INSTANCE_ENABLE,
  VERB_INSTANCE_DRAIN,
  VERB_INSTANCE_MAINTENANCE,
  VERB_INSTANCE_DISABLE,
  VERB_INSTANCE_WEIGHT,
  VERB_INSTANCE_CHECK,
};

#define VERBS (VERB_INSTANCE_CHECK + 1)

/* A command of one or two words, and what may follow. */
struct verb {
  const char *first;
  const char *second; /* NULL if it has one word */
  const char *arguments;
  size_t min; /* how many arguments */
  size_t max;
  bool needs_admin; /* readers may not */
  bool is_internal; /* for onionbalancectl itself: not in its help */
  const char *help;
};

/* Indexed by enum verb_id. */
extern const struct verb verb_table[VERBS];

/* What words can be found to be. */
enum verb_outcome {
  VERB_FOUND,
  VERB_UNKNOWN_FIRST,  /* no command begins with that word */
  VERB_UNKNOWN_SECOND, /* it needs another word behind it than the one that is there */
  VERB_COUNT,          /* too few arguments, or too many; *out is set */
};

/* Finds the command that n words (at least 1) begin with, and checks the count
 * of those that follow; *used_out: how many words the command itself has. */
enum verb_outcome verb_find(const char *const *words, size_t n, enum verb_id *out,
                            size_t *used_out);

#endif
