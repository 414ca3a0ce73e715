#include "control/session.h"

#include "base/limits.h"
#include "message.h"

#include <stdlib.h>

#define OFFER_NULL                                                                                 \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"
#define OFFER_PASSWORD "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=HASHEDPASSWORD\r\n250 OK\r\n"
#define OFFER_ALL                                                                                  \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD "                       \
  "COOKIEFILE=\"/var/c\"\r\n250 OK\r\n"
#define OFFER_COOKIE                                                                               \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"/var/c\"\r\n250 OK\r\n"

/* As in test_auth.c: cookie 00..1f, client nonce 20..3f, server nonce 40..5f. */
#define SERVER_HASH  "3C8780AB52365C0D080750447E5F64DABC00428C6C434579C2043E18C1F85389"
#define CLIENT_HASH  "B47642DF2D5ABB84F69E6D02D41BED6B44AEE33E69562528A82166FC98BC0B1E"
#define CLIENT_NONCE "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define SERVER_NONCE "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F"

static void fill(void *ctx, uint8_t *out, size_t n)
{
  (void)ctx;
  for (size_t i = 0; i < n; i++) {
    out[i] = (uint8_t)(0x20 + i);
  }
}

static const struct rng counting = {.fill = fill, .ctx = NULL};

struct fixture {
  struct suite *suite;
  struct session *session;
  struct session_item item;
  struct slice in;
  uint8_t cookie[AUTH_COOKIE_SIZE];
};

static void begin(struct fixture *f, const char *password)
{
  struct session_config config = {.events = "HS_DESC SIGNAL", .rng = &counting, .suite = f->suite};

  if (password != NULL) {
    config.password = slice_str(password);
  }
  session_free(f->session);
  f->session = session_new(&config);
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  f->suite = suite_new();
  for (size_t i = 0; i < sizeof f->cookie; i++) {
    f->cookie[i] = (uint8_t)i;
  }
  begin(f, NULL);
  *state = f;
  return f->suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  session_free(f->session);
  suite_free(f->suite);
  free(f);
  return 0;
}

/* What the session wants to send, which is then gone. */
static void expect_output(struct fixture *f, const char *text)
{
  struct buf *out = session_output(f->session);

  assert_string_equal(buf_str(out), text);
  buf_clear(out);
}

static int feed(struct fixture *f, const char *text)
{
  f->in = slice_str(text);
  return session_next(f->session, &f->in, &f->item);
}

static void expect_item(struct fixture *f, const char *text, enum session_outcome outcome)
{
  assert_int_equal(feed(f, text), 0);
  assert_int_equal(f->item.outcome, outcome);
}

static void expect_next(struct fixture *f, enum session_outcome outcome)
{
  assert_int_equal(session_next(f->session, &f->in, &f->item), 0);
  assert_int_equal(f->item.outcome, outcome);
}

static void expect_failure(struct fixture *f, const char *text, int err, const char *why)
{
  assert_int_equal(feed(f, text), err);
  assert_string_equal(session_why(f->session), why);
  assert_int_equal(feed(f, "250 OK\r\n"), ERR_NOT_NOW);
}

/* From AUTHENTICATE to ready. */
static void be_let_in(struct fixture *f)
{
  expect_item(f, "250 OK\r\n", SESSION_WAITING);
  expect_output(f, "SETEVENTS HS_DESC SIGNAL\r\n");
  assert_false(session_is_ready(f->session));
  expect_item(f, "250 OK\r\n", SESSION_READY);
  assert_true(session_is_ready(f->session));
}

static void make_ready(struct fixture *f)
{
  expect_output(f, "PROTOCOLINFO 1\r\n");
  expect_item(f, OFFER_NULL, SESSION_WAITING);
  expect_output(f, "AUTHENTICATE\r\n");
  be_let_in(f);
}

static void without_authentication(void **state)
{
  struct fixture *f = *state;

  make_ready(f);
  assert_int_equal(session_method(f->session), AUTH_NONE);
  assert_slice(session_version(f->session), "0.4.9.11");
}

static void by_safecookie(void **state)
{
  struct fixture *f = *state;

  begin(f, "password");
  expect_item(f, OFFER_ALL, SESSION_COOKIE);
  assert_string_equal(session_cookie_path(f->session), "/var/c");
  buf_clear(session_output(f->session));
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, sizeof f->cookie)), 0);
  expect_output(f, "AUTHCHALLENGE SAFECOOKIE " CLIENT_NONCE "\r\n");
  expect_item(f, "250 AUTHCHALLENGE SERVERHASH=" SERVER_HASH " SERVERNONCE=" SERVER_NONCE "\r\n",
              SESSION_WAITING);
  expect_output(f, "AUTHENTICATE " CLIENT_HASH "\r\n");
  be_let_in(f);
  assert_int_equal(session_method(f->session), AUTH_SAFECOOKIE);
}

static void by_cookie(void **state)
{
  struct fixture *f = *state;

  expect_item(f, OFFER_COOKIE, SESSION_COOKIE);
  buf_clear(session_output(f->session));
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, sizeof f->cookie)), 0);
  expect_output(f, "AUTHENTICATE 000102030405060708090A0B0C0D0E0F"
                   "101112131415161718191A1B1C1D1E1F\r\n");
  be_let_in(f);
}

