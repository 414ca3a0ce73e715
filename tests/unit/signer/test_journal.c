#include "signer/journal.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define HEAD                                                                                       \
  "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "     \
  "20779/1440"
#define CERTIFICATE                                                                                \
  HEAD " key 0A00000000000000000000000000000000000000000000000000000000000000 until "              \
       "2026-11-24 22:00:00 by process 5 of user 6"
#define APPROVAL HEAD " keys 3"

static int setup(void **state)
{
  *state = suite_new();
  return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  suite_free(*state);
  return 0;
}

static void entry(struct journal_entry *e)
{
  *e = (struct journal_entry){.what = {.period = FIXTURE_PERIOD, .key = {10}},
                              .expiration_hours = FIXTURE_EXPIRES,
                              .peer = "process 5 of user 6"};
  assert_int_equal(hex_parse(slice_str(FIXTURE_TOR_PUBLIC), e->what.identity, 32), 0);
}

static void what_is_built_is_read_again(void **state)
{
  CLEANUP(buf_deinit) struct buf line = {0};
  struct journal_entry e;
  struct journal_approval a = {.period = FIXTURE_PERIOD, .keys = 3}, b;
  struct ledger_entry again;
  struct wall when;

  entry(&e);
  journal_entry_build(*state, &e, FIXTURE_NOW, &line);
  assert_string_equal(buf_str(&line), CERTIFICATE "\n");
  assert_true(line.n <= LIMIT_SIGNER_LINE_BYTES);
  assert_int_equal(journal_entry_parse(*state, slice_str(CERTIFICATE), &again, &when), 0);
  assert_memory_equal(again.identity, e.what.identity, 32);
  assert_memory_equal(again.key, e.what.key, 32);
  assert_int_equal(again.period.number, 20779);
  assert_int_equal(again.period.minutes, 1440);
  assert_int_equal(when.s, FIXTURE_NOW.s);

  buf_clear(&line);
  memcpy(a.identity, e.what.identity, 32);
  journal_approval_build(*state, &a, FIXTURE_NOW, &line);
  assert_string_equal(buf_str(&line), APPROVAL "\n");
  assert_int_equal(journal_approval_parse(*state, slice_str(APPROVAL), &b), 0);
  assert_memory_equal(b.identity, a.identity, 32);
  assert_int_equal(b.period.number, 20779);
  assert_int_equal(b.keys, 3);
}

/* Who asks may be cut off: that is not read. All else must be there. */
static void cut_lines_are_refused(void **state)
{
  struct ledger_entry e;
  struct journal_approval a;
  struct wall when;

  for (size_t n = 0; n < sizeof CERTIFICATE - sizeof "process 5 of user 6"; n++) {
    assert_true(journal_entry_parse(*state, slice_of(CERTIFICATE, n), &e, &when) < 0);
  }
  for (size_t n = 0; n < sizeof APPROVAL - 1; n++) {
    assert_true(journal_approval_parse(*state, slice_of(APPROVAL, n), &a) < 0);
  }
}

static void other_lines_are_refused(void **state)
{
  static const char *const lines[] = {
      "",
      "\n",
      APPROVAL " ",
      APPROVAL "\n",
      HEAD " keys 1001",
      HEAD " keys -1",
      HEAD " keys 18446744073709551616",
      "2026-13-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
      "20779/1440 keys 3",
      "2026-11-22 15:44:40  cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
      "20779/1440 keys 3",
      "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onionx period "
      "20779/1440 keys 3",
      "2026-11-22 15:44:40 aDWFVIPERV6UTN6LMXGJR67E5EOT7PF6AIKLUCFW6QSQMXCEBGL22IAD.onion period "
      "20779/1440 keys 3",
      "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
      "18446744073709551616/1440 keys 3",
      "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
      "20779/ keys 3",
      "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
      "20779 keys 3",
  };
  struct ledger_entry e;
  struct journal_approval a;
  struct wall when;

  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    assert_true(journal_approval_parse(*state, slice_str(lines[i]), &a) < 0);
    assert_true(journal_entry_parse(*state, slice_str(lines[i]), &e, &when) < 0);
  }
  assert_true(journal_approval_parse(*state, slice_str(CERTIFICATE), &a) < 0);
  assert_true(journal_entry_parse(*state, slice_str(APPROVAL), &e, &when) < 0);
}

static void periods_are_read(void **state)
{
  struct wire_period p;

  (void)state;
  assert_int_equal(journal_period_parse(slice_str("20779/1440"), &p), 0);
  assert_int_equal(p.number, 20779);
  assert_int_equal(p.minutes, 1440);
  assert_int_equal(journal_period_parse(slice_str("20779/1440 "), &p), ERR_SYNTAX);
  assert_int_equal(journal_period_parse(slice_str("20779"), &p), ERR_SYNTAX);
  assert_int_equal(journal_period_parse(slice_str("/1440"), &p), ERR_SYNTAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_built_is_read_again),
      cmocka_unit_test(cut_lines_are_refused),
      cmocka_unit_test(other_lines_are_refused),
      cmocka_unit_test(periods_are_read),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
