/* Lists of KEY=VALUE in lines of the control port, values bare or quoted
 * (control-spec.txt sections 2.1.1 and 2.4). */
#ifndef CONTROL_KEYVAL_H
#define CONTROL_KEYVAL_H

#include "base/buf.h"
#include "base/cursor.h"

/* One item. Borrows from the line. */
struct keyval {
  struct slice key;   /* empty for a value that stands alone */
  struct slice value; /* between the quotes, escapes as they are */
  bool is_quoted;
};

/* The next item, and moves behind the spaces after it; false at the end. A
 * quote without its end: ERR_SYNTAX in c, and false. */
bool keyval_next(struct cursor *c, struct keyval *out);

/* Looks for the first item with that key. ERR_MISSING, or ERR_SYNTAX. */
int keyval_find(struct slice line, const char *key, struct keyval *out) MUST_USE;

/* Appends the value; in a quoted one, escapes are replaced as tor writes them:
 * \n \t \r, one to three octal digits, or the character itself. ERR_SYNTAX for
 * a lone backslash or an octal number over 255; out is then as it was. */
int keyval_text(const struct keyval *kv, struct buf *out) MUST_USE;

/* Appends text in quotes, with a backslash before each quote and backslash:
 * how tor reads a password. ERR_ENCODING for text with control characters. */
int keyval_quote(struct slice text, struct buf *out) MUST_USE;

#endif
