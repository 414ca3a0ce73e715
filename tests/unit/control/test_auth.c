#include "control/auth.h"

#include "base/hex.h"
#include "base/limits.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
  struct reply_parser parser;
  struct suite *suite;
  struct auth auth;
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  reply_parser_init(&f->parser);
  f->suite = suite_new();
  *state = f;
  return f->suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  auth_deinit(&f->auth);
  reply_parser_deinit(&f->parser);
  suite_free(f->suite);
  free(f);
  return 0;
}

static int parse(struct fixture *f, const char *text)
{
  auth_deinit(&f->auth);
  return auth_parse(message(&f->parser, text), &f->auth);
}

/* What tor 0.4.9.11 sends with both methods on and a data directory with a
 * space and an apostrophe in its name. */
#define OFFER                                                                                      \
  "250-PROTOCOLINFO 1\r\n"                                                                         \
  "250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD "                                             \
  "COOKIEFILE=\"/tmp/da ta\\'x/control_auth_cookie\"\r\n"                                          \
  "250-VERSION Tor=\"0.4.9.11\"\r\n"                                                               \
  "250 OK\r\n"

static void offer_of_tor(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(parse(f, OFFER), 0);
  assert_true(f->auth.has_method[AUTH_COOKIE]);
  assert_true(f->auth.has_method[AUTH_SAFECOOKIE]);
  assert_true(f->auth.has_method[AUTH_PASSWORD]);
  assert_false(f->auth.has_method[AUTH_NONE]);
  assert_string_equal(buf_str(&f->auth.cookie_path), "/tmp/da ta'x/control_auth_cookie");
  assert_string_equal(buf_str(&f->auth.version), "0.4.9.11");
  assert_string_equal(buf_str(&f->auth.methods), "COOKIE,SAFECOOKIE,HASHEDPASSWORD");
  assert_true(auth_wants_cookie(&f->auth));
}

static void unknown_things_are_skipped(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(parse(f, "250-PROTOCOLINFO 1\r\n250-WEATHER FINE=yes\r\n"
                            "250-AUTH METHODS=NULL,TELEPATHY COLOR=blue\r\n250 OK\r\n"),
                   0);
  assert_true(f->auth.has_method[AUTH_NONE]);
  assert_false(auth_wants_cookie(&f->auth));
  assert_int_equal(f->auth.version.n, 0);
}

static void malformed(void **state)
{
  static const struct {
    const char *text;
    int err;
  } cases[] = {
      {"250 OK\r\n", ERR_SYNTAX},
      {"250-PROTOCOLINFO 2\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n", ERR_UNSUPPORTED},
      {"250-PROTOCOLINFO 1\r\n250 OK\r\n", ERR_MISSING},
      {"250-PROTOCOLINFO 1\r\n250-AUTH COOKIEFILE=\"/a\"\r\n250 OK\r\n", ERR_MISSING},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n",
       ERR_DUPLICATE},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"/a\r\n250 OK\r\n", ERR_SYNTAX},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"a\"\r\n250 OK\r\n", ERR_SYNTAX},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"/a\\0b\"\r\n250 OK\r\n",
       ERR_SYNTAX},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"\"\r\n250 OK\r\n", ERR_SYNTAX},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION\r\n250 OK\r\n", 0},
      {"250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION T=\"1\"\r\n250 OK\r\n",
       ERR_MISSING},
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fixture *f = *state;

    assert_int_equal(parse(f, cases[i].text), cases[i].err);
    if (cases[i].err < 0) {
      assert_null(f->auth.methods.p);
      assert_null(f->auth.cookie_path.p);
      assert_null(f->auth.version.p);
    }
  }
}

/* The AUTH line cut at every byte: never more than what was there. */
static void truncated(void **state)
{
  const char *offer = OFFER;
  const char *begin = strstr(offer, "250-AUTH");
  const char *end = strstr(begin, "\r\n");

  for (const char *cut = begin + strlen("250-AUTH"); cut < end; cut++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct fixture *f = *state;

    buf_add(&text, offer, (size_t)(cut - offer));
    buf_add_str(&text, "\r\n250 OK\r\n");
    if (parse(f, buf_str(&text)) == 0) {
      assert_true(f->auth.methods.n > 0);
      assert_true(f->auth.cookie_path.n == 0);
    }
  }
}

static void path_limit(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct fixture *f = *state;

  for (size_t over = 0; over <= 1; over++) {
    buf_clear(&text);
    buf_add_str(&text, "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE COOKIEFILE=\"/");
    buf_add_fill(&text, 'a', LIMIT_CONTROL_PATH_BYTES - 1 + over);
    buf_add_str(&text, "\"\r\n250 OK\r\n");
    assert_int_equal(parse(f, buf_str(&text)), over == 0 ? 0 : ERR_TOO_LONG);
  }
}

