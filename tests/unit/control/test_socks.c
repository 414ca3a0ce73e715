#include "control/socks.h"

#include "message.h"

#define HOST "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"

#define METHOD      "\x05\x02"
#define LOGIN       "\x01\x00"
#define REPLY       "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define BYTES(text) slice_of(text, sizeof(text) - 1)

static void begin(struct socks *s, struct buf *out)
{
  assert_int_equal(socks_begin(s, slice_str("user"), slice_str(HOST), 80, out), 0);
}

/* Feeds all of in; what it comes to. */
static enum socks_outcome feed(struct socks *s, struct slice in, struct buf *out)
{
  enum socks_outcome outcome;

  assert_int_equal(socks_feed(s, &in, out, &outcome), 0);
  assert_int_equal(in.n, 0);
  return outcome;
}

static void assert_out(struct buf *out, struct slice expected)
{
  assert_true(slice_equal(buf_slice(out), expected));
  buf_clear(out);
}

static void talk(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct socks s;

  (void)state;
  begin(&s, &out);
  assert_out(&out, BYTES("\x05\x01\x02"));
  assert_int_equal(feed(&s, BYTES(METHOD), &out), SOCKS_WAITING);
  assert_out(&out, BYTES("\x01\x04user\x05probe"));
  assert_int_equal(feed(&s, BYTES(LOGIN), &out), SOCKS_WAITING);
  assert_out(&out, BYTES("\x05\x01\x00\x03\x3e" HOST "\x00\x50"));
  assert_int_equal(feed(&s, BYTES(REPLY), &out), SOCKS_CONNECTED);
  assert_int_equal(out.n, 0);
  socks_deinit(&s);
}

/* Every cut, and what follows the reply stays with the caller. */
static void pieces(void **state)
{
  struct slice all = BYTES(METHOD LOGIN REPLY);

  (void)state;
  for (size_t cut = 0; cut <= all.n; cut++) {
    CLEANUP(buf_deinit) struct buf out = {0};
    struct socks s;

    begin(&s, &out);
    assert_int_equal(feed(&s, slice_of(all.p, cut), &out),
                     cut < all.n ? SOCKS_WAITING : SOCKS_CONNECTED);
    assert_int_equal(feed(&s, slice_skip(all, cut), &out), SOCKS_CONNECTED);
    socks_deinit(&s);
  }
}

static void rest(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct slice in = BYTES(METHOD LOGIN REPLY "HTTP");
  enum socks_outcome outcome;
  struct socks s;

  (void)state;
  begin(&s, &out);
  assert_int_equal(socks_feed(&s, &in, &out, &outcome), 0);
  assert_int_equal(outcome, SOCKS_CONNECTED);
  assert_slice(in, "HTTP");
  socks_deinit(&s);
}

static enum socks_outcome reply(uint8_t code, struct slice tail)
{
  CLEANUP(buf_deinit) struct buf in = {0};
  CLEANUP(buf_deinit) struct buf out = {0};
  enum socks_outcome outcome;
  struct socks s;

  begin(&s, &out);
  buf_add_slice(&in, BYTES(METHOD LOGIN "\x05"));
  buf_add_u8(&in, code);
  buf_add_slice(&in, tail);
  outcome = feed(&s, buf_slice(&in), &out);
  assert_true(outcome == SOCKS_WAITING || s.code == code);
  socks_deinit(&s);
  return outcome;
}

static void codes(void **state)
{
  struct slice ipv4 = BYTES("\x00\x01\x00\x00\x00\x00\x00\x00");

  (void)state;
  assert_int_equal(reply(SOCKS_REFUSED, ipv4), SOCKS_FAILED);
  assert_int_equal(reply(SOCKS_GENERAL, ipv4), SOCKS_FAILED);
  assert_int_equal(reply(SOCKS_UNREACHABLE, ipv4), SOCKS_FAILED);
  assert_int_equal(reply(0x7F, ipv4), SOCKS_FAILED);
  assert_int_equal(reply(SOCKS_NO_DESCRIPTOR, ipv4), SOCKS_DOUBTFUL);
  assert_int_equal(reply(SOCKS_INTRO_EXPIRED, ipv4), SOCKS_DOUBTFUL);
  assert_string_equal(socks_code_text(SOCKS_REFUSED), "refused by the service");
  assert_string_equal(socks_code_text(0x7F), "for a reason that we do not know");
}

static void addresses(void **state)
{
  (void)state;
  assert_int_equal(reply(0, BYTES("\x00\x04"
                                  "0123456789abcdef\x00\x00")),
                   SOCKS_CONNECTED);
  assert_int_equal(reply(0, BYTES("\x00\x03\x03"
                                  "abc\x00\x00")),
                   SOCKS_CONNECTED);
  assert_int_equal(reply(0, BYTES("\x00\x03\x03"
                                  "abc\x00")),
                   SOCKS_WAITING);
}

/* The longest reply there can be comes byte by byte. */
static void long_reply(void **state)
{
  CLEANUP(buf_deinit) struct buf in = {0};
  CLEANUP(buf_deinit) struct buf out = {0};
  struct socks s;

  (void)state;
  begin(&s, &out);
  buf_add_slice(&in, BYTES(METHOD LOGIN "\x05\x00\x00\x03\xff"));
  buf_add_fill(&in, 'x', 255 + 2);
  for (size_t i = 0; i < in.n; i++) {
    assert_int_equal(feed(&s, slice_of(in.p + i, 1), &out),
                     i + 1 < in.n ? SOCKS_WAITING : SOCKS_CONNECTED);
  }
  socks_deinit(&s);
}

static void check_error(struct slice in, int err)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  enum socks_outcome outcome;
  struct socks s;

  begin(&s, &out);
  assert_int_equal(socks_feed(&s, &in, &out, &outcome), err);
  socks_deinit(&s);
}

static void strangers(void **state)
{
  (void)state;
  check_error(BYTES("HTTP/1.0 400 Bad Request\r\n"), ERR_SYNTAX);
  check_error(BYTES("\x04\x5a"), ERR_SYNTAX);
  check_error(BYTES("\x05\x00"), ERR_AUTH);
  check_error(BYTES("\x05\xff"), ERR_AUTH);
  check_error(BYTES(METHOD "\x02\x00"), ERR_SYNTAX);
  check_error(BYTES(METHOD "\x01\x01"), ERR_AUTH);
  check_error(BYTES(METHOD LOGIN "\x04\x00\x00\x01"), ERR_SYNTAX);
  check_error(BYTES(METHOD LOGIN "\x05\x00\x00\x02"), ERR_SYNTAX);
}

static void texts(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  char longest[SOCKS_TEXT_MAX + 1];
  struct slice fit = slice_of(longest, SOCKS_TEXT_MAX);
  struct slice over = slice_of(longest, SOCKS_TEXT_MAX + 1);
  struct socks s;

  (void)state;
  memset(longest, 'x', sizeof longest);
  assert_int_equal(socks_begin(&s, over, fit, 1, &out), ERR_RANGE);
  assert_int_equal(socks_begin(&s, fit, over, 1, &out), ERR_RANGE);
  assert_int_equal(socks_begin(&s, slice_str(""), fit, 1, &out), ERR_RANGE);
  assert_int_equal(out.n, 0);
  assert_int_equal(socks_begin(&s, fit, fit, 1, &out), 0);
  socks_deinit(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(talk),      cmocka_unit_test(pieces),    cmocka_unit_test(rest),
      cmocka_unit_test(codes),     cmocka_unit_test(addresses), cmocka_unit_test(long_reply),
      cmocka_unit_test(strangers), cmocka_unit_test(texts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
