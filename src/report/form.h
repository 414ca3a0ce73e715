/* The form of an answer: JSON for programs, or text for people with the width
 * and the colours of their terminal; and how times and names look in text. */
#ifndef REPORT_FORM_H
#define REPORT_FORM_H

#include "base/buf.h"
#include "base/err.h"

/* A value. */
struct form {
  bool is_json;
  bool has_colour;
  unsigned width; /* columns of a line of text; 0: as long as it gets */
};

/* What a piece of text is to look like. */
enum form_tone {
  FORM_PLAIN,
  FORM_STRONG, /* a heading */
  FORM_GOOD,
  FORM_WARN,
  FORM_BAD,
};

/* Reads "json", "text", "text:WIDTH" or "text:WIDTH:colour"; the width is at
 * most 10000. ERR_SYNTAX or ERR_RANGE. */
int form_parse(struct slice text, struct form *out) MUST_USE;

/* Appends the same form. */
void form_build(const struct form *f, struct buf *out);

/* Appends the text in that tone, if the form has colours; what is not
 * printable ASCII as \xHH, so that no name reaches the terminal as a
 * command. */
void form_add(const struct form *f, enum form_tone tone, struct slice text, struct buf *out);

/* Appends text, what is not printable ASCII as \xHH. */
void form_text(struct slice text, struct buf *out);

/* Appends a span of milliseconds by its two largest units: "950 ms", "40 s",
 * "2 h 5 min", "3 d 1 h"; a negative one as "0 s". */
void form_span(int64_t ms, struct buf *out);

/* Appends parts per million as "66.7 %". */
void form_percent(unsigned millionths, struct buf *out);

#endif
