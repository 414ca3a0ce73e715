#include "signer/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static int note(struct ledger *l, uint8_t frontend, uint64_t number, unsigned key)
{
  struct ledger_entry e = {
      .identity = {frontend}, .period = {number, 1440}, .key = {(uint8_t)key, (uint8_t)(key >> 8)}};

  return ledger_note(l, &e, 0, FIXTURE_NOW);
}

/* Renewing costs nothing. */
static void keys_are_counted_for_each_period(void **state)
{
  struct ledger *l = ledger_new();

  (void)state;
  for (unsigned i = 0; i < LEDGER_KEYS; i++) {
    assert_int_equal(note(l, 1, 20779, i), 0);
    assert_int_equal(note(l, 1, 20780, i), 0);
    assert_int_equal(note(l, 1, 20779, i), 0);
  }
  assert_int_equal(note(l, 1, 20779, LEDGER_KEYS), ERR_REFUSED);
  assert_int_equal(note(l, 1, 20779, 0), 0);
  assert_int_equal(note(l, 1, 20781, LEDGER_KEYS), 0);
  assert_int_equal(note(l, 2, 20779, LEDGER_KEYS), 0); /* another frontend */
  ledger_free(l);
}

/* A publisher that was started in a loop is not locked out for the whole day. A
 * clock that goes back gives nothing. */
static void one_more_each_half_hour(void **state)
{
  struct ledger *l = ledger_new();
  struct ledger_entry e = {.identity = {1}, .period = FIXTURE_PERIOD};
  unsigned key = 0;

  (void)state;
  for (; key < LEDGER_KEYS; key++) {
    e.key[0] = (uint8_t)key;
    assert_int_equal(ledger_note(l, &e, 0, FIXTURE_NOW), 0);
  }
  for (unsigned half = 1; half <= 3; half++, key++) {
    struct wall then = wall_plus(FIXTURE_NOW, (int64_t)half * LEDGER_REGAINED_S);

    e.key[0] = (uint8_t)key;
    assert_int_equal(ledger_note(l, &e, 0, wall_plus(then, -1)), ERR_REFUSED);
    assert_int_equal(ledger_note(l, &e, 0, then), 0);
    e.key[0] = (uint8_t)(key + 1);
    assert_int_equal(ledger_note(l, &e, 0, then), ERR_REFUSED);
    assert_int_equal(ledger_note(l, &e, 0, wall_plus(FIXTURE_NOW, -86400)), ERR_REFUSED);
  }
  ledger_free(l);
}

static void what_is_approved_of_comes_on_top(void **state)
{
  struct ledger *l = ledger_new();
  struct ledger_entry e = {.identity = {1}, .period = {20999, 1440}};

  (void)state;
  assert_int_equal(ledger_note(l, &e, 0, FIXTURE_NOW), ERR_REFUSED); /* far from now */
  for (uint8_t i = 0; i < 2; i++) {
    e.key[0] = i;
    assert_int_equal(ledger_note(l, &e, 2, FIXTURE_NOW), 0);
  }
  e.key[0] = 2;
  assert_int_equal(ledger_note(l, &e, 2, wall_plus(FIXTURE_NOW, 86400)), ERR_REFUSED);
  e.period.number = 20779;
  for (unsigned i = 0; i < LEDGER_KEYS + 2; i++) {
    e.key[0] = (uint8_t)i;
    assert_int_equal(ledger_note(l, &e, 2, FIXTURE_NOW), 0);
  }
  e.key[0] = LEDGER_KEYS + 2;
  assert_int_equal(ledger_note(l, &e, 2, FIXTURE_NOW), ERR_REFUSED);
  assert_int_equal(ledger_note(l, &e, 3, FIXTURE_NOW), 0);
  ledger_free(l);
}

/* Odd lengths make more periods of the same time: they are counted, too. Those
 * that are over make room; those that were approved of stay, and need none. */
static void periods_are_bounded(void **state)
{
  struct ledger *l = ledger_new();
  struct ledger_entry e = {.identity = {1}, .period = {30000, 1440}};

  (void)state;
  assert_int_equal(ledger_note(l, &e, 1, FIXTURE_NOW), 0);
  for (uint64_t i = 1; i < LEDGER_PERIODS; i++) {
    e.period = (struct wire_period){(uint64_t)FIXTURE_NOW.s / 60 / (60 + i), 60 + i};
    assert_int_equal(ledger_note(l, &e, 0, FIXTURE_NOW), 0);
  }
  assert_int_equal(note(l, 1, 20779, 0), ERR_REFUSED);
  assert_int_equal(ledger_note(l, &e, 0, FIXTURE_NOW), 0); /* known */
  assert_int_equal(note(l, 2, 20779, 0), 0);
  e.period = (struct wire_period){20779, 1440};
  assert_int_equal(ledger_note(l, &e, 1, FIXTURE_NOW), 0);
  e.period = (struct wire_period){20789, 1440};
  assert_int_equal(ledger_note(l, &e, 0, wall_plus(FIXTURE_NOW, 10 * 86400)), 0);
  e = (struct ledger_entry){.identity = {1}, .period = {30000, 1440}, .key = {1}};
  assert_int_equal(ledger_note(l, &e, 1, FIXTURE_NOW), ERR_REFUSED); /* it has had its one */
  ledger_free(l);
}

/* The second half begins with the same bytes: they find their places all the same. */
static void many_frontends_in_any_order(void **state)
{
  struct ledger *l = ledger_new();
  struct ledger_entry e = {.period = FIXTURE_PERIOD};

  (void)state;
  for (unsigned round = 0; round <= LEDGER_KEYS; round += LEDGER_KEYS / 2) {
    for (unsigned i = 0; i < 400; i++) {
      unsigned frontend = round == 0 ? i : 399 - i;

      e.identity[0] = (uint8_t)(frontend < 200 ? frontend : 7);
      e.identity[31] = (uint8_t)(frontend < 200 ? 0 : frontend - 199);
      for (unsigned k = 0; k < LEDGER_KEYS / 2; k++) {
        e.key[0] = (uint8_t)(round + k);
        assert_int_equal(ledger_note(l, &e, 0, FIXTURE_NOW), round < LEDGER_KEYS ? 0 : ERR_REFUSED);
      }
    }
  }
  ledger_free(l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_counted_for_each_period), cmocka_unit_test(one_more_each_half_hour),
      cmocka_unit_test(what_is_approved_of_comes_on_top), cmocka_unit_test(periods_are_bounded),
      cmocka_unit_test(many_frontends_in_any_order),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
