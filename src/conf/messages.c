#include "conf/messages.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void messages_init(struct messages *m, const char *file)
{
  *m = (struct messages){.file = mem_string(file, strlen(file))};
}

void messages_deinit(struct messages *m)
{
  for (size_t i = 0; i < m->n; i++) {
    free(m->items[i].text);
  }
  free(m->items);
  free(m->file);
  *m = (struct messages){0};
}

static void __attribute__((format(printf, 4, 0)))
add(struct messages *m, struct place at, enum log_level level, const char *fmt, va_list ap)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  if (m->n >= LIMIT_CONFIG_MESSAGES) {
    m->n_left_out++;
    return;
  }
  buf_addv(&text, fmt, ap);
  m->items = mem_grow(m->items, m->n, &m->cap, sizeof *m->items);
  m->items[m->n++] =
      (struct message){.place = at, .level = level, .text = mem_string(text.p, text.n)};
}

void messages_error(struct messages *m, struct place at, const char *fmt, ...)
{
  va_list ap;

  m->n_errors++;
  va_start(ap, fmt);
  add(m, at, LOG_LEVEL_ERROR, fmt, ap);
  va_end(ap);
}

void messages_warn(struct messages *m, struct place at, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  add(m, at, LOG_LEVEL_WARNING, fmt, ap);
  va_end(ap);
}

void messages_quote(struct slice value, struct buf *out)
{
  size_t n = value.n > LIMIT_QUOTE_BYTES ? LIMIT_QUOTE_BYTES : value.n;

  buf_add_u8(out, '"');
  for (size_t i = 0; i < n; i++) {
    if (value.p[i] >= 0x20 && value.p[i] < 0x7f) {
      buf_add_u8(out, value.p[i]);
    } else {
      buf_addf(out, "\\x%02x", value.p[i]);
    }
  }
  buf_add_str(out, value.n > n ? "\"..." : "\"");
}

static bool is_before(struct place a, struct place b)
{
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

/* By insertion: those of one place keep their order, and there are few. */
void messages_sort(struct messages *m)
{
  for (size_t i = 1; i < m->n; i++) {
    struct message item = m->items[i];
    size_t j = i;

    while (j > 0 && is_before(item.place, m->items[j - 1].place)) {
      m->items[j] = m->items[j - 1];
      j--;
    }
    m->items[j] = item;
  }
}

void messages_format(const struct messages *m, size_t i, struct buf *out)
{
  const struct message *item = &m->items[i];

  buf_add_str(out, m->file);
  if (item->place.line > 0) {
    buf_addf(out, ":%u:%u", item->place.line, item->place.column);
  }
  buf_addf(out, ": %s", item->text);
}
