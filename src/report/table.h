/* A table of text: columns as wide as their widest cell, a heading above. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "report/form.h"

#define TABLE_COLUMNS_MAX 12

struct table_cell {
  enum form_tone tone;
  size_t at; /* its bytes in texts */
  size_t n;
};

/* Owns cells and texts; borrows heads. */
struct table {
  const char *const *heads;
  size_t n_columns;
  struct table_cell *cells; /* row by row */
  size_t n;
  size_t cap;
  struct buf texts;
};

/* An empty table with these headings, at most TABLE_COLUMNS_MAX. Freed with
 * table_deinit. */
void table_init(struct table *t, const char *const *heads, size_t n_columns);
void table_deinit(struct table *t);

/* Adds the next cell of a row, or of the next row after a full one; an empty
 * cell is shown as "-". */
void table_add(struct table *t, enum form_tone tone, struct slice text);
void table_addf(struct table *t, enum form_tone tone, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends heading and rows, each with so many spaces before it. The last
 * column is cut where the form's width ends. Nothing for a table without a
 * row. */
void table_build(const struct table *t, const struct form *form, size_t indent, struct buf *out);

#endif
