/* The command line of onionbalancectl. */
#ifndef TOOLS_CTLARGS_H
#define TOOLS_CTLARGS_H

#include "base/limits.h"
#include "report/form.h"
#include "report/verb.h"

/* Where a change is kept. */
enum ctlargs_keep {
  CTLARGS_KEEP_STATE, /* in the publisher's state directory */
  CTLARGS_KEEP_FILE,  /* in a file of instances.d */
  CTLARGS_KEEP_NO,    /* nowhere: until the next start */
};

/* Borrows its strings from argv and the environment. */
struct ctlargs {
  const char *socket; /* of the publisher */
  bool is_json;
  bool has_timeout;
  uint64_t timeout; /* seconds */
  bool has_keep;
  enum ctlargs_keep keep;
  enum verb_id verb;
  const char *words[LIMIT_ADMIN_WORDS]; /* the command, then its arguments */
  size_t n;
  size_t n_used; /* words of the command itself */
};

/* What main does next. */
enum ctlargs_outcome {
  CTLARGS_RUN,   /* ask */
  CTLARGS_PRINT, /* the text to stdout, exit 0 */
  CTLARGS_USAGE, /* the text to stderr, exit 2 */
};

/* Reads the command line and the environment through env, which is getenv
 * outside of tests. Appends the text to print, if any. Options may stand
 * before, between and after the words; reorders argv as getopt_long does. */
enum ctlargs_outcome ctlargs_parse(struct ctlargs *a, int argc, char **argv,
                                   char *(*env)(const char *name), struct buf *text);

#endif
