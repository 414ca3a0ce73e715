/* Where the keys of a frontend are: behind a unix socket on which a signer
 * listens, behind a command whose standard input and output lead to one, or in
 * bundles that were made in advance. */
#ifndef CONF_KEYSOURCE_H
#define CONF_KEYSOURCE_H

#include "conf/endpoint.h"

#include <stdbool.h>

enum keysource_kind {
  KEYSOURCE_NONE, /* not given */
  KEYSOURCE_UNIX,
  KEYSOURCE_EXEC,
  KEYSOURCE_BUNDLE,
};

/* Owns everything. All zero is one that is not given. */
struct keysource {
  enum keysource_kind kind;
  char *text;               /* as it was written */
  struct endpoint endpoint; /* of KEYSOURCE_UNIX */
  char **argv;              /* of KEYSOURCE_EXEC: at least one word, ends with NULL */
  const char *bundle;       /* of KEYSOURCE_BUNDLE: path of a file or a folder; part of text */
};

/* Reads "unix:PATH", "exec:COMMAND ARGUMENT..." or "bundle:PATH". Words are parted by blanks;
 * within "..." or '...' a blank is a character like others. ERR_SYNTAX (none of
 * these, no command, an open quote, no path), ERR_TOO_LONG (path, words or their
 * number). *out is not given then. */
int keysource_parse(struct slice text, struct keysource *out) MUST_USE;

/* Frees what it owns; *k is not given afterwards. */
void keysource_deinit(struct keysource *k);

/* Whether both lead to the same signer. */
bool keysource_equal(const struct keysource *a, const struct keysource *b);

#endif