static void by_password(void **state)
{
  struct fixture *f = *state;

  begin(f, "p\"w");
  buf_clear(session_output(f->session));
  expect_item(f, OFFER_PASSWORD, SESSION_WAITING);
  expect_output(f, "AUTHENTICATE \"p\\\"w\"\r\n");
  be_let_in(f);
  assert_int_equal(session_method(f->session), AUTH_PASSWORD);
}

/* The cookie cannot be had, but there is a password. */
static void by_password_instead(void **state)
{
  struct fixture *f = *state;

  begin(f, "pw");
  expect_item(f, OFFER_ALL, SESSION_COOKIE);
  buf_clear(session_output(f->session));
  assert_int_equal(session_no_cookie(f->session, "/var/c: Permission denied"), 0);
  expect_output(f, "AUTHENTICATE \"pw\"\r\n");
  begin(f, "pw");
  expect_item(f, OFFER_ALL, SESSION_COOKIE);
  buf_clear(session_output(f->session));
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, 31)), 0);
  expect_output(f, "AUTHENTICATE \"pw\"\r\n");
}

static void no_method_in_common(void **state)
{
  struct fixture *f = *state;

  expect_failure(f, OFFER_PASSWORD, ERR_AUTH,
                 "offers authentication by HASHEDPASSWORD only: no control password is configured "
                 "(tor.control-password-file)");
  begin(f, NULL);
  expect_item(f, OFFER_ALL, SESSION_COOKIE);
  assert_int_equal(session_no_cookie(f->session, "/var/c: Permission denied"), ERR_AUTH);
  assert_string_equal(
      session_why(f->session),
      "offers authentication by COOKIE,SAFECOOKIE,HASHEDPASSWORD only: "
      "/var/c: Permission denied; no control password is configured (tor.control-password-file)");
  begin(f, "pw");
  expect_item(f, OFFER_COOKIE, SESSION_COOKIE);
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, 31)), ERR_AUTH);
  assert_string_equal(session_why(f->session), "offers authentication by COOKIE only: "
                                               "/var/c is not a cookie: it has 31 bytes, not 32");
  begin(f, "p\nw");
  expect_failure(f, OFFER_PASSWORD, ERR_AUTH,
                 "cannot be sent the control password: it holds control characters");
}

static void cookie_only_when_asked(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, 32)), ERR_NOT_NOW);
  assert_int_equal(session_no_cookie(f->session, "x"), ERR_NOT_NOW);
}

static void begin_challenge(struct fixture *f)
{
  begin(f, NULL);
  expect_item(f, OFFER_ALL, SESSION_COOKIE);
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, sizeof f->cookie)), 0);
  buf_clear(session_output(f->session));
}

static void bad_challenges(void **state)
{
  struct fixture *f = *state;

  begin_challenge(f);
  expect_failure(f, "250 AUTHCHALLENGE SERVERHASH=" CLIENT_HASH " SERVERNONCE=" SERVER_NONCE "\r\n",
                 ERR_MAC, "does not know the cookie in /var/c: the file belongs to another tor");
  expect_output(f, ""); /* nothing that would help a false tor */
  begin_challenge(f);
  expect_failure(f, "515 Cookie authentication is disabled\r\n", ERR_AUTH,
                 "refuses AUTHCHALLENGE: it says \"515 Cookie authentication is disabled\"");
  begin_challenge(f);
  expect_failure(f, "250 OK\r\n", ERR_SYNTAX,
                 "answers AUTHCHALLENGE in a form that we do not know: it says \"250 OK\"");
}

static void refused(void **state)
{
  struct fixture *f = *state;

  begin(f, "pw");
  expect_item(f, OFFER_PASSWORD, SESSION_WAITING);
  expect_failure(f, "515 Authentication failed: Password did not match\r\n", ERR_AUTH,
                 "does not accept the control password: it says "
                 "\"515 Authentication failed: Password did not match\"");
  begin(f, NULL);
  expect_item(f, OFFER_COOKIE, SESSION_COOKIE);
  assert_int_equal(session_set_cookie(f->session, slice_of(f->cookie, 32)), 0);
  expect_failure(f, "515 Authentication failed\r\n", ERR_AUTH,
                 "does not accept the cookie: it says \"515 Authentication failed\"; "
                 "the cookie is from /var/c");
  begin(f, NULL);
  expect_item(f, OFFER_NULL, SESSION_WAITING);
  expect_failure(f, "514 Authentication required.\r\n", ERR_AUTH,
                 "does not let us in: it says \"514 Authentication required.\"");
}

