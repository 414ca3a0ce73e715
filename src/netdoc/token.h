/* The items that every Tor document is made of (dir-spec.txt section 1.2): a
 * line of a keyword and arguments, and behind it perhaps an object between
 * "-----BEGIN LABEL-----" and "-----END LABEL-----". */
#ifndef NETDOC_TOKEN_H
#define NETDOC_TOKEN_H

#include "base/cursor.h"

/* One item. All slices borrow the text. */
struct token {
  struct slice keyword; /* letters, digits and '-' */
  struct slice args;    /* the rest of the line, without the space before it */
  bool has_object;
  struct slice label;  /* of the object */
  struct slice object; /* its lines, each with its newline: base64, not checked yet */
};

/* Reads the next item: true, and the cursor stands behind it. False at the
 * end of the text and on an error, which the cursor remembers: ERR_SYNTAX,
 * ERR_TRUNCATED (an object without its end), ERR_TOO_LONG (over
 * LIMIT_NETDOC_LINE_BYTES or LIMIT_NETDOC_OBJECT_BYTES). Only the last line
 * of the text may lack its newline. */
bool token_next(struct cursor *c, struct token *out);

/* Takes the next of the arguments, which are separated by spaces and tabs:
 * false if there is none left. *args begins as the args of a token. */
bool token_arg(struct slice *args, struct slice *out);

/* How often an item may stand in a document. */
enum token_count {
  TOKEN_ONCE,
  TOKEN_AT_MOST_ONCE,
  TOKEN_ANY, /* also never; the first one is kept */
};

/* What a document says of one of its items. */
struct token_rule {
  const char *keyword;
  const char *variant; /* first argument that it must have, else it is another item; or NULL */
  const char *label;   /* of the object that it must have, or NULL for none */
  size_t min_args;
  enum token_count count;
};

/* Reads a whole document by its n rules and keeps the item of each in
 * found[]; an item that is not there has a keyword of 0 bytes. Items without
 * a rule are passed over, as the specification wants it. Errors of
 * token_next, ERR_MISSING, ERR_DUPLICATE, and ERR_SYNTAX for an item that
 * does not look like its rule. */
int token_collect(struct slice text, const struct token_rule *rules, size_t n,
                  struct token *found) MUST_USE;

#endif
