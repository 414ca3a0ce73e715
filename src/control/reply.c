#include "control/reply.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Memory that is kept from one message to the next: enough for any event but
 * not for a consensus. */
#define KEPT_BYTES ((size_t)128 << 10)
#define KEPT_LINES ((size_t)64)

/* What is quoted of a line that we do not understand. */
#define QUOTED_BYTES 60
/* What is shown of the text of a refusal. */
#define SHOWN_BYTES 300

/* "250 " */
#define PREFIX_BYTES 4

void reply_parser_init(struct reply_parser *p)
{
  *p = (struct reply_parser){0};
}

void reply_parser_deinit(struct reply_parser *p)
{
  buf_deinit(&p->text);
  buf_deinit(&p->why);
  free(p->spans);
  free(p->lines);
  *p = (struct reply_parser){0};
}

void reply_parser_release(struct reply_parser *p)
{
  if (!p->is_done) {
    return;
  }
  p->is_done = false;
  p->line_at = 0;
  p->n_spans = 0;
  buf_clear(&p->text);
  if (p->text.cap > KEPT_BYTES) {
    buf_deinit(&p->text);
  }
  if (p->cap_spans > KEPT_LINES) {
    free(p->spans);
    free(p->lines);
    p->spans = NULL;
    p->lines = NULL;
    p->cap_spans = p->cap_lines = 0;
  }
}

static struct slice part(const struct reply_parser *p, size_t at, size_t n)
{
  return slice_of(p->text.p + at, n);
}

static int malformed(struct reply_parser *p, const char *what, struct slice line)
{
  size_t n = line.n < QUOTED_BYTES ? line.n : QUOTED_BYTES;

  buf_clear(&p->why);
  buf_addf(&p->why, "%s: \"", what);
  for (size_t i = 0; i < n && line.p[i] != '\r' && line.p[i] != '\n'; i++) {
    buf_add_u8(&p->why, line.p[i] == 0 ? '?' : line.p[i]);
  }
  buf_add_str(&p->why, n < line.n ? "...\"" : "\"");
  return ERR_SYNTAX;
}

static int too_long(struct reply_parser *p, const char *what, size_t limit, const char *unit)
{
  buf_clear(&p->why);
  buf_addf(&p->why, "%s of more than %zu %s", what, limit, unit);
  return ERR_TOO_LONG;
}

/* Before n more bytes are added to the unfinished line. */
static int check_room(struct reply_parser *p, size_t n)
{
  if (p->text.n + n > LIMIT_CONTROL_REPLY_BYTES) {
    return too_long(p, "a reply", LIMIT_CONTROL_REPLY_BYTES, "bytes");
  }
  if (!p->is_data && p->text.n - p->line_at + n > LIMIT_CONTROL_LINE_BYTES) {
    return too_long(p, "a line", LIMIT_CONTROL_LINE_BYTES, "bytes");
  }
  return 0;
}

static struct reply_span *span_add(struct reply_parser *p)
{
  p->spans = mem_grow(p->spans, p->n_spans, &p->cap_spans, sizeof *p->spans);
  p->spans[p->n_spans] = (struct reply_span){0};
  return &p->spans[p->n_spans++];
}

/* The message is whole: now that its text no longer moves, it can be pointed
 * into. */
static void finish(struct reply_parser *p)
{
  if (p->cap_lines < p->cap_spans) {
    free(p->lines);
    p->lines = mem_array(p->cap_spans, sizeof *p->lines);
    p->cap_lines = p->cap_spans;
  }
  for (size_t i = 0; i < p->n_spans; i++) {
    const struct reply_span *s = &p->spans[i];

    p->lines[i] = (struct reply_line){.code = s->code,
                                      .text = part(p, s->text_at, s->text_n),
                                      .data = part(p, s->data_at, s->data_n),
                                      .has_data = s->has_data};
  }
  p->reply.lines = p->lines;
  p->reply.n_lines = p->n_spans;
  p->reply.code = p->lines[p->n_spans - 1].code;
  p->is_done = true;
}

/* Status lines of one message are all asynchronous or all not. */
static bool is_async_code(int code)
{
  return code >= 600 && code <= 699;
}

/* Takes a whole line "250-text\r\n": three digits, and '-' for a line with
 * more to come, '+' for one with a data block, ' ' for the last one. */
