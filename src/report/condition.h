/* Conditions that an operator's script waits for. */
#ifndef REPORT_CONDITION_H
#define REPORT_CONDITION_H

#include "report/whom.h"

enum condition_kind {
  CONDITION_READY,     /* tor, its network and the signer are there */
  CONDITION_CONFIRMED, /* all HSDirs have both descriptors, of one service or of all */
  CONDITION_STATE,     /* an instance is in a state */
  CONDITION_SAFE,      /* an instance that is out can be stopped: no client is led to it */
};

/* A value. */
struct condition {
  enum condition_kind kind;
  bool has_service;
  struct address address; /* of the service or the instance */
  const char *state;      /* of view_states */
};

enum condition_outcome {
  CONDITION_HOLDS,
  CONDITION_NOT_YET,
  CONDITION_GONE, /* the service or instance is not in the configuration any more */
};

/* "confirmed", "instance", ...: the words that a condition begins with, and
 * the states of an instance that can be waited for. */
extern const char *const condition_words[];
extern const size_t condition_n_words;
extern const char *const condition_states[];
extern const size_t condition_n_states;

/* Looks at the state. In all cases appends one line about it without an end:
 * "shop: 6 of 8 uploads confirmed". */
enum condition_outcome condition_check(const struct condition *c, const struct view *v,
                                       struct buf *why);

#endif
