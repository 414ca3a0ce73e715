/* A SOCKS port and what stands behind it: the first byte says where the stream
 * is cut. What comes of it must not depend on that. */
#include "base/cursor.h"
#include "control/http.h"
#include "control/socks.h"

#include <assert.h>

struct end {
  int err;
  enum socks_outcome outcome;
  uint8_t code;
  size_t rest;
};

static struct end run(struct slice stream, size_t piece)
{
  struct buf out = {0};
  struct socks s;
  struct end e = {.outcome = SOCKS_WAITING};

  e.err = socks_begin(&s, slice_str("user"), slice_str("abc.onion"), 80, &out);
  assert(e.err == 0);
  while (e.err == 0 && e.outcome == SOCKS_WAITING && stream.n > 0) {
    size_t n = stream.n < piece ? stream.n : piece;
    struct slice in = slice_of(stream.p, n);

    e.err = socks_feed(&s, &in, &out, &e.outcome);
    assert(in.n <= n && (e.err < 0 || e.outcome != SOCKS_WAITING || in.n == 0));
    stream = slice_skip(stream, n - in.n);
  }
  e.rest = e.err == 0 ? stream.n : 0;
  e.code = s.code;
  assert(out.n < 1024 && socks_code_text(s.code) != NULL);
  buf_deinit(&out);
  socks_deinit(&s);
  return e;
}

static void judge(struct slice answer)
{
  struct http_expected e = {.status_min = 200, .status_max = 399, .text = slice_str("ok")};
  enum http_outcome before = http_judge(answer, false, &e);

  assert(http_judge(answer, true, &e) != HTTP_WAITING);
  assert(before == HTTP_WAITING || http_judge(answer, true, &e) == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct cursor c = cursor_from(slice_of(data, size));
  size_t piece = (size_t)cursor_u8(&c) % 16 + 1;
  struct slice stream = cursor_rest(&c);
  struct end whole = run(stream, stream.n + 1);
  struct end cut = run(stream, piece);

  assert(whole.err == cut.err && whole.outcome == cut.outcome);
  assert(whole.code == cut.code && whole.rest == cut.rest);
  judge(slice_skip(stream, stream.n - whole.rest));
  judge(stream);
  return 0;
}