static int end_line(struct reply_parser *p)
{
  struct slice line = part(p, p->line_at, p->text.n - p->line_at);
  struct cursor c = cursor_from(line);
  uint64_t code = 0;
  struct reply_span *span;
  uint8_t sign;

  if (cursor_parse_decimal(cursor_take(&c, 3), 699, &code) < 0 || code < 200) {
    return malformed(p, "a line that is no reply of a control port", line);
  }
  sign = cursor_u8(&c);
  if (line.n < PREFIX_BYTES + 2 || line.p[line.n - 2] != '\r' ||
      (sign != ' ' && sign != '-' && sign != '+') || memchr(line.p, 0, line.n) != NULL) {
    return malformed(p, "a malformed line", line);
  }
  if (p->n_spans > 0 && is_async_code((int)code) != p->reply.is_async) {
    return malformed(p, "a line that does not belong to the reply before it", line);
  }
  if (p->n_spans >= LIMIT_CONTROL_REPLY_LINES) {
    return too_long(p, "a reply", LIMIT_CONTROL_REPLY_LINES, "lines");
  }
  p->reply.is_async = is_async_code((int)code);
  span = span_add(p);
  *span = (struct reply_span){.code = (int)code,
                              .has_data = sign == '+',
                              .text_at = p->line_at + PREFIX_BYTES,
                              .text_n = line.n - PREFIX_BYTES - 2,
                              .data_at = p->text.n};
  p->is_data = span->has_data;
  p->line_at = p->text.n;
  if (sign == ' ') {
    finish(p);
  }
  return 0;
}

/* Takes a whole line of a data block: the '.' that ends the block, or text
 * with its first dot doubled. tor writes "\r\n" for a '\n' of the text, except
 * for one at its very begin, which stays alone (write_escaped_data). */
static void end_data_line(struct reply_parser *p)
{
  uint8_t *line = p->text.p + p->line_at;
  size_t n = p->text.n - p->line_at;
  bool has_cr = n >= 2 && line[n - 2] == '\r';

  if (line[0] == '.' && n == (has_cr ? 3 : 2)) {
    struct reply_span *span = &p->spans[p->n_spans - 1];

    p->text.n = p->line_at;
    span->data_n = p->line_at - span->data_at;
    p->is_data = false;
    return;
  }
  if (has_cr) {
    line[n - 2] = '\n';
    n--;
  }
  if (line[0] == '.') {
    n--;
    memmove(line, line + 1, n);
  }
  p->line_at += n;
  p->text.n = p->line_at;
}

int reply_parser_feed(struct reply_parser *p, struct slice *in, const struct reply **out)
{
  *out = NULL;
  reply_parser_release(p);
  while (in->n > 0) {
    struct cursor c = cursor_from(*in);
    struct slice line = cursor_line(&c);
    size_t used = in->n - cursor_left(&c);
    bool is_whole = used > line.n;

    TRY(check_room(p, used));
    buf_add(&p->text, in->p, used);
    *in = slice_skip(*in, used);
    if (!is_whole) {
      return 0;
    }
    if (p->is_data) {
      end_data_line(p);
    } else {
      TRY(end_line(p));
    }
    if (p->is_done) {
      *out = &p->reply;
      return 0;
    }
  }
  return 0;
}

bool reply_parser_is_busy(const struct reply_parser *p)
{
  if (p->is_done || p->text.n == 0) {
    return false;
  }
  return p->n_spans == 0 || !p->reply.is_async;
}

const char *reply_parser_why(struct reply_parser *p)
{
  return buf_str(&p->why);
}

bool reply_is_ok(const struct reply *r)
{
  return r->code >= 200 && r->code <= 299;
}

int reply_value(const struct reply *r, const char *key, struct slice *out)
{
  for (size_t i = 0; i < r->n_lines; i++) {
    struct cursor c = cursor_from(r->lines[i].text);

    if (cursor_accept(&c, key) && cursor_accept(&c, "=")) {
      *out = r->lines[i].has_data ? r->lines[i].data : cursor_rest(&c);
      return 0;
    }
  }
  return ERR_MISSING;
}

void reply_describe(const struct reply *r, struct buf *out)
{
  struct slice text = r->lines[r->n_lines - 1].text;
  bool is_long = text.n > SHOWN_BYTES;

  buf_addf(out, "%d ", r->code);
  buf_add(out, text.p, is_long ? SHOWN_BYTES : text.n);
  buf_add_str(out, is_long ? "..." : "");
}
