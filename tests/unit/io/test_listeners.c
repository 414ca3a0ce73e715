#include "io/listeners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* The places of an answer in this form, each with a blank behind it. */
static void assert_places(const char *line, const char *expected)
{
  struct reply_line lines[] = {{.code = 250, .text = slice_str(line)},
                               {.code = 250, .text = slice_str("OK")}};
  struct reply reply = {.code = 250, .lines = lines, .n_lines = 2};
  CLEANUP(buf_deinit) struct buf found = {0};
  struct listeners l;
  struct endpoint e;

  assert_int_equal(listeners_init(&l, &reply), 0);
  while (listeners_next(&l, &e)) {
    endpoint_build(&e, &found);
    buf_add_str(&found, " ");
  }
  assert_string_equal(buf_str(&found), expected);
}

static void places(void **state)
{
  (void)state;
  assert_places("net/listeners/socks=\"127.0.0.1:9050\"", "127.0.0.1:9050 ");
  assert_places("net/listeners/socks=\"unix:/a b\" \"[::1]:1\"", "unix:/a b [::1]:1 ");
}

static void all_addresses_are_the_loopback_one(void **state)
{
  (void)state;
  assert_places("net/listeners/socks=\"0.0.0.0:9050\" \"[::]:9051\"", "127.0.0.1:9050 [::1]:9051 ");
}

static void what_cannot_be_read_is_skipped(void **state)
{
  (void)state;
  assert_places("net/listeners/socks=", "");
  assert_places("net/listeners/socks=\"\" \"x\" \"1.2.3.4:0\" \"1.2.3.4:5\"", "1.2.3.4:5 ");
  assert_places("net/listeners/socks=\"127.0.0.1:9050", "");
}

static void another_answer(void **state)
{
  struct reply_line line = {.code = 250, .text = slice_str("net/listeners/dns=\"127.0.0.1:53\"")};
  struct reply reply = {.code = 250, .lines = &line, .n_lines = 1};
  struct listeners l;

  (void)state;
  assert_int_equal(listeners_init(&l, &reply), ERR_MISSING);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places),
      cmocka_unit_test(all_addresses_are_the_loopback_one),
      cmocka_unit_test(what_cannot_be_read_is_skipped),
      cmocka_unit_test(another_answer),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
