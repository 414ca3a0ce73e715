#include "control/torevent.h"

#include "message.h"

#include <stdlib.h>

#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"
#define HSDIR   "$00112233445566778899AABBCCDDEEFF00112233"
#define KEY     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" /* 00 01 .. 1f */

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

static struct torevent event(struct reply_parser *p, const char *text)
{
  struct torevent e;

  assert_int_equal(torevent_parse(message(p, text), &e), 0);
  return e;
}

static void check_who(const struct torevent *e)
{
  assert_slice(e->address, ADDRESS);
  assert_true(e->has_hsdir);
  assert_int_equal(e->hsdir[1], 0x11);
  assert_int_equal(e->hsdir[19], 0x33);
  assert_true(e->has_blinded_key);
  for (size_t i = 0; i < TOREVENT_KEY_SIZE; i++) {
    assert_int_equal(e->blinded_key[i], i);
  }
}

/* The forms that tor's control_events.c writes. */
static void hs_desc(void **state)
{
  struct torevent e;

  e = event(*state,
            "650 HS_DESC REQUESTED " ADDRESS " NO_AUTH " HSDIR "~relay " KEY " HSDIR_INDEX=00\r\n");
  assert_int_equal(e.kind, TOREVENT_HS_DESC);
  assert_slice(e.name, "HS_DESC");
  assert_int_equal(e.action, TOREVENT_REQUESTED);
  assert_int_equal(e.reason, TOREVENT_REASON_NONE);
  assert_slice(e.auth_type, "NO_AUTH");
  check_who(&e);
  e = event(*state, "650 HS_DESC RECEIVED " ADDRESS " NO_AUTH " HSDIR "=relay " KEY "\r\n");
  assert_int_equal(e.action, TOREVENT_RECEIVED);
  check_who(&e);
  e = event(*state,
            "650 HS_DESC FAILED " ADDRESS " NO_AUTH " HSDIR "~relay " KEY " REASON=NOT_FOUND\r\n");
  assert_int_equal(e.action, TOREVENT_FAILED);
  assert_int_equal(e.reason, TOREVENT_NOT_FOUND);
  assert_slice(e.reason_text, "NOT_FOUND");
  check_who(&e);
}

static void hs_desc_of_uploads(void **state)
{
  struct torevent e;

  e = event(*state, "650 HS_DESC UPLOAD " ADDRESS " UNKNOWN " HSDIR " " KEY " HSDIR_INDEX=00\r\n");
  assert_int_equal(e.action, TOREVENT_UPLOAD);
  assert_slice(e.auth_type, "UNKNOWN");
  check_who(&e);
  e = event(*state, "650 HS_DESC UPLOADED " ADDRESS " UNKNOWN " HSDIR "~relay\r\n");
  assert_int_equal(e.action, TOREVENT_UPLOADED);
  assert_true(e.has_hsdir);
  assert_false(e.has_blinded_key);
  e = event(*state, "650 HS_DESC CREATED " ADDRESS " UNKNOWN UNKNOWN " KEY " REPLICA=1\r\n");
  assert_int_equal(e.action, TOREVENT_ACTION_OTHER);
  assert_false(e.has_hsdir);
  assert_true(e.has_blinded_key);
  e = event(*state, "650 HS_DESC FAILED UNKNOWN NO_AUTH UNKNOWN REASON=SOMETHING_NEW\r\n");
  assert_int_equal(e.address.n, 0);
  assert_false(e.has_hsdir);
  assert_int_equal(e.reason, TOREVENT_REASON_OTHER);
  assert_slice(e.reason_text, "SOMETHING_NEW");
}

static void reasons(void **state)
{
  for (int reason = TOREVENT_BAD_DESC; reason <= TOREVENT_QUERY_RATE_LIMITED; reason++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct torevent e;

    buf_addf(&text, "650 HS_DESC FAILED " ADDRESS " NO_AUTH " HSDIR " " KEY " REASON=%s\r\n",
             torevent_reason_text((enum torevent_reason)reason));
    e = event(*state, buf_str(&text));
    assert_int_equal(e.reason, reason);
  }
  assert_string_equal(torevent_reason_text(TOREVENT_REASON_NONE), "none");
  assert_string_equal(torevent_action_text(TOREVENT_UPLOADED), "UPLOADED");
  assert_string_equal(torevent_status_text(TOREVENT_BOOTSTRAP), "BOOTSTRAP");
}

