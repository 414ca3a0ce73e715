#include "report/table.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* Spaces between two columns. */
#define GAP 2

/* What is left of a last column that is cut. */
#define LAST_MIN 8

void table_init(struct table *t, const char *const *heads, size_t n_columns)
{
  assert(n_columns > 0 && n_columns <= TABLE_COLUMNS_MAX);
  *t = (struct table){.heads = heads, .n_columns = n_columns};
}

void table_deinit(struct table *t)
{
  free(t->cells);
  buf_deinit(&t->texts);
  *t = (struct table){0};
}

void table_add(struct table *t, enum form_tone tone, struct slice text)
{
  struct table_cell *cell;

  t->cells = mem_grow(t->cells, t->n, &t->cap, sizeof *t->cells);
  cell = &t->cells[t->n++];
  *cell = (struct table_cell){.tone = text.n == 0 ? FORM_PLAIN : tone, .at = t->texts.n};
  form_text(text.n == 0 ? slice_str("-") : text, &t->texts);
  cell->n = t->texts.n - cell->at;
}

void table_addf(struct table *t, enum form_tone tone, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  va_list ap;

  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  table_add(t, tone, buf_slice(&text));
}

static void find_widths(const struct table *t, size_t widths[TABLE_COLUMNS_MAX])
{
  for (size_t i = 0; i < t->n_columns; i++) {
    widths[i] = slice_str(t->heads[i]).n;
  }
  for (size_t i = 0; i < t->n; i++) {
    size_t *width = &widths[i % t->n_columns];

    *width = t->cells[i].n > *width ? t->cells[i].n : *width;
  }
}

/* Bounds the last column so that a line ends at the width. */
static void fit_last(const struct table *t, const struct form *form, size_t indent, size_t *widths)
{
  size_t before = indent;

  for (size_t i = 0; i + 1 < t->n_columns; i++) {
    before += widths[i] + GAP;
  }
  if (form->width > 0 && before + widths[t->n_columns - 1] > form->width) {
    widths[t->n_columns - 1] = form->width > before + LAST_MIN ? form->width - before : LAST_MIN;
  }
}

/* What stands in one place. */
struct piece {
  enum form_tone tone;
  struct slice text;
};

/* One cell; the last one of a row has no spaces behind. */
static void add_piece(const struct form *form, struct piece p, size_t width, bool is_last,
                      struct buf *out)
{
  CLEANUP(buf_deinit) struct buf cut = {0};

  if (p.text.n > width) {
    buf_add(&cut, p.text.p, width - 2);
    buf_add_str(&cut, "..");
    p.text = buf_slice(&cut);
  }
  form_add(form, p.tone, p.text, out);
  if (!is_last) {
    buf_add_fill(out, ' ', width - p.text.n + GAP);
  }
}

/* The i-th of headings and cells. */
static struct piece piece_at(const struct table *t, size_t i)
{
  const struct table_cell *cell;

  if (i < t->n_columns) {
    return (struct piece){FORM_STRONG, slice_str(t->heads[i])};
  }
  cell = &t->cells[i - t->n_columns];
  return (struct piece){cell->tone, slice_of(t->texts.p + cell->at, cell->n)};
}

void table_build(const struct table *t, const struct form *form, size_t indent, struct buf *out)
{
  size_t widths[TABLE_COLUMNS_MAX];

  if (t->n == 0) {
    return;
  }
  find_widths(t, widths);
  fit_last(t, form, indent, widths);
  for (size_t i = 0; i < t->n_columns + t->n; i++) {
    size_t column = i % t->n_columns;
    bool is_last = column + 1 == t->n_columns;

    buf_add_fill(out, ' ', column == 0 ? indent : 0);
    add_piece(form, piece_at(t, i), widths[column], is_last, out);
    if (is_last) {
      buf_add_u8(out, '\n');
    }
  }
}
