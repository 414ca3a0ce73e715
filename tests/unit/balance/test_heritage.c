#include "balance/heritage.h"

#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* What was: two descriptors with a point of one instance each. */
struct past {
  struct plan plans[2];
  struct spread_slot slots[2];
  struct spread spread;
};

static struct past past;
static struct seating rows[8];
static bool lost[8];

static void inherit(void)
{
  struct spread_input in = crowd_input(&past.spread, false);

  for (size_t i = 0; i < 8; i++) {
    rows[i] = (struct seating){.sources = crowd.sources};
  }
  heritage_seat(&in, rows, lost);
}

static int setup(void **state)
{
  (void)state;
  crowd_seed(1);
  crowd_make(3, 2, 0);
  crowd.n_slots = 2;
  past = (struct past){.slots = {crowd.slots[0], crowd.slots[1]}};
  for (size_t i = 0; i < 2; i++) {
    past.plans[i] = (struct plan){.intros = {crowd.intros[i][1]}, .n = 1};
  }
  past.spread = (struct spread){.plans = past.plans, .slots = past.slots, .n = 2};
  return 0;
}

static void slots_keep_what_they_had(void **state)
{
  (void)state;
  crowd_slot(0, 2, 1); /* in another order */
  crowd_slot(1, 1, 1);
  inherit();
  assert_int_equal(rows[0].n, 1);
  assert_int_equal(rows[0].seats[0].source, 1);
  assert_int_equal(rows[0].seats[0].point, 1);
  assert_int_equal(rows[1].seats[0].source, 0);
  assert_false(lost[0] || lost[1]);
}

static void a_new_slot_inherits_from_one_that_is_gone(void **state)
{
  (void)state;
  crowd_slot(0, 99, 1);
  inherit();
  assert_int_equal(rows[0].seats[0].source, 0);
  assert_int_equal(rows[1].seats[0].source, 1);
  assert_false(lost[0]);
}

static void the_same_fetch_comes_first(void **state)
{
  (void)state;
  past.slots[0].fetch = 0;
  crowd.n_slots = 1;
  crowd_slot(0, 99, 1);
  inherit();
  assert_int_equal(rows[0].seats[0].source, 1);
}

static void points_that_are_gone_are_lost(void **state)
{
  (void)state;
  crowd_point(0, 1, 777, 9); /* another key */
  inherit();
  assert_int_equal(rows[0].n, 0);
  assert_true(lost[0]);
  assert_false(lost[1]);
}

static void nothing_comes_of_nothing(void **state)
{
  struct spread_input in = crowd_input(NULL, false);

  (void)state;
  rows[0] = rows[1] = (struct seating){.sources = crowd.sources};
  heritage_seat(&in, rows, lost);
  assert_int_equal(rows[0].n + rows[1].n, 0);
  assert_true(lost[0] && lost[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(slots_keep_what_they_had, setup),
      cmocka_unit_test_setup(a_new_slot_inherits_from_one_that_is_gone, setup),
      cmocka_unit_test_setup(the_same_fetch_comes_first, setup),
      cmocka_unit_test_setup(points_that_are_gone_are_lost, setup),
      cmocka_unit_test_setup(nothing_comes_of_nothing, setup),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