static void content(void **state)
{
  struct torevent e;

  e = event(*state, "650+HS_DESC_CONTENT " ADDRESS " " KEY " " HSDIR "~relay\r\n"
                    "hs-descriptor 3\r\n..x\r\n.\r\n650 OK\r\n");
  assert_int_equal(e.kind, TOREVENT_HS_DESC_CONTENT);
  check_who(&e);
  assert_slice(e.text, "hs-descriptor 3\n.x\n");
  e = event(*state, "650+HS_DESC_CONTENT " ADDRESS " " KEY " UNKNOWN\r\n"
                    "\r\n.\r\n650 OK\r\n");
  assert_int_equal(e.text.n, 0);
  assert_false(e.has_hsdir);
}

static void status_client(void **state)
{
  static const enum torevent_status plain[] = {
      TOREVENT_CONSENSUS_ARRIVED, TOREVENT_ENOUGH_DIR_INFO, TOREVENT_NOT_ENOUGH_DIR_INFO,
      TOREVENT_CIRCUIT_ESTABLISHED, TOREVENT_CIRCUIT_NOT_ESTABLISHED};
  struct torevent e;

  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    struct buf text CLEANUP(buf_deinit) = {0};

    buf_addf(&text, "650 STATUS_CLIENT NOTICE %s\r\n", torevent_status_text(plain[i]));
    e = event(*state, buf_str(&text));
    assert_int_equal(e.kind, TOREVENT_STATUS_CLIENT);
    assert_int_equal(e.status, plain[i]);
  }
  e = event(*state, "650 STATUS_CLIENT NOTICE DANGEROUS_SOCKS PROTOCOL=SOCKS4\r\n");
  assert_int_equal(e.kind, TOREVENT_STATUS_CLIENT);
  assert_int_equal(e.status, TOREVENT_STATUS_OTHER);
  e = event(*state, "650 STATUS_CLIENT WARN BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"Connecting to "
                    "a relay\" WARNING=\"No route to host\" REASON=NOROUTE COUNT=1\r\n");
  assert_int_equal(e.status, TOREVENT_BOOTSTRAP);
  assert_int_equal(e.progress, 5);
  assert_slice(e.summary, "Connecting to a relay");
  assert_slice(e.warning, "No route to host");
}

/* The value of GETINFO status/bootstrap-phase. */
static void bootstrap_phase(void **state)
{
  struct torevent e;

  (void)state;
  assert_int_equal(torevent_status_parse(
                       slice_str("NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\""), &e),
                   0);
  assert_int_equal(e.status, TOREVENT_BOOTSTRAP);
  assert_int_equal(e.progress, 100);
  assert_int_equal(torevent_status_parse(slice_str(""), &e), ERR_SYNTAX);
}

static void others(void **state)
{
  struct torevent e;

  e = event(*state, "650 SIGNAL RELOAD\r\n");
  assert_int_equal(e.kind, TOREVENT_SIGNAL);
  assert_slice(e.signal, "RELOAD");
  e = event(*state, "650+NEWCONSENSUS\r\nr a\r\n.\r\n650 OK\r\n");
  assert_int_equal(e.kind, TOREVENT_NEWCONSENSUS);
  e = event(*state, "650 CIRC 1 BUILT $AA PURPOSE=GENERAL\r\n");
  assert_int_equal(e.kind, TOREVENT_OTHER);
  assert_slice(e.name, "CIRC");
  e = event(*state, "650 \r\n");
  assert_int_equal(e.kind, TOREVENT_OTHER);
  assert_int_equal(e.name.n, 0);
}

static void malformed(void **state)
{
  static const char *const texts[] = {
      "650 HS_DESC\r\n",
      "650 HS_DESC RECEIVED\r\n",
      "650 HS_DESC RECEIVED x NO_AUTH " HSDIR "\r\n",
      "650 HS_DESC RECEIVED " ADDRESS ".onion NO_AUTH " HSDIR "\r\n",
      "650 HS_DESC RECEIVED " ADDRESS " NO_AUTH\r\n",
      "650 HS_DESC RECEIVED " ADDRESS " NO_AUTH $0011\r\n",
      "650 HS_DESC RECEIVED " ADDRESS " NO_AUTH " HSDIR "44\r\n",
      "650 HS_DESC RECEIVED " ADDRESS " NO_AUTH UNKNOWNS\r\n",
      "650 HS_DESC FAILED " ADDRESS " NO_AUTH " HSDIR " " KEY " REASON=\"x\r\n",
      "650 HS_DESC_CONTENT " ADDRESS " " KEY " " HSDIR "\r\n",
      "650 STATUS_CLIENT\r\n",
      "650 STATUS_CLIENT NOTICE\r\n",
      "650 STATUS_CLIENT NOTICE BOOTSTRAP\r\n",
      "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=101\r\n",
      "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=-1\r\n",
      "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=5 SUMMARY=\"x\r\n",
      "650 SIGNAL\r\n",
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct torevent e;

    assert_true(torevent_parse(message(*state, texts[i]), &e) < 0);
    assert_int_equal(e.kind, TOREVENT_OTHER);
    assert_true(e.name.n > 0);
    assert_int_equal(e.address.n, 0);
  }
}

