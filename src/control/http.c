#include "control/http.h"

#include "base/cursor.h"

#include <string.h>

#define STATUS_MAX 999

static bool is_path(struct slice path)
{
  for (size_t i = 0; i < path.n; i++) {
    if (path.p[i] <= ' ' || path.p[i] > '~') {
      return false;
    }
  }
  return slice_has_prefix(path, "/");
}

int http_ask(struct slice host, struct slice path, struct buf *out)
{
  if (!is_path(path)) {
    return ERR_SYNTAX;
  }
  buf_add_str(out, "GET ");
  buf_add_slice(out, path);
  buf_add_str(out, " HTTP/1.0\r\nHost: ");
  buf_add_slice(out, host);
  buf_add_str(out, "\r\nConnection: close\r\n\r\n");
  return 0;
}

/* "HTTP/1.1 200 OK", or any other version of one digit and one digit. */
static int read_status(struct slice line, uint64_t *out)
{
  struct cursor c = cursor_from(line);

  cursor_expect(&c, "HTTP/");
  (void)cursor_decimal(&c, 9);
  cursor_expect(&c, ".");
  (void)cursor_decimal(&c, 9);
  cursor_expect(&c, " ");
  return c.err < 0 ? c.err : cursor_parse_decimal(cursor_take(&c, 3), STATUS_MAX, out);
}

/* The body, once the blank line has come; false before. */
static bool find_body(struct slice answer, struct slice *out)
{
  static const char *const ends[] = {"\r\n\r\n", "\n\n"};

  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    const uint8_t *at = memmem(answer.p, answer.n, ends[i], strlen(ends[i]));

    if (at != NULL) {
      *out = slice_skip(answer, (size_t)(at - answer.p) + strlen(ends[i]));
      return true;
    }
  }
  return false;
}

static bool has_text(struct slice answer, struct slice text)
{
  struct slice body;

  return find_body(answer, &body) && memmem(body.p, body.n, text.p, text.n) != NULL;
}

enum http_outcome http_judge(struct slice answer, bool is_over, const struct http_expected *e)
{
  const uint8_t *end = answer.n == 0 ? NULL : memchr(answer.p, '\n', answer.n);
  uint64_t status;

  if (end == NULL) {
    return is_over ? HTTP_OTHER : HTTP_WAITING;
  }
  if (read_status(slice_of(answer.p, (size_t)(end - answer.p)), &status) < 0 ||
      status < e->status_min || status > e->status_max) {
    return HTTP_OTHER;
  }
  if (e->text.n == 0 || has_text(answer, e->text)) {
    return HTTP_EXPECTED;
  }
  return is_over ? HTTP_OTHER : HTTP_WAITING;
}
