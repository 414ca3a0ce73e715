#include "control/reply.h"

#include "base/limits.h"
#include "message.h"

#include <stdlib.h>

static int setup(void **state)
{
  struct reply_parser *p = malloc(sizeof *p);

  reply_parser_init(p);
  *state = p;
  return 0;
}

static int teardown(void **state)
{
  reply_parser_deinit(*state);
  free(*state);
  return 0;
}

static void one_line(void **state)
{
  const struct reply *r = message(*state, "250 OK\r\n");

  assert_int_equal(r->code, 250);
  assert_false(r->is_async);
  assert_true(reply_is_ok(r));
  assert_int_equal(r->n_lines, 1);
  assert_slice(r->lines[0].text, "OK");
  assert_false(r->lines[0].has_data);
}

/* Two lines with one code and the last with another: the last decides. */
static void last_line_decides(void **state)
{
  const struct reply *r = message(*state, "250-a=b\r\n512 bad\r\n");

  assert_int_equal(r->code, 512);
  assert_false(reply_is_ok(r));
  assert_int_equal(r->n_lines, 2);
  assert_int_equal(r->lines[0].code, 250);
}

/* As tor 0.4.9.11 answers GETINFO for one short and one long value. */
static const char long_text[] = "250-status/enough-dir-info=1\r\n"
                                "250+config-text=\r\n"
                                "ControlPort 9051\r\n"
                                "..hidden\r\n"
                                "\r\n"
                                "a.b\r\n"
                                ".\r\n"
                                "250 OK\r\n";

static void check_long_text(const struct reply *r)
{
  struct slice value;

  assert_int_equal(r->n_lines, 3);
  assert_int_equal(r->code, 250);
  assert_slice(r->lines[1].text, "config-text=");
  assert_slice(r->lines[2].text, "OK");
  assert_false(r->lines[2].has_data);
  assert_int_equal(reply_value(r, "config-text", &value), 0);
  assert_slice(value, "ControlPort 9051\n.hidden\n\na.b\n");
  assert_int_equal(reply_value(r, "status/enough-dir-info", &value), 0);
  assert_slice(value, "1");
  assert_int_equal(reply_value(r, "config", &value), ERR_MISSING);
}

static void data_block(void **state)
{
  check_long_text(message(*state, long_text));
}

/* Cut into pieces of every size, and at every byte. */
static void pieces(void **state)
{
  const size_t n = sizeof long_text - 1;
  struct reply_parser *p = *state;
  const struct reply *r = NULL;

  for (size_t size = 1; size <= n; size++) {
    for (size_t at = 0; at < n; at += size) {
      struct slice in = slice_of(long_text + at, n - at < size ? n - at : size);

      assert_int_equal(reply_parser_feed(p, &in, &r), 0);
      assert_int_equal(in.n, 0);
      assert_true((r != NULL) == (at + size >= n));
      assert_int_equal(reply_parser_is_busy(p), r == NULL);
    }
    check_long_text(r);
    reply_parser_release(p);
    assert_false(reply_parser_is_busy(p));
  }
}

static void many_messages_in_one_piece(void **state)
{
  struct slice in = slice_str("250 A\r\n650 SIGNAL HUP\r\n250 B\r\n25");
  const struct reply *r = NULL;

  assert_int_equal(reply_parser_feed(*state, &in, &r), 0);
  assert_slice(r->lines[0].text, "A");
  assert_int_equal(reply_parser_feed(*state, &in, &r), 0);
  assert_slice(r->lines[0].text, "SIGNAL HUP");
  assert_true(r->is_async);
  assert_int_equal(reply_parser_feed(*state, &in, &r), 0);
  assert_slice(r->lines[0].text, "B");
  assert_int_equal(reply_parser_feed(*state, &in, &r), 0);
  assert_null(r);
  assert_int_equal(in.n, 0);
}

static void events_are_not_busy(void **state)
{
  struct slice in = slice_str("650-CONF_CHANGED\r\n650-A=b");
  const struct reply *r = NULL;

  assert_int_equal(reply_parser_feed(*state, &in, &r), 0);
  assert_null(r);
  assert_false(reply_parser_is_busy(*state));
}

