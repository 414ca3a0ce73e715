/* A question at the admin socket: one line of text.
 *
 *   onionbalance/1 FORM COMMAND [WORD...]
 *
 * FORM says what the answer is to look like (report/form.h). A word is bytes
 * other than space, control characters and '%'; any byte may be written as
 * %HH. doc/admin-socket.md describes the protocol. */
#ifndef REPORT_QUERY_H
#define REPORT_QUERY_H

#include "base/limits.h"
#include "report/form.h"

/* Owns texts, which words borrow. All zero is an empty question in text. */
struct query {
  struct form form;
  struct buf texts;
  const char *words[LIMIT_ADMIN_WORDS]; /* the command first; NUL-terminated */
  size_t n;
};

/* Reads a line without its end. ERR_UNSUPPORTED: it is of another version, or
 * something else altogether; ERR_TOO_LONG: too many words; ERR_SYNTAX or
 * ERR_ENCODING: it is malformed, or a word has a NUL in it, or it has no
 * command. *out is empty on error; freed with query_deinit. */
int query_parse(struct slice line, struct query *out) MUST_USE;
void query_deinit(struct query *q);

/* Appends the line with its end. ERR_TOO_LONG if it is longer than
 * LIMIT_ADMIN_REQUEST_BYTES or has more than LIMIT_ADMIN_WORDS words; out is
 * then as it was. */
int query_build(const struct form *form, const char *const *words, size_t n,
                struct buf *out) MUST_USE;

#endif
