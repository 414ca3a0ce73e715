#include "signer/pem.h"

#include "base/base64.h"
#include "base/cursor.h"

#define DASHES "-----"

/* A line without its line end: neither "\n" nor "\r\n", nor spaces. */
static struct slice next_line(struct cursor *c)
{
  struct slice line = cursor_line(c);

  while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ')) {
    line.n--;
  }
  return line;
}

/* True if the line is "-----WORD label-----"; then *label borrows from it. */
static bool is_border(struct slice line, const char *word, struct slice *label)
{
  struct cursor c = cursor_from(line);
  size_t dashes = slice_str(DASHES).n;

  if (!cursor_accept(&c, word) || cursor_left(&c) < dashes) {
    return false;
  }
  *label = cursor_take(&c, cursor_left(&c) - dashes);
  return cursor_accept(&c, DASHES);
}

/* Moves behind the line that begins the object. */
static int find_begin(struct cursor *c, struct slice *label)
{
  while (cursor_left(c) > 0) {
    if (is_border(next_line(c), DASHES "BEGIN ", label)) {
      return 0;
    }
  }
  return ERR_MISSING;
}

/* Joins the lines up to the one that ends the object. */
static int join_lines(struct cursor *c, struct slice label, uint8_t *out, size_t *n_out)
{
  size_t n = 0;

  while (cursor_left(c) > 0) {
    struct slice line = next_line(c);
    struct slice end_label;

    if (is_border(line, DASHES "END ", &end_label)) {
      *n_out = n;
      return slice_equal(label, end_label) ? 0 : ERR_SYNTAX;
    }
    for (size_t i = 0; i < line.n; i++) {
      out[n++] = line.p[i];
    }
  }
  return ERR_TRUNCATED;
}

/* How the lines lie is no secret: looking for their ends, for the dashes and for the
 * padding takes its time from that alone. The digits are. */
int pem_parse(struct slice text, struct pem *out)
{
  struct secret *joined CLEANUP(secret_free_at) = NULL;
  struct cursor c = cursor_from(text);
  size_t n = 0;
  size_t digits;

  *out = (struct pem){0};
  TRY(find_begin(&c, &out->label));
  joined = secret_new(text.n);
  TRY(join_lines(&c, out->label, secret_bytes(joined), &n));
  digits = n;
  while (digits > 0 && secret_peek(joined)[digits - 1] == '=') {
    digits--;
  }
  if (digits / 4 == 0) {
    return ERR_ENCODING;
  }
  out->size = digits * 3 / 4;
  out->der = secret_new(out->size);
  if (n > digits && (n % 4 != 0 || n - digits > 2)) {
    return ERR_ENCODING;
  }
  return base64_parse_secret(slice_of(secret_peek(joined), digits), secret_bytes(out->der),
                             out->size);
}

void pem_deinit(struct pem *p)
{
  secret_free(p->der);
  *p = (struct pem){0};
}
