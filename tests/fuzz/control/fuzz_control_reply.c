/* A stream from tor, fed in pieces whose sizes come from the input: the first
 * byte tells how many of the bytes behind it are sizes. Whole messages must
 * not depend on where the stream is cut. */
#include "base/cursor.h"
#include "control/reply.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_SIZES 16

/* What came out, in a form that can be compared. */
static void note(const struct reply *r, struct buf *out)
{
  buf_addf(out, "%d %d %zu\n", r->code, r->is_async, r->n_lines);
  for (size_t i = 0; i < r->n_lines; i++) {
    const struct reply_line *line = &r->lines[i];

    buf_addf(out, "%d %d %zu %zu ", line->code, line->has_data, line->text.n, line->data.n);
    buf_add_slice(out, line->text);
    buf_add_slice(out, line->data);
    assert(line->has_data || line->data.n == 0);
    assert(line->data.n == 0 || line->data.p[line->data.n - 1] == '\n');
  }
}

/* Feeds one piece and notes its messages. */
static int feed(struct reply_parser *p, struct slice in, struct buf *out)
{
  const struct reply *r;

  do {
    TRY(reply_parser_feed(p, &in, &r));
    if (r != NULL) {
      struct slice value;

      note(r, out);
      assert(reply_value(r, "md/all", &value) <= 0);
      reply_describe(r, out);
    }
  } while (r != NULL);
  assert(in.n == 0);
  return 0;
}

static int feed_pieces(struct slice sizes, struct slice stream, struct buf *out)
{
  struct reply_parser p;
  int err = 0;

  reply_parser_init(&p);
  for (size_t i = 0; err == 0 && stream.n > 0; i++) {
    size_t n = sizes.n == 0 ? stream.n : (size_t)sizes.p[i % sizes.n] + 1;

    n = n < stream.n ? n : stream.n;
    err = feed(&p, slice_of(stream.p, n), out);
    stream = slice_skip(stream, n);
  }
  if (err < 0) {
    buf_add_str(out, reply_parser_why(&p));
  }
  reply_parser_deinit(&p);
  return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct cursor c = cursor_from(slice_of(data, size));
  struct slice sizes = cursor_take(&c, (size_t)cursor_u8(&c) % MAX_SIZES);
  struct slice stream = cursor_rest(&c);
  struct buf whole = {0}, pieces = {0};
  int err_whole = feed_pieces(slice_of(NULL, 0), stream, &whole);
  int err_pieces = feed_pieces(sizes, stream, &pieces);

  /* Cutting may only change which limit is met first, and no input here is
   * large enough for one. */
  assert(err_whole == err_pieces);
  assert(slice_equal(buf_slice(&whole), buf_slice(&pieces)));
  buf_deinit(&whole);
  buf_deinit(&pieces);
  return 0;
}