static void data_of(struct reply_parser *p, const char *block, const char *expected)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  const struct reply *r;

  buf_addf(&text, "250+x=\r\n%s250 OK\r\n", block);
  r = message(p, buf_str(&text));
  assert_true(r->lines[0].has_data);
  assert_slice(r->lines[0].data, expected);
}

/* The forms that tor's write_escaped_data can produce. */
static void data_forms(void **state)
{
  data_of(*state, ".\r\n", "");
  data_of(*state, "\r\n.\r\n", "\n");         /* an empty text */
  data_of(*state, "\na\r\n.\r\n", "\na\n");   /* a text that begins with '\n' */
  data_of(*state, "..\r\n.\r\n", ".\n");      /* a line that is a dot */
  data_of(*state, "...\r\n.\r\n", "..\n");    /* two dots */
  data_of(*state, "a\rb\r\n.\r\n", "a\rb\n"); /* a lone '\r' stays */
  data_of(*state, "a\r\n.\n", "a\n");
  data_of(*state, ".a\r\n.\r\n", "a\n");
  data_of(*state, "250 OK\r\n.\r\n", "250 OK\n");
}

static void malformed(void **state)
{
  static const struct {
    const char *text;
    const char *why;
  } cases[] = {
      {"SSH-2.0-OpenSSH_9.2\r\n",
       "a line that is no reply of a control port: \"SSH-2.0-OpenSSH_9.2\""},
      {"HTTP/1.1 400 Bad Request\r\n",
       "a line that is no reply of a control port: \"HTTP/1.1 400 Bad Request\""},
      {"\r\n", "a line that is no reply of a control port: \"\""},
      {"\n", "a line that is no reply of a control port: \"\""},
      {"25 OK\r\n", "a line that is no reply of a control port: \"25 OK\""},
      {"+50 OK\r\n", "a line that is no reply of a control port: \"+50 OK\""},
      {"100 OK\r\n", "a line that is no reply of a control port: \"100 OK\""},
      {"700 OK\r\n", "a line that is no reply of a control port: \"700 OK\""},
      {"250 OK\n", "a malformed line: \"250 OK\""},
      {"250\r\n", "a malformed line: \"250\""},
      {"250_OK\r\n", "a malformed line: \"250_OK\""},
      {"250-a\r\n650 SIGNAL HUP\r\n",
       "a line that does not belong to the reply before it: \"650 SIGNAL HUP\""},
      {"650-a\r\n250 OK\r\n", "a line that does not belong to the reply before it: \"250 OK\""},
      {"250 123456789012345678901234567890123456789012345678901234567890\n",
       "a malformed line: \"250 12345678901234567890123456789012345678901234567890123456...\""},
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct slice in = slice_str(cases[i].text);
    const struct reply *r = NULL;
    int err;

    reply_parser_deinit(*state);
    err = reply_parser_feed(*state, &in, &r);
    assert_int_equal(err, ERR_SYNTAX);
    assert_null(r);
    assert_string_equal(reply_parser_why(*state), cases[i].why);
  }
}

static void nul_in_a_line(void **state)
{
  struct slice in = slice_of("250 a\0b\r\n", 9);
  const struct reply *r = NULL;

  assert_int_equal(reply_parser_feed(*state, &in, &r), ERR_SYNTAX);
  assert_string_equal(reply_parser_why(*state), "a malformed line: \"250 a?b\"");
}

static int feed_fill(struct reply_parser *p, char what, size_t n)
{
  struct buf fill CLEANUP(buf_deinit) = {0};
  const struct reply *r = NULL;
  struct slice in;

  buf_add_fill(&fill, (uint8_t)what, n);
  in = buf_slice(&fill);
  return reply_parser_feed(p, &in, &r);
}

static int feed_text(struct reply_parser *p, const char *text, const struct reply **out)
{
  struct slice in = slice_str(text);

  return reply_parser_feed(p, &in, out);
}

static void line_limit(void **state)
{
  const size_t room = LIMIT_CONTROL_LINE_BYTES - strlen("250 \r\n");
  const struct reply *r = NULL;

  assert_int_equal(feed_text(*state, "250 ", &r), 0);
  assert_int_equal(feed_fill(*state, 'a', room), 0);
  assert_int_equal(feed_text(*state, "\r\n", &r), 0);
  assert_int_equal(r->lines[0].text.n, room);
  assert_int_equal(feed_text(*state, "250 ", &r), 0);
  assert_int_equal(feed_fill(*state, 'a', room + 1), 0);
  assert_int_equal(feed_text(*state, "\r\n", &r), ERR_TOO_LONG);
  assert_string_equal(reply_parser_why(*state), "a line of more than 65536 bytes");
}

