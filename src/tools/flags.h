/* The command line of onionbalance-config. */
#ifndef TOOLS_FLAGS_H
#define TOOLS_FLAGS_H

#include "base/log.h"

/* Borrows its strings from argv. */
struct flags {
  const char *key; /* file with the key of the frontend; NULL: generate one */
  /* To encrypt a generated key with, or to read an encrypted one; NULL: none.
   * In argv, to be overwritten when it has been used. */
  char *password;
  uint64_t n_services;
  uint64_t n_instances; /* of each service */
  const char *tag;      /* what the names of the instances begin with */
  const char *output;   /* folder for everything that is written */
  uint64_t virtual_port;
  const char *target; /* of HiddenServicePort, as tor reads it */
  enum log_level level;
  bool is_interactive;
};

/* What main does next. */
enum flags_outcome {
  FLAGS_RUN,   /* start */
  FLAGS_PRINT, /* the text to stdout, exit 0 */
  FLAGS_USAGE, /* the text to stderr, exit 2 */
};

/* Reads the command line. Appends the text to print, if any. Reorders argv as
 * getopt_long does. Questions are asked (is_interactive) if there are no
 * arguments or only "-v LEVEL". */
enum flags_outcome flags_parse(struct flags *f, int argc, char **argv, struct buf *text);

/* NULL if instances may be named after the tag; otherwise why not: "is too
 * long". */
const char *flags_tag_fault(struct slice tag);

#endif