static enum auth_method choose(bool null, bool cookie, bool safecookie, bool password)
{
  struct auth a = {.has_method = {[AUTH_NONE] = null,
                                  [AUTH_COOKIE] = cookie,
                                  [AUTH_SAFECOOKIE] = safecookie,
                                  [AUTH_PASSWORD] = password}};

  return auth_choose(&a, true, true);
}

static void choice(void **state)
{
  struct auth all = {
      .has_method = {[AUTH_COOKIE] = true, [AUTH_SAFECOOKIE] = true, [AUTH_PASSWORD] = true}};

  (void)state;
  assert_int_equal(choose(true, true, true, true), AUTH_NONE);
  assert_int_equal(choose(false, true, true, true), AUTH_SAFECOOKIE);
  assert_int_equal(choose(false, true, false, true), AUTH_COOKIE);
  assert_int_equal(choose(false, false, false, true), AUTH_PASSWORD);
  assert_int_equal(choose(false, false, false, false), AUTH_IMPOSSIBLE);
  assert_int_equal(auth_choose(&all, false, true), AUTH_PASSWORD);
  assert_int_equal(auth_choose(&all, true, false), AUTH_SAFECOOKIE);
  assert_int_equal(auth_choose(&all, false, false), AUTH_IMPOSSIBLE);
  assert_string_equal(auth_method_text(AUTH_PASSWORD), "HASHEDPASSWORD");
}

/* Cookie 00..1f, client nonce 20..3f, server nonce 40..5f; hashes computed with
 * Python's hmac module by the formula of control-spec.txt section 3.24. */
#define SERVER_HASH "3C8780AB52365C0D080750447E5F64DABC00428C6C434579C2043E18C1F85389"
#define CLIENT_HASH "B47642DF2D5ABB84F69E6D02D41BED6B44AEE33E69562528A82166FC98BC0B1E"
#define NONCE       "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F"

static void safecookie(void **state)
{
  struct fixture *f = *state;
  struct auth_exchange x;
  struct auth_challenge c;
  uint8_t hash[AUTH_HASH_SIZE], zero[AUTH_HASH_SIZE] = {0}, expected[AUTH_HASH_SIZE];

  for (size_t i = 0; i < 32; i++) {
    x.cookie[i] = (uint8_t)i;
    x.client_nonce[i] = (uint8_t)(32 + i);
  }
  assert_int_equal(
      auth_challenge_parse(message(&f->parser, "250 AUTHCHALLENGE SERVERHASH=" SERVER_HASH
                                               " SERVERNONCE=" NONCE "\r\n"),
                           &c),
      0);
  assert_int_equal(auth_answer(f->suite, &x, &c, hash), 0);
  assert_int_equal(hex_parse(slice_str(CLIENT_HASH), expected, sizeof expected), 0);
  assert_memory_equal(hash, expected, sizeof hash);
  for (size_t i = 0; i < sizeof c.server_hash; i++) {
    c.server_hash[i] ^= 1;
    assert_int_equal(auth_answer(f->suite, &x, &c, hash), ERR_MAC);
    assert_memory_equal(hash, zero, sizeof hash);
    c.server_hash[i] ^= 1;
  }
  x.cookie[0] ^= 1;
  assert_int_equal(auth_answer(f->suite, &x, &c, hash), ERR_MAC);
}

static void bad_challenges(void **state)
{
  static const struct {
    const char *text;
    int err;
  } cases[] = {
      {"250 OK\r\n", ERR_SYNTAX},
      {"250 AUTHCHALLENGE SERVERHASH=" SERVER_HASH "\r\n", ERR_MISSING},
      {"250 AUTHCHALLENGE SERVERNONCE=" NONCE "\r\n", ERR_MISSING},
      {"250 AUTHCHALLENGE SERVERHASH=" SERVER_HASH " SERVERNONCE=00\r\n", ERR_ENCODING},
      {"250 AUTHCHALLENGE SERVERHASH=" SERVER_HASH " SERVERNONCE=" NONCE "00\r\n", ERR_ENCODING},
      {"250 AUTHCHALLENGE SERVERHASH=x SERVERNONCE=" NONCE "\r\n", ERR_ENCODING},
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fixture *f = *state;
    struct auth_challenge c;

    assert_int_equal(auth_challenge_parse(message(&f->parser, cases[i].text), &c), cases[i].err);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(offer_of_tor, setup, teardown),
      cmocka_unit_test_setup_teardown(unknown_things_are_skipped, setup, teardown),
      cmocka_unit_test_setup_teardown(malformed, setup, teardown),
      cmocka_unit_test_setup_teardown(truncated, setup, teardown),
      cmocka_unit_test_setup_teardown(path_limit, setup, teardown),
      cmocka_unit_test(choice),
      cmocka_unit_test_setup_teardown(safecookie, setup, teardown),
      cmocka_unit_test_setup_teardown(bad_challenges, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
