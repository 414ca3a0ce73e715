#include "balance/lease.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define LINE  ZEROS " 20000 1440 77\n"

static const struct period day = {20000, 1440};

static struct address address_of(unsigned n)
{
  struct address a = {.public_key = {(uint8_t)(n >> 8), (uint8_t)n}};

  return a;
}

static void unknown_keys_have_none(void **state)
{
  struct lease_book b = {0};
  struct address a = address_of(1);

  (void)state;
  assert_int_equal(lease_get(&b, &a, day), 0);
}

static void ceilings_only_rise(void **state)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct address a = address_of(1);

  (void)state;
  lease_raise(&b, &a, day, 100);
  lease_raise(&b, &a, day, 99);
  assert_int_equal(lease_get(&b, &a, day), 100);
  lease_raise(&b, &a, day, 101);
  assert_int_equal(lease_get(&b, &a, day), 101);
  assert_int_equal(b.n, 1);
}

/* In an order that is not that of the book. */
static void every_key_has_its_own(void **state)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct period next = {20001, 1440}, short_one = {20000, 8};

  (void)state;
  for (unsigned i = 0; i < 1000; i++) {
    struct address a = address_of(i * 617 % 1000);

    lease_raise(&b, &a, day, i + 1);
    lease_raise(&b, &a, short_one, i + 3);
    lease_raise(&b, &a, next, i + 2);
  }
  for (unsigned i = 0; i < 1000; i++) {
    struct address a = address_of(i * 617 % 1000);

    assert_int_equal(lease_get(&b, &a, day), i + 1);
    assert_int_equal(lease_get(&b, &a, next), i + 2);
    assert_int_equal(lease_get(&b, &a, short_one), i + 3);
  }
}

static void what_is_over_is_dropped(void **state)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct address a = address_of(1);

  (void)state;
  for (uint64_t number = 20000; number < 20008; number++) {
    lease_raise(&b, &a, (struct period){number, 1440}, 5);
  }
  lease_raise(&b, &a, (struct period){3600000, 8}, 5); /* as 20000 of a day each */
  lease_prune(&b, (struct period){20004, 1440});
  for (uint64_t number = 20000; number < 20008; number++) {
    assert_int_equal(lease_get(&b, &a, (struct period){number, 1440}), number < 20002 ? 0 : 5);
  }
  assert_int_equal(b.n, 6);
}

static void comes_back_as_it_was(void **state)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct lease_book again CLEANUP(lease_book_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  for (unsigned i = 0; i < 50; i++) {
    struct address a = address_of(i);

    lease_raise(&b, &a, (struct period){LIMIT_PERIOD_NUMBER, LIMIT_PERIOD_MINUTES - i},
                LIMIT_COUNTER - i);
  }
  lease_build(&b, &text);
  assert_int_equal(lease_parse(buf_slice(&text), &again), 0);
  assert_int_equal(again.n, 50);
  assert_memory_equal(again.items, b.items, 50 * sizeof *b.items);
}

static void is_joined_to_what_is_there(void **state)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct address a = address_of(0);

  (void)state;
  lease_raise(&b, &a, day, 80);
  assert_int_equal(lease_parse(slice_str(LINE), &b), 0);
  assert_int_equal(lease_get(&b, &a, day), 80);
  assert_int_equal(lease_parse(slice_str(ZEROS " 20000 1440 81\n"), &b), 0);
  assert_int_equal(lease_get(&b, &a, day), 81);
}

/* All or nothing. */
static void bad_lines_change_nothing(void **state)
{
  static const struct {
    const char *text;
    int err;
  } cases[] = {
      {LINE "\n", ERR_SYNTAX},
      {LINE "zz 1 1 1\n", ERR_ENCODING},
      {"0" LINE, ERR_ENCODING},
      {ZEROS "  1440 77\n", ERR_SYNTAX},
      {ZEROS " -1 1440 77\n", ERR_SYNTAX},
      {ZEROS " 20000 1440 77 1\n", ERR_SYNTAX},
      {ZEROS " 1000000001 1440 77\n", ERR_RANGE},
      {ZEROS " 20000 14401 77\n", ERR_RANGE},
      {ZEROS " 20000 1440 16777217\n", ERR_RANGE},
      {ZEROS " 20000 1440 99999999999999999999999\n", ERR_RANGE},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct lease_book b = {0};

    assert_int_equal(lease_parse(slice_str(cases[i].text), &b), cases[i].err);
    assert_int_equal(b.n, 0);
  }
}

static void truncated_at_every_byte(void **state)
{
  (void)state;
  for (size_t n = 1; n < strlen(LINE); n++) {
    struct lease_book b = {0};

    assert_true(lease_parse(slice_of(LINE, n), &b) < 0);
    assert_int_equal(b.n, 0);
  }
}

static void one_line_too_many(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  for (unsigned i = 0; i < LIMIT_LEASES; i++) {
    buf_addf(&text, "%064X 20000 1440 77\n", i);
  }
  for (unsigned more = 0; more < 2; more++) {
    struct lease_book b CLEANUP(lease_book_deinit) = {0};

    if (more > 0) {
      buf_addf(&text, "%064X 20000 1440 77\n", LIMIT_LEASES);
    }
    assert_int_equal(lease_parse(buf_slice(&text), &b), more ? ERR_TOO_LONG : 0);
    assert_int_equal(b.n, more ? 0 : LIMIT_LEASES);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unknown_keys_have_none),   cmocka_unit_test(ceilings_only_rise),
      cmocka_unit_test(every_key_has_its_own),    cmocka_unit_test(what_is_over_is_dropped),
      cmocka_unit_test(comes_back_as_it_was),     cmocka_unit_test(is_joined_to_what_is_there),
      cmocka_unit_test(bad_lines_change_nothing), cmocka_unit_test(truncated_at_every_byte),
      cmocka_unit_test(one_line_too_many),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