static void line_count_limit(void **state)
{
  const struct reply *r = NULL;

  for (size_t i = 0; i < LIMIT_CONTROL_REPLY_LINES - 1; i++) {
    assert_int_equal(feed_text(*state, "250-a\r\n", &r), 0);
  }
  assert_int_equal(feed_text(*state, "250 OK\r\n", &r), 0);
  assert_int_equal(r->n_lines, LIMIT_CONTROL_REPLY_LINES);
  for (size_t i = 0; i < LIMIT_CONTROL_REPLY_LINES; i++) {
    assert_int_equal(feed_text(*state, "250-a\r\n", &r), 0);
  }
  assert_int_equal(feed_text(*state, "250 OK\r\n", &r), ERR_TOO_LONG);
  assert_string_equal(reply_parser_why(*state), "a reply of more than 4096 lines");
}

static void reply_limit(void **state)
{
  const size_t step = (size_t)1 << 20;
  const struct reply *r = NULL;
  size_t sent = strlen("250+x=\r\n");

  assert_int_equal(feed_text(*state, "250+x=\r\n", &r), 0);
  for (; sent + step <= LIMIT_CONTROL_REPLY_BYTES; sent += step) {
    assert_int_equal(feed_fill(*state, 'a', step), 0);
  }
  assert_int_equal(feed_fill(*state, 'a', LIMIT_CONTROL_REPLY_BYTES - sent), 0);
  assert_int_equal(feed_fill(*state, 'a', 1), ERR_TOO_LONG);
  assert_string_equal(reply_parser_why(*state), "a reply of more than 50331648 bytes");
}

/* What a large message took is given back, what small ones need is kept. */
static void memory_is_given_back(void **state)
{
  struct reply_parser *p = *state;
  const struct reply *r = NULL;

  assert_int_equal(feed_text(p, "250+x=\r\n", &r), 0);
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(feed_fill(p, 'a', 1000), 0);
    assert_int_equal(feed_fill(p, '\n', 1), 0);
  }
  assert_int_equal(feed_text(p, ".\r\n250 OK\r\n", &r), 0);
  assert_int_equal(r->lines[0].data.n, 1001000);
  assert_true(p->text.cap > 1000000);
  reply_parser_release(p);
  assert_int_equal(p->text.cap, 0);
  (void)message(p, "250 OK\r\n");
  reply_parser_release(p);
  assert_true(p->text.cap > 0);
}

static void describe(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf line CLEANUP(buf_deinit) = {0};

  reply_describe(message(*state, "552-Unrecognized key \"a\"\r\n552 Unrecognized key \"b\"\r\n"),
                 &text);
  assert_string_equal(buf_str(&text), "552 Unrecognized key \"b\"");
  buf_add_str(&line, "551 ");
  buf_add_fill(&line, 'a', 301);
  buf_add_str(&line, "\r\n");
  buf_clear(&text);
  reply_describe(message(*state, buf_str(&line)), &text);
  assert_int_equal(text.n, 4 + 300 + 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_line, setup, teardown),
      cmocka_unit_test_setup_teardown(last_line_decides, setup, teardown),
      cmocka_unit_test_setup_teardown(data_block, setup, teardown),
      cmocka_unit_test_setup_teardown(pieces, setup, teardown),
      cmocka_unit_test_setup_teardown(many_messages_in_one_piece, setup, teardown),
      cmocka_unit_test_setup_teardown(events_are_not_busy, setup, teardown),
      cmocka_unit_test_setup_teardown(data_forms, setup, teardown),
      cmocka_unit_test_setup_teardown(malformed, setup, teardown),
      cmocka_unit_test_setup_teardown(nul_in_a_line, setup, teardown),
      cmocka_unit_test_setup_teardown(line_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(line_count_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(reply_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(memory_is_given_back, setup, teardown),
      cmocka_unit_test_setup_teardown(describe, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
