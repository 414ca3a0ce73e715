#include "balance/agenda.h"

#include "base/mem.h"
#include "maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void nothing_is_planned_at_first(void **state)
{
  struct agenda a;
  const size_t *due;

  (void)state;
  agenda_init(&a, 3);
  assert_int_equal(agenda_first(&a).ms, MONO_NEVER.ms);
  assert_int_equal(agenda_due(&a, (struct mono){INT64_MAX - 1}, &due), 0);
  agenda_deinit(&a);
}

static void without_places_nothing_is_ever_due(void **state)
{
  struct agenda a = {0}, empty;
  const size_t *due;

  (void)state;
  agenda_init(&empty, 0);
  assert_int_equal(agenda_first(&empty).ms, MONO_NEVER.ms);
  assert_int_equal(agenda_due(&empty, (struct mono){5}, &due), 0);
  agenda_deinit(&empty);
  assert_int_equal(agenda_first(&a).ms, MONO_NEVER.ms);
  agenda_deinit(&a);
}

static void those_whose_time_has_come_in_order_of_their_places(void **state)
{
  struct agenda a;
  const size_t *due;

  (void)state;
  agenda_init(&a, 4);
  agenda_set(&a, 3, (struct mono){10});
  agenda_set(&a, 0, (struct mono){20});
  agenda_set(&a, 2, (struct mono){30});
  assert_int_equal(agenda_first(&a).ms, 10);
  assert_int_equal(agenda_due(&a, (struct mono){9}, &due), 0);
  assert_int_equal(agenda_due(&a, (struct mono){20}, &due), 2);
  assert_int_equal(due[0], 0);
  assert_int_equal(due[1], 3);
  agenda_set(&a, 3, (struct mono){40});
  assert_int_equal(agenda_first(&a).ms, 20);
  agenda_set(&a, 0, MONO_NEVER);
  assert_int_equal(agenda_first(&a).ms, 30);
  assert_int_equal(agenda_get(&a, 3).ms, 40);
  assert_int_equal(agenda_get(&a, 1).ms, MONO_NEVER.ms);
  agenda_deinit(&a);
}

#define PLACES 57

/* The same by looking at every place. */
static void check(struct agenda *a, const struct mono *times, struct mono now)
{
  const size_t *due;
  size_t n = agenda_due(a, now, &due), next = 0;
  struct mono first = MONO_NEVER;

  for (size_t i = 0; i < PLACES; i++) {
    first = mono_earlier(first, times[i]);
    assert_int_equal(agenda_get(a, i).ms, times[i].ms);
    if (mono_is_due(times[i], now)) {
      assert_true(next < n);
      assert_int_equal(due[next++], i);
    }
  }
  assert_int_equal(next, n);
  assert_int_equal(agenda_first(a).ms, first.ms);
}

static void it_agrees_with_a_search_whatever_is_moved(void **state)
{
  struct mono times[PLACES];
  struct agenda a;
  struct maker m;

  (void)state;
  maker_init(&m, 1);
  m.rng.ctx = &m.seed;
  agenda_init(&a, PLACES);
  for (size_t i = 0; i < PLACES; i++) {
    times[i] = MONO_NEVER;
  }
  for (int i = 0; i < 20000; i++) {
    size_t place = (size_t)rng_below(&m.rng, PLACES);
    struct mono when = {rng_between(&m.rng, 0, 100)};

    times[place] = when.ms == 0 ? MONO_NEVER : when;
    agenda_set(&a, place, times[place]);
    check(&a, times, (struct mono){rng_between(&m.rng, 0, 60)});
  }
  agenda_deinit(&a);
  maker_deinit(&m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_planned_at_first),
      cmocka_unit_test(without_places_nothing_is_ever_due),
      cmocka_unit_test(those_whose_time_has_come_in_order_of_their_places),
      cmocka_unit_test(it_agrees_with_a_search_whatever_is_moved),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
