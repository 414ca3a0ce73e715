/* The handshake: the input is all that tor says, to a session that has a
 * password and can read a cookie if the first byte is odd. */
#include "base/cursor.h"
#include "base/limits.h"
#include "control/keyval.h"
#include "control/session.h"

#include <assert.h>
#include <string.h>

static void fill(void *ctx, uint8_t *out, size_t n)
{
  (void)ctx;
  memset(out, 0x55, n);
}

static const struct rng fixed = {.fill = fill, .ctx = NULL};

/* Texts that are read elsewhere, in the same grammar. */
static void read_keyvals(struct slice text)
{
  struct cursor c = cursor_from(text);
  struct buf out = {0};
  struct keyval kv;

  while (keyval_next(&c, &kv)) {
    assert(keyval_text(&kv, &out) <= 0);
  }
  assert(out.n <= text.n);
  buf_deinit(&out);
}

static int give_cookie(struct session *s, bool has_cookie)
{
  static const uint8_t cookie[AUTH_COOKIE_SIZE] = {1};
  const char *path = session_cookie_path(s);

  assert(path[0] == '/' && strlen(path) <= LIMIT_CONTROL_PATH_BYTES);
  if (has_cookie) {
    return session_set_cookie(s, slice_of(cookie, sizeof cookie));
  }
  return session_no_cookie(s, "no such file");
}

/* Everything that one stream brings; ends with its first error. */
static int run(struct session *s, struct slice in, bool has_cookie)
{
  struct session_item item;

  do {
    TRY(session_next(s, &in, &item));
    if (item.outcome == SESSION_COOKIE) {
      TRY(give_cookie(s, has_cookie));
    } else if (item.outcome == SESSION_READY) {
      TRY(session_send(s, 1, slice_str("GETINFO version\r\n")));
    } else if (item.outcome == SESSION_REPLY) {
      assert(item.tag == 1);
    }
  } while (item.outcome != SESSION_WAITING);
  assert(in.n == 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct cursor c = cursor_from(slice_of(data, size));
  uint8_t flags = cursor_u8(&c);
  static struct suite *suite; /* making one takes longer than a run */
  struct session_config config = {.events = "HS_DESC", .rng = &fixed};
  struct session *s;

  suite = suite == NULL ? suite_new() : suite;
  config.suite = suite;
  read_keyvals(slice_of(data, size));
  config.password = (flags & 2) != 0 ? slice_str("pw") : slice_of(NULL, 0);
  s = session_new(&config);
  if (run(s, cursor_rest(&c), (flags & 1) != 0) < 0) {
    assert(strlen(session_why(s)) > 0);
  }
  session_closed(s);
  session_free(s);
  return 0;
}
