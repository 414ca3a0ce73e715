/* Where the keys of a frontend are: behind a unix socket on which a signer
 * listens, or behind a command whose standard input and output lead to
 * one. */
#ifndef CONF_KEYSOURCE_H
#define CONF_KEYSOURCE_H

#include "conf/endpoint.h"

#include <stdbool.h>

enum keysource_kind {
  KEYSOURCE_NONE, /* not given */
  KEYSOURCE_UNIX,
  KEYSOURCE_EXEC,
};

/* Owns everything. All zero is one that is not given. */
struct keysource {
  enum keysource_kind kind;
  char *text;               /* as it was written */
  struct endpoint endpoint; /* of KEYSOURCE_UNIX */
  char **argv;              /* of KEYSOURCE_EXEC: at least one word, ends with NULL */
};

/* Reads "unix:PATH" or "exec:COMMAND ARGUMENT...". Words are parted by blanks;
 * within "..." or '...' a blank is a character like others. ERR_SYNTAX (neither
 * form, no command, an open quote), ERR_TOO_LONG (path, words or their
 * number). *out is not given then. */
int keysource_parse(struct slice text, struct keysource *out) MUST_USE;

/* Frees what it owns; *k is not given afterwards. */
void keysource_deinit(struct keysource *k);

/* Whether both lead to the same signer. */
bool keysource_equal(const struct keysource *a, const struct keysource *b);

#endif
