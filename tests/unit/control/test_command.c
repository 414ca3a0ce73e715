#include "control/command.h"

#include "base/limits.h"
#include "message.h"

/* The address of the Tor Project's onion service. */
#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"

#define HEX_A "0000000000000000000000000000000000000000"
#define HEX_B "0101010101010101010101010101010101010101"

static const uint8_t servers[2][COMMAND_FINGERPRINT_SIZE] = {
    {0}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};

static void plain_commands(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  command_protocolinfo(&out);
  command_getinfo("md/all version", &out);
  command_getconf("TestingTorNetwork", &out);
  command_setevents("HS_DESC SIGNAL", &out);
  command_setevents("", &out);
  command_signal("ACTIVE", &out);
  assert_string_equal(buf_str(&out), "PROTOCOLINFO 1\r\nGETINFO md/all version\r\n"
                                     "GETCONF TestingTorNetwork\r\nSETEVENTS HS_DESC SIGNAL\r\n"
                                     "SETEVENTS\r\nSIGNAL ACTIVE\r\n");
}

static void authentication(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};
  uint8_t nonce[COMMAND_NONCE_SIZE] = {0xab, 0x01};

  (void)state;
  command_authenticate(slice_of(NULL, 0), &out);
  command_authenticate(slice_str("\x01\xff"), &out);
  assert_int_equal(command_authenticate_password(slice_str("a\"b"), &out), 0);
  command_authchallenge(nonce, &out);
  assert_string_equal(buf_str(&out),
                      "AUTHENTICATE\r\nAUTHENTICATE 01FF\r\nAUTHENTICATE \"a\\\"b\"\r\n"
                      "AUTHCHALLENGE SAFECOOKIE AB01"
                      "000000000000000000000000000000000000000000000000000000000000\r\n");
  buf_clear(&out);
  assert_int_equal(command_authenticate_password(slice_str("a\nb"), &out), ERR_ENCODING);
  assert_int_equal(out.n, 0);
}

static void hsfetch(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(command_hsfetch(slice_str(ADDRESS), servers, 2, &out), 0);
  assert_string_equal(buf_str(&out), "HSFETCH " ADDRESS " SERVER=" HEX_A " SERVER=" HEX_B "\r\n");
  buf_clear(&out);
  assert_int_equal(command_hsfetch(slice_str(ADDRESS), NULL, 0, &out), 0);
  assert_string_equal(buf_str(&out), "HSFETCH " ADDRESS "\r\n");
}

static void bad_addresses(void **state)
{
  static const char *const addresses[] = {
      "",
      ADDRESS ".onion",
      ADDRESS "a",
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wi",
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wi1",
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53w\r\n",
  };
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
    struct command_post post = {.address = slice_str(addresses[i]),
                                .servers = servers,
                                .n_servers = 1,
                                .body = slice_str("a\n")};

    assert_int_equal(command_hsfetch(post.address, servers, 1, &out), ERR_ENCODING);
    assert_int_equal(command_hspost(&post, &out), ERR_ENCODING);
    assert_int_equal(out.n, 0);
  }
}

static void post_body(const char *body, const char *expected)
{
  struct command_post post = {
      .address = slice_str(ADDRESS), .servers = servers, .n_servers = 1, .body = slice_str(body)};
  struct buf out CLEANUP(buf_deinit) = {0};
  struct buf whole CLEANUP(buf_deinit) = {0};

  buf_addf(&whole, "+HSPOST SERVER=%s HSADDRESS=%s\r\n%s.\r\n", HEX_A, ADDRESS, expected);
  assert_int_equal(command_hspost(&post, &out), 0);
  assert_string_equal(buf_str(&out), buf_str(&whole));
}

static void hspost(void **state)
{
  (void)state;
  post_body("hs-descriptor 3\nb\n", "hs-descriptor 3\r\nb\r\n");
  post_body("a\nno newline", "a\r\nno newline\r\n");
  post_body(".\n..x\n a.\n\n", "..\r\n...x\r\n a.\r\n\r\n");
  post_body("", "");
}

static void hspost_without_server(void **state)
{
  struct command_post post = {.address = slice_str(ADDRESS), .body = slice_str("a\n")};
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(command_hspost(&post, &out), ERR_MISSING);
  assert_int_equal(out.n, 0);
}

/* The whole command counts, as tor counts it. */
static void hspost_limit(void **state)
{
  const size_t around = strlen("+HSPOST SERVER=" HEX_A " HSADDRESS=" ADDRESS "\r\n\r\n.\r\n");
  struct buf body CLEANUP(buf_deinit) = {0};
  struct buf out CLEANUP(buf_deinit) = {0};
  struct command_post post = {.address = slice_str(ADDRESS), .servers = servers, .n_servers = 1};

  (void)state;
  buf_add_fill(&body, 'a', LIMIT_CONTROL_COMMAND_BYTES - around);
  post.body = buf_slice(&body);
  buf_add_str(&out, "before");
  assert_int_equal(command_hspost(&post, &out), 0);
  assert_int_equal(out.n, LIMIT_CONTROL_COMMAND_BYTES + strlen("before"));
  buf_clear(&out);
  buf_add_u8(&body, 'a');
  post.body = buf_slice(&body);
  assert_int_equal(command_hspost(&post, &out), ERR_TOO_LONG);
  buf_add_fill(&body, 'a', LIMIT_CONTROL_COMMAND_BYTES);
  post.body = buf_slice(&body);
  assert_int_equal(command_hspost(&post, &out), ERR_TOO_LONG);
  assert_int_equal(out.n, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_commands), cmocka_unit_test(authentication),
      cmocka_unit_test(hsfetch),        cmocka_unit_test(bad_addresses),
      cmocka_unit_test(hspost),         cmocka_unit_test(hspost_without_server),
      cmocka_unit_test(hspost_limit),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