static void refused_at_both_ends(void **state)
{
  struct fixture *f = *state;

  expect_failure(f, "514 Authentication required.\r\n", ERR_REFUSED,
                 "refuses PROTOCOLINFO: it says \"514 Authentication required.\"");
  begin(f, NULL);
  expect_item(f, OFFER_NULL, SESSION_WAITING);
  expect_item(f, "250 OK\r\n", SESSION_WAITING);
  expect_failure(f, "552 Unrecognized event \"HS_DESC\"\r\n", ERR_REFUSED,
                 "refuses SETEVENTS: it says \"552 Unrecognized event \"HS_DESC\"\"");
  begin(f, NULL);
  expect_failure(f, "250 OK\r\n", ERR_SYNTAX,
                 "answers PROTOCOLINFO in a form that we do not know (malformed)");
}

static void commands_and_replies(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(session_send(f->session, 1, slice_str("X\r\n")), ERR_NOT_NOW);
  make_ready(f);
  assert_int_equal(session_send(f->session, 7, slice_str("GETINFO a\r\n")), 0);
  assert_int_equal(session_send(f->session, 9, slice_str("GETINFO b\r\n")), 0);
  expect_output(f, "GETINFO a\r\nGETINFO b\r\n");
  assert_int_equal(session_pending(f->session), 2);
  expect_item(f, "650 SIGNAL HUP\r\n250-a=1\r\n250 OK\r\n650 NEW x\r\n552 No\r\n650 SIGNAL\r\n25",
              SESSION_EVENT);
  assert_int_equal(f->item.event.kind, TOREVENT_SIGNAL);
  expect_next(f, SESSION_REPLY);
  assert_int_equal(f->item.tag, 7);
  assert_int_equal(f->item.reply->n_lines, 2);
  expect_next(f, SESSION_EVENT);
  assert_int_equal(f->item.event.kind, TOREVENT_OTHER);
  expect_next(f, SESSION_REPLY);
  assert_int_equal(f->item.tag, 9);
  assert_int_equal(f->item.reply->code, 552);
  expect_next(f, SESSION_STRANGE);
  assert_slice(f->item.event.name, "SIGNAL");
  expect_next(f, SESSION_WAITING);
  assert_true(session_is_receiving(f->session));
  assert_int_equal(session_pending(f->session), 0);
}

static void pending_limit(void **state)
{
  struct fixture *f = *state;

  make_ready(f);
  for (uint64_t round = 0; round < 3; round++) {
    for (uint64_t tag = 0; tag < LIMIT_CONTROL_PENDING; tag++) {
      assert_int_equal(session_send(f->session, tag, slice_str("")), 0);
    }
    assert_int_equal(session_send(f->session, 1, slice_str("X\r\n")), ERR_TOO_LONG);
    assert_int_equal(session_output(f->session)->n, 0);
    for (uint64_t tag = 0; tag < LIMIT_CONTROL_PENDING; tag++) {
      expect_item(f, "250 OK\r\n", SESSION_REPLY);
      assert_int_equal(f->item.tag, tag);
    }
  }
}

static void garbage(void **state)
{
  struct fixture *f = *state;

  expect_failure(f, "SSH-2.0-OpenSSH_9.2\r\n", ERR_SYNTAX,
                 "sends a line that is no reply of a control port: \"SSH-2.0-OpenSSH_9.2\"");
  begin(f, NULL);
  make_ready(f);
  expect_failure(f, "250 OK\r\n", ERR_SYNTAX,
                 "answers a command that we did not send: it says \"250 OK\"");
  begin(f, NULL);
  expect_item(f, OFFER_COOKIE, SESSION_COOKIE);
  expect_failure(f, "250 OK\r\n", ERR_SYNTAX,
                 "answers a command that we did not send: it says \"250 OK\"");
}

static void closed(void **state)
{
  struct fixture *f = *state;

  session_closed(f->session);
  assert_string_equal(session_why(f->session),
                      "has closed the connection instead of answering PROTOCOLINFO");
  assert_int_equal(feed(f, "250 OK\r\n"), ERR_NOT_NOW);
  begin(f, NULL);
  make_ready(f);
  session_closed(f->session);
  assert_string_equal(session_why(f->session), "has closed the connection");
  begin(f, NULL);
  assert_int_equal(feed(f, "no\r\n"), ERR_SYNTAX);
  session_closed(f->session);
  assert_string_equal(session_why(f->session),
                      "sends a line that is no reply of a control port: \"no\"");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(without_authentication, setup, teardown),
      cmocka_unit_test_setup_teardown(by_safecookie, setup, teardown),
      cmocka_unit_test_setup_teardown(by_cookie, setup, teardown),
      cmocka_unit_test_setup_teardown(by_password, setup, teardown),
      cmocka_unit_test_setup_teardown(by_password_instead, setup, teardown),
      cmocka_unit_test_setup_teardown(no_method_in_common, setup, teardown),
      cmocka_unit_test_setup_teardown(cookie_only_when_asked, setup, teardown),
      cmocka_unit_test_setup_teardown(bad_challenges, setup, teardown),
      cmocka_unit_test_setup_teardown(refused, setup, teardown),
      cmocka_unit_test_setup_teardown(refused_at_both_ends, setup, teardown),
      cmocka_unit_test_setup_teardown(commands_and_replies, setup, teardown),
      cmocka_unit_test_setup_teardown(pending_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(garbage, setup, teardown),
      cmocka_unit_test_setup_teardown(closed, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
