#include "balance/seating.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SOURCES 4

/* Sources with two points each, on relays that a text names. */
struct table {
  struct intro intros[SOURCES][2];
  struct plan_source sources[SOURCES];
  size_t straight[2];
  size_t *orders[SOURCES];
  struct seating seating;
};

static void lay(struct table *t, const char *relays)
{
  *t = (struct table){.straight = {0, 1}};
  for (size_t i = 0; i < SOURCES; i++) {
    t->sources[i] = (struct plan_source){t->intros[i], 2, 1};
    t->orders[i] = t->straight;
    for (size_t k = 0; k < 2; k++) {
      t->intros[i][k].relay_id[0] = (uint8_t)relays[2 * i + k];
      t->intros[i][k].auth_key[0] = (uint8_t)(2 * i + k);
    }
  }
  t->seating = (struct seating){.sources = t->sources, .orders = t->orders};
}

static void everybody_finds_a_relay(void **state)
{
  struct table t;

  (void)state;
  lay(&t, "abbccdda"); /* a ring: each can have one of two */
  for (size_t i = 0; i < SOURCES; i++) {
    assert_true(seating_add(&t.seating, i));
  }
  assert_int_equal(t.seating.n, 4);
  assert_false(seating_add(&t.seating, 0)); /* no relay is left */
  assert_int_equal(t.seating.n, 4);
}

/* The last one has only relays that are taken: the others move on. */
static void others_move(void **state)
{
  struct table t;

  (void)state;
  lay(&t, "abbccdaa");
  for (size_t i = 0; i < SOURCES; i++) {
    assert_true(seating_add(&t.seating, i));
    assert_int_equal(seating_count(&t.seating, i), 1);
  }
  for (size_t a = 0; a < 4; a++) {
    for (size_t b = 0; b < a; b++) {
      assert_int_not_equal(seating_point(&t.seating, &t.seating.seats[a])->relay_id[0],
                           seating_point(&t.seating, &t.seating.seats[b])->relay_id[0]);
    }
  }
}

static void a_relay_is_taken_once(void **state)
{
  struct table t;

  (void)state;
  lay(&t, "abacdefg");
  assert_true(seating_put(&t.seating, (struct seat){0, 0}));
  assert_false(seating_put(&t.seating, (struct seat){1, 0}));
  assert_true(seating_put(&t.seating, (struct seat){1, 1}));
  assert_int_equal(t.seating.n, 2);
}

static void the_last_seat_goes_first(void **state)
{
  struct table t;

  (void)state;
  lay(&t, "abcdefgh");
  assert_true(seating_put(&t.seating, (struct seat){0, 1}));
  assert_true(seating_put(&t.seating, (struct seat){1, 0}));
  assert_true(seating_put(&t.seating, (struct seat){0, 0}));
  seating_remove(&t.seating, 0);
  assert_int_equal(t.seating.n, 2);
  assert_int_equal(seating_count(&t.seating, 0), 1);
  assert_int_equal(t.seating.seats[0].point, 1);
  seating_remove(&t.seating, 0);
  assert_int_equal(t.seating.seats[0].source, 1);
}

static void twenty_is_all(void **state)
{
  struct intro intros[LIMIT_INTRO_POINTS + 1] = {{.linkspecs_size = 0}};
  struct plan_source source = {intros, LIMIT_INTRO_POINTS + 1, 1};
  size_t order[LIMIT_INTRO_POINTS + 1], *orders[] = {order};
  struct seating s = {.sources = &source, .orders = orders};

  (void)state;
  for (size_t i = 0; i <= LIMIT_INTRO_POINTS; i++) {
    order[i] = i;
    intros[i].relay_id[0] = (uint8_t)i;
  }
  for (size_t i = 0; i < LIMIT_INTRO_POINTS; i++) {
    assert_true(seating_add(&s, 0));
  }
  assert_false(seating_add(&s, 0));
  assert_false(seating_put(&s, (struct seat){0, LIMIT_INTRO_POINTS}));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everybody_finds_a_relay), cmocka_unit_test(others_move),
      cmocka_unit_test(a_relay_is_taken_once),   cmocka_unit_test(the_last_seat_goes_first),
      cmocka_unit_test(twenty_is_all),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
