/* What tor sends on a control port: replies to commands, in order, and
 * asynchronous messages between them (control-spec.txt section 2.3). */
#ifndef CONTROL_REPLY_H
#define CONTROL_REPLY_H

#include "base/buf.h"
#include "base/err.h"

/* One line of a reply, with its data block if it has one. Borrows from the
 * parser. */
struct reply_line {
  int code;          /* three digits */
  struct slice text; /* what stands behind the code and the sign after it */
  struct slice data; /* dots unstuffed, every line ended by one '\n', also the last */
  bool has_data;
};

/* One whole reply or asynchronous message. Borrows from the parser. */
struct reply {
  int code;      /* of the last line, which decides */
  bool is_async; /* code 6yz: no command asked for it */
  const struct reply_line *lines;
  size_t n_lines; /* at least 1 */
};

/* Where a line stands in the text while that may still move. */
struct reply_span {
  int code;
  bool has_data;
  size_t text_at, text_n;
  size_t data_at, data_n;
};

/* Bytes in, messages out. All fields are private. The bytes of a message are
 * copied once, into text, whatever their number. */
struct reply_parser {
  struct buf text;
  size_t line_at; /* where in text the unfinished line begins */
  bool is_data;   /* that line belongs to a data block */
  bool is_done;   /* reply has been handed out */
  struct reply_span *spans;
  struct reply_line *lines;
  size_t n_spans, cap_spans, cap_lines;
  struct reply reply;
  struct buf why;
};

/* An empty parser; freed by reply_parser_deinit. */
void reply_parser_init(struct reply_parser *p);
void reply_parser_deinit(struct reply_parser *p);

/* Reads from the front of *in, which becomes what is left, until one message
 * is whole (*out points to it, borrowed until the next call) or all is used
 * up (*out is NULL). After an error the stream is lost and the parser must not
 * be fed again: ERR_SYNTAX (not the protocol) or ERR_TOO_LONG (a line, a
 * message or its number of lines is over LIMIT_CONTROL_*). */
int reply_parser_feed(struct reply_parser *p, struct slice *in, const struct reply **out) MUST_USE;

/* Lets go of the message handed out last, and of its memory if it was a large
 * one. */
void reply_parser_release(struct reply_parser *p);

/* True while a reply, not an asynchronous message, has come in part. */
bool reply_parser_is_busy(const struct reply_parser *p);

/* What was wrong, after an error: "a line that ... : "SSH-2.0"". Quotes input:
 * may hold any bytes but NUL. */
const char *reply_parser_why(struct reply_parser *p);

/* True for a positive code, 2yz. */
bool reply_is_ok(const struct reply *r);

/* The value of a line "KEY=VALUE", from its data block if it has one:
 * GETINFO and GETCONF answer so. ERR_MISSING if there is none. Note that an
 * empty text comes as a data block of one empty line, "\n". */
int reply_value(const struct reply *r, const char *key, struct slice *out) MUST_USE;

/* Appends code and text of the last line, cut where it is long: what to show
 * of a refusal. */
void reply_describe(const struct reply *r, struct buf *out);

#endif
