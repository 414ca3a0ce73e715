#include "conf/keysource.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_sockets(void **state)
{
  CLEANUP(keysource_deinit) struct keysource k = {0};

  (void)state;
  assert_int_equal(keysource_parse(slice_str("unix:/run/a b"), &k), 0);
  assert_int_equal(k.kind, KEYSOURCE_UNIX);
  assert_string_equal(k.endpoint.path, "/run/a b");
  assert_string_equal(k.text, "unix:/run/a b");
  assert_null(k.argv);
}

static void reads_places_of_bundles(void **state)
{
  CLEANUP(keysource_deinit) struct keysource k = {0};

  (void)state;
  assert_int_equal(keysource_parse(slice_str("bundle:/srv/my bundles"), &k), 0);
  assert_int_equal(k.kind, KEYSOURCE_BUNDLE);
  assert_string_equal(k.bundle, "/srv/my bundles");
  assert_string_equal(k.text, "bundle:/srv/my bundles");
}

static void reads_commands(void **state)
{
  static const struct {
    const char *text;
    const char *words[5];
  } good[] = {
      {"exec:a", {"a"}},
      {"exec:  ssh vault  signer ", {"ssh", "vault", "signer"}},
      {"exec:sh -c 'a b; c' x", {"sh", "-c", "a b; c", "x"}},
      {"exec:a \"it's\" b\"c d\"e ''", {"a", "it's", "bc de", ""}},
      {"exec:a \xc3\xa4\\", {"a", "\xc3\xa4\\"}},
  };

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    CLEANUP(keysource_deinit) struct keysource k = {0};
    size_t n = 0;

    assert_int_equal(keysource_parse(slice_str(good[i].text), &k), 0);
    assert_int_equal(k.kind, KEYSOURCE_EXEC);
    for (; good[i].words[n] != NULL; n++) {
      assert_string_equal(k.argv[n], good[i].words[n]);
    }
    assert_null(k.argv[n]);
  }
}

static void refuses_what_leads_nowhere(void **state)
{
  static const char *const bad[] = {"",         "unix",       "unix:",       "exec:",  "exec:   ",
                                    "exec:'a",  "exec:a \"b", "/run/signer", "Exec:a", "exec:'' a",
                                    " unix:/a", "bundle:",    "bundles:/a"};
  struct keysource k;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(keysource_parse(slice_str(bad[i]), &k), ERR_SYNTAX);
    assert_int_equal(k.kind, KEYSOURCE_NONE);
    assert_null(k.text);
  }
  assert_int_equal(keysource_parse(slice_of("exec:a\0b", 8), &k), ERR_SYNTAX);
  assert_int_equal(keysource_parse(slice_of("unix:a\0b", 8), &k), ERR_SYNTAX);
}

static void is_bounded(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct keysource k;

  (void)state;
  buf_add_str(&text, "unix:");
  buf_add_fill(&text, 'x', ENDPOINT_PATH_SIZE - 1);
  assert_int_equal(keysource_parse(buf_slice(&text), &k), 0);
  keysource_deinit(&k);
  buf_add_u8(&text, 'x');
  assert_int_equal(keysource_parse(buf_slice(&text), &k), ERR_TOO_LONG);
  buf_clear(&text);
  buf_add_str(&text, "exec:");
  for (size_t i = 0; i < LIMIT_COMMAND_WORDS; i++) {
    buf_add_str(&text, "w ");
  }
  assert_int_equal(keysource_parse(buf_slice(&text), &k), 0);
  keysource_deinit(&k);
  buf_add_str(&text, "w");
  assert_int_equal(keysource_parse(buf_slice(&text), &k), ERR_TOO_LONG);
  buf_clear(&text);
  buf_add_str(&text, "exec:");
  buf_add_fill(&text, 'w', LIMIT_COMMAND_BYTES - text.n);
  assert_int_equal(keysource_parse(buf_slice(&text), &k), 0);
  keysource_deinit(&k);
  buf_add_u8(&text, 'w');
  assert_int_equal(keysource_parse(buf_slice(&text), &k), ERR_TOO_LONG);
}

static void equal_texts_lead_to_one_signer(void **state)
{
  struct keysource none = {0};
  CLEANUP(keysource_deinit) struct keysource a = {0};
  CLEANUP(keysource_deinit) struct keysource b = {0};
  CLEANUP(keysource_deinit) struct keysource c = {0};

  (void)state;
  assert_int_equal(keysource_parse(slice_str("unix:/a"), &a), 0);
  assert_int_equal(keysource_parse(slice_str("unix:/a"), &b), 0);
  assert_int_equal(keysource_parse(slice_str("unix:/b"), &c), 0);
  assert_true(keysource_equal(&a, &b));
  assert_false(keysource_equal(&a, &c));
  assert_false(keysource_equal(&a, &none));
  assert_true(keysource_equal(&none, &none));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_sockets),  cmocka_unit_test(reads_places_of_bundles),
      cmocka_unit_test(reads_commands), cmocka_unit_test(refuses_what_leads_nowhere),
      cmocka_unit_test(is_bounded),     cmocka_unit_test(equal_texts_lead_to_one_signer),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
