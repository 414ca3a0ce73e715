#include "netdoc/linkspec.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define IPV4 "\x00\x06\x01\x02\x03\x04\x23\x29"
#define IPV6 "\x01\x12\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x23\x29"
#define LEGACY                                                                                     \
  "\x02\x14"                                                                                       \
  "ABCDEFGHIJKLMNOPQRST"
#define ED25519                                                                                    \
  "\x03\x20"                                                                                       \
  "abcdefghijklmnopqrstuvwxyz012345"
#define UNKNOWN                                                                                    \
  "\x2a\x03"                                                                                       \
  "xyz"

/* A list from a string literal: NULs inside are part of it. */
#define LIST(text) slice_of(text, sizeof(text) - 1)

static int error_of(struct slice list)
{
  struct linkspec_summary s;

  return linkspec_check(list, &s);
}

static void reads_what_tor_writes(void **state)
{
  struct linkspec_summary s;

  (void)state;
  assert_int_equal(linkspec_check(LIST("\x03" IPV4 LEGACY ED25519), &s), 0);
  assert_int_equal(s.n, 3);
  assert_true(s.has_ipv4 && s.has_legacy_id && s.has_ed25519_id);
  assert_memory_equal(s.legacy_id, "ABCDEFGHIJKLMNOPQRST", 20);
  assert_memory_equal(s.ed25519_id, "abcdefghijklmnopqrstuvwxyz012345", 32);
}

static void takes_strange_ones_along(void **state)
{
  struct linkspec_summary s;

  (void)state;
  assert_int_equal(linkspec_check(LIST("\x06" UNKNOWN LEGACY UNKNOWN IPV6 IPV4 "\xff\x00"), &s), 0);
  assert_int_equal(s.n, 6);
  assert_false(s.has_ed25519_id);
}

static void refuses_every_cut(void **state)
{
  static const char list[] = "\x03" IPV4 LEGACY ED25519;

  (void)state;
  for (size_t n = 0; n < sizeof list - 1; n++) {
    uint8_t *copy = malloc(n + 1);

    assert_non_null(copy);
    memcpy(copy + 1, list, n);
    assert_int_equal(error_of(slice_of(copy + 1, n)), ERR_TRUNCATED);
    free(copy);
  }
  assert_int_equal(error_of(slice_of(list, sizeof list)), ERR_SYNTAX);
}

static void refuses_what_no_client_can_use(void **state)
{
  (void)state;
  assert_int_equal(error_of(LIST("\x00")), ERR_MISSING);
  assert_int_equal(error_of(LIST("\x02" LEGACY ED25519)), ERR_MISSING);
  assert_int_equal(error_of(LIST("\x02" IPV4 ED25519)), ERR_MISSING);
  assert_int_equal(error_of(LIST("\x02" IPV6 LEGACY)), ERR_MISSING);
  assert_int_equal(error_of(LIST("\x02\x00\x06\x00\x00\x00\x00\x23\x29" LEGACY)), ERR_RANGE);
  assert_int_equal(error_of(LIST("\x02\x00\x06\x01\x02\x03\x04\x00\x00" LEGACY)), ERR_RANGE);
  assert_int_equal(
      error_of(LIST("\x03" IPV4 LEGACY "\x01\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x23\x29")),
      ERR_RANGE);
  assert_int_equal(error_of(LIST("\x02" IPV4 "\x02\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
                   ERR_KEY);
}

static void known_types_have_their_size(void **state)
{
  (void)state;
  assert_int_equal(error_of(LIST("\x03" IPV4 LEGACY "\x00\x05\x01\x02\x03\x04\x05")), ERR_SYNTAX);
  assert_int_equal(error_of(LIST("\x03" IPV4 LEGACY "\x01\x06\x01\x02\x03\x04\x05\x06")),
                   ERR_SYNTAX);
  assert_int_equal(error_of(LIST("\x03" IPV4 LEGACY "\x03\x00")), ERR_SYNTAX);
  assert_int_equal(error_of(LIST("\x02" IPV4 "\x02\x15"
                                 "ABCDEFGHIJKLMNOPQRSTU")),
                   ERR_SYNTAX);
}

static void known_types_stand_once(void **state)
{
  (void)state;
  assert_int_equal(error_of(LIST("\x03" IPV4 LEGACY IPV4)), ERR_DUPLICATE);
  assert_int_equal(error_of(LIST("\x03" IPV4 LEGACY LEGACY)), ERR_DUPLICATE);
  assert_int_equal(error_of(LIST("\x04" IPV4 LEGACY IPV6 IPV6)), ERR_DUPLICATE);
  assert_int_equal(error_of(LIST("\x04" IPV4 LEGACY ED25519 ED25519)), ERR_DUPLICATE);
}

static void holds_its_limit(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_u8(&b, LIMIT_LINK_SPECIFIERS);
  buf_add(&b, IPV4 LEGACY, sizeof IPV4 LEGACY - 1);
  for (size_t i = 2; i < LIMIT_LINK_SPECIFIERS; i++) {
    buf_add(&b, UNKNOWN, sizeof UNKNOWN - 1);
  }
  assert_int_equal(error_of(buf_slice(&b)), 0);
  buf_add(&b, UNKNOWN, sizeof UNKNOWN - 1);
  b.p[0]++;
  assert_int_equal(error_of(buf_slice(&b)), ERR_TOO_LONG);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_tor_writes),
      cmocka_unit_test(takes_strange_ones_along),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(refuses_what_no_client_can_use),
      cmocka_unit_test(known_types_have_their_size),
      cmocka_unit_test(known_types_stand_once),
      cmocka_unit_test(holds_its_limit),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