/* An event cut at every byte is malformed, or says less, and never more. */
static void truncated(void **state)
{
  const char *whole =
      "650 HS_DESC FAILED " ADDRESS " NO_AUTH " HSDIR "~relay " KEY " REASON=NOT_FOUND";
  const size_t n = strlen(whole);

  for (size_t cut = strlen("650 "); cut < n; cut++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct torevent e;

    buf_add(&text, whole, cut);
    buf_add_str(&text, "\r\n");
    if (torevent_parse(message(*state, buf_str(&text)), &e) == 0 && e.kind != TOREVENT_OTHER) {
      assert_slice(e.address, ADDRESS);
      assert_true(e.has_hsdir);
      assert_int_not_equal(e.reason, TOREVENT_NOT_FOUND);
    }
  }
}

/* As tor 0.4.9.11 wrote it. */
#define CIRC(change)                                                                               \
  "650 CIRC_MINOR 2 " change " $29B7C97C0B32A65BB9B94D1E74BF5CBA6D19607B~relay3," HSDIR            \
  "~relay5 BUILD_FLAGS=IS_INTERNAL,NEED_CAPACITY PURPOSE=HS_CLIENT_INTRO "                         \
  "HS_STATE=HSCI_INTRO_SENT REND_QUERY=" ADDRESS " TIME_CREATED=2026-11-22T21:52:03.098680 "       \
  "SOCKS_USERNAME=\"ob-abc-1\" SOCKS_PASSWORD=\"probe\" OLD_PURPOSE=HS_CLIENT_INTRO "              \
  "OLD_HS_STATE=HSCI_CONNECTING\r\n"

static void circ_minor(void **state)
{
  struct torevent e = event(*state, CIRC("PURPOSE_CHANGED"));

  assert_int_equal(e.kind, TOREVENT_CIRC_MINOR);
  assert_int_equal(e.hs_state, TOREVENT_INTRO_SENT);
  assert_string_equal(torevent_hs_state_text(e.hs_state), "HSCI_INTRO_SENT");
  assert_slice(e.address, ADDRESS);
  assert_slice(e.username, "ob-abc-1");
  assert_true(e.has_last_hop);
  assert_int_equal(e.last_hop[1], 0x11);
  assert_int_equal(e.last_hop[19], 0x33);
  e = event(*state, CIRC("CANNIBALIZED")); /* tells nothing new */
  assert_int_equal(e.hs_state, TOREVENT_HS_STATE_NONE);
  e = event(*state, "650 CIRC_MINOR 9 PURPOSE_CHANGED PURPOSE=X HS_STATE=NEW\r\n");
  assert_int_equal(e.hs_state, TOREVENT_HS_STATE_OTHER);
  assert_false(e.has_last_hop);
}

static void bad_circ_minor(void **state)
{
  static const char *const lines[] = {
      "650 CIRC_MINOR\r\n",
      "650 CIRC_MINOR 2 PURPOSE_CHANGED $00112233~x PURPOSE=X\r\n",
      "650 CIRC_MINOR 2 PURPOSE_CHANGED " HSDIR "x PURPOSE=X\r\n",
      "650 CIRC_MINOR 2 PURPOSE_CHANGED " HSDIR "~x,$GG PURPOSE=X\r\n",
      "650 CIRC_MINOR 2 PURPOSE_CHANGED REND_QUERY=short\r\n",
      "650 CIRC_MINOR 2 PURPOSE_CHANGED SOCKS_USERNAME=\"x\r\n",
  };
  struct torevent e;

  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    assert_true(torevent_parse(message(*state, lines[i]), &e) < 0);
    assert_int_equal(e.kind, TOREVENT_OTHER);
    assert_int_equal(e.username.n, 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(circ_minor, setup, teardown),
      cmocka_unit_test_setup_teardown(bad_circ_minor, setup, teardown),
      cmocka_unit_test_setup_teardown(hs_desc, setup, teardown),
      cmocka_unit_test_setup_teardown(hs_desc_of_uploads, setup, teardown),
      cmocka_unit_test_setup_teardown(reasons, setup, teardown),
      cmocka_unit_test_setup_teardown(content, setup, teardown),
      cmocka_unit_test_setup_teardown(status_client, setup, teardown),
      cmocka_unit_test(bootstrap_phase),
      cmocka_unit_test_setup_teardown(others, setup, teardown),
      cmocka_unit_test_setup_teardown(malformed, setup, teardown),
      cmocka_unit_test_setup_teardown(truncated, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
