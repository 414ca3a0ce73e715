/* The command line of onionbalance-signer. */
#ifndef SIGNER_ARGUMENTS_H
#define SIGNER_ARGUMENTS_H

#include "base/buf.h"

/* A key file, and the file of its passphrase (NULL: none is given). */
struct arguments_key {
  char *path;
  char *passphrase;
};

/* Owns the paths. All zero is an empty one. */
struct arguments {
  int fd;            /* to be served; -1: standard input and output */
  int passphrase_fd; /* -1: none */
  struct arguments_key *keys;
  size_t n_keys;
  size_t cap;
};

/* What main does next. */
enum arguments_outcome {
  ARGUMENTS_RUN,   /* serve the keys */
  ARGUMENTS_PRINT, /* the text to stdout, exit 0 */
  ARGUMENTS_USAGE, /* the text to stderr, exit 2 */
};

/* Reads the command line, and the file of --key-list. Appends the text to
 * print, if any. Reorders argv as getopt_long does. The caller ends a with
 * arguments_deinit in any case. */
enum arguments_outcome arguments_parse(struct arguments *a, int argc, char **argv,
                                       struct buf *text);

/* Frees the paths. */
void arguments_deinit(struct arguments *a);

#endif
