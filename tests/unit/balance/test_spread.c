#include "balance/spread.h"

#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Plans in the long test: SPREAD_CASES in the environment, or this. */
#define CASES 3000

static unsigned units[CROWD_MAX];

/* ---- by example ---- */

static void expect_units(const struct spread *s, const unsigned *expected)
{
  crowd_units(s, units);
  for (size_t i = 0; i < crowd.n; i++) {
    assert_int_equal(units[i], expected[i]);
  }
}

/* The numbers that a method that knows only whole descriptors gets wrong are 4
 * and 5, as 6 is no multiple of them. */
static void one_to_seven_are_exactly_even(void **state)
{
  (void)state;
  for (size_t n = 1; n <= 7; n++) {
    struct spread s;

    crowd_make(n, 3, 0);
    crowd_choose(NULL, false, &s);
    crowd_units(&s, units);
    for (size_t i = 0; i < n; i++) {
      assert_int_equal(units[i], units[0]);
      for (size_t k = 0; k < s.n; k++) {
        assert_true(plan_has_source(&s.plans[k], &crowd.sources[i]));
      }
    }
    spread_deinit(&s);
  }
}

static void forty_have_three_seats_each(void **state)
{
  struct spread s;

  (void)state;
  crowd_make(40, 3, 0);
  crowd_choose(NULL, false, &s);
  crowd_units(&s, units);
  for (size_t i = 0; i < 40; i++) {
    assert_int_equal(units[i], 3);
  }
  for (size_t k = 0; k < s.n; k++) {
    assert_int_equal(s.plans[k].n, LIMIT_INTRO_POINTS);
  }
  spread_deinit(&s);
}

/* One descriptor for all cannot have 10 each of 12: 20 or 12 points. */
static void twelve_are_even_with_twenty_points(void **state)
{
  struct spread s;

  (void)state;
  crowd_make(12, 3, 0);
  crowd_choose(NULL, false, &s);
  crowd_units(&s, units);
  for (size_t i = 0; i < 12; i++) {
    assert_int_equal(units[i], 10);
  }
  assert_int_equal(s.plans[0].n, LIMIT_INTRO_POINTS);
  spread_deinit(&s);
}

static void weights_by_example(void **state)
{
  static const struct {
    unsigned weights[3], points, units[3];
  } cases[] = {
      {{1, 2, 4}, 20, {12, 24, 48}},  {{1, 1, 1}, 20, {40, 40, 40}},   {{3, 2, 1}, 3, {18, 12, 6}},
      {{1, 1, 256}, 20, {6, 6, 108}}, {{9, 10, 11}, 20, {36, 40, 44}},
  };

  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    struct spread s;

    crowd_make(3, cases[c].points, 0);
    for (size_t i = 0; i < 3; i++) {
      crowd.sources[i].weight = cases[c].weights[i];
    }
    crowd_choose(NULL, false, &s);
    expect_units(&s, cases[c].units);
    spread_deinit(&s);
  }
}

/* One who is to have more than one seat in every full descriptor has one in
 * each; the others share the rest by their weights. */
static void a_share_above_a_twentieth_is_cut(void **state)
{
  struct spread s;

  (void)state;
  crowd_make(39, 3, 0);
  crowd.sources[7].weight = 256;
  for (size_t i = 0; i < 39; i++) {
    crowd.sources[i].weight = i == 7 ? 256 : 1;
  }
  crowd_choose(NULL, false, &s);
  crowd_units(&s, units);
  for (size_t i = 0; i < 39; i++) {
    assert_int_equal(units[i], i == 7 ? 6 : 3); /* 114 seats for 38 */
  }
  spread_deinit(&s);
}

/* Whom nobody asks has a full plan too, for he may be asked any time. */
static void slots_that_nobody_asks_are_full(void **state)
{
  struct spread s;

  (void)state;
  crowd_make(40, 3, 0);
  for (size_t i = 0; i < 8; i++) {
    crowd.slots[i].fetch = 0;
  }
  crowd_choose(NULL, false, &s);
  for (size_t i = 0; i < 8; i++) {
    assert_int_equal(s.plans[i].n, LIMIT_INTRO_POINTS);
    crowd_count(&s.plans[i], 1, units);
  }
  spread_deinit(&s);
}

/* ---- few relays ---- */

/* 60 seats for 40: whom the relays let have none is rare. */
static void few_relays_are_shared(void **state)
{
  unsigned sums[4] = {0};
  struct spread s;

  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    crowd_seed(seed);
    crowd_make(40, 3, 10);
    crowd_choose(NULL, false, &s);
    crowd_units(&s, units);
    for (size_t i = 0; i < 40; i++) {
      sums[units[i] < 3 ? units[i] : 3]++;
    }
    spread_deinit(&s);
  }
  assert_in_range(sums[0], 0, 20); /* of 2000 */
  assert_in_range(sums[3], 0, 20);
}

/* All on one relay: one seat in a descriptor, and turns. */
static void one_relay_is_shared_by_turns(void **state)
{
  static const unsigned expected[] = {2, 2, 2};
  struct spread s;

  (void)state;
  crowd_make(3, 3, 1);
  crowd_choose(NULL, false, &s);
  for (size_t i = 0; i < s.n; i++) {
    assert_int_equal(s.plans[i].n, 1);
  }
  expect_units(&s, expected);
  spread_deinit(&s);
}

/* ---- over time ---- */

static void rotation_is_a_round_robin(void **state)
{
  unsigned sums[CROWD_MAX] = {0};
  struct spread s;

  (void)state;
  crowd_make(500, 3, 0);
  crowd_choose(NULL, false, &s);
  for (unsigned round = 1; round <= 100; round++) {
    crowd_units(&s, units);
    for (size_t i = 0; i < 500; i++) {
      sums[i] += units[i];
      assert_in_range(sums[i], round * 120 / 500, (round * 120 + 499) / 500);
    }
    crowd_go_on(&s, true);
  }
  for (size_t i = 0; i < 500; i++) {
    assert_int_equal(sums[i], 24);
  }
  spread_deinit(&s);
}

static void rotation_follows_weights(void **state)
{
  unsigned sums[CROWD_MAX] = {0}, weights = 0;
  struct spread s;

  (void)state;
  crowd_make(100, 3, 0);
  for (size_t i = 0; i < 100; i++) {
    crowd.sources[i].weight = (unsigned)(1 + i % 4);
    weights += crowd.sources[i].weight;
  }
  crowd_choose(NULL, false, &s);
  for (unsigned round = 1; round <= 200; round++) {
    crowd_units(&s, units);
    for (size_t i = 0; i < 100; i++) {
      double due = round * 120.0 * crowd.sources[i].weight / weights;

      sums[i] += units[i];
      assert_true(sums[i] > due - 2 && sums[i] < due + 2);
    }
    crowd_go_on(&s, true);
  }
  spread_deinit(&s);
}

static size_t count_changes(const struct spread *a, const struct spread *b)
{
  size_t n = 0;

  for (size_t i = 0; i < a->n; i++) {
    n += !plan_equal(&a->plans[i], &b->plans[i]);
  }
  return n;
}

static void rotation_leaves_exact_shares_alone(void **state)
{
  static const size_t sizes[] = {1, 4, 5, 7, 12, 20, 24, 30, 40, 60, 120};

  (void)state;
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    struct spread s, next;

    crowd_make(sizes[k], 3, 0);
    for (size_t i = 6; i < 8; i++) {
      crowd.slots[i].fetch = 1;
    }
    crowd.n_slots = 6;
    crowd_choose(NULL, false, &s);
    crowd_choose(&s, true, &next);
    assert_int_equal(count_changes(&s, &next), 0);
    spread_deinit(&s);
    spread_deinit(&next);
  }
}

/* How many points of one plan the other one has not. */
static size_t new_points(const struct plan *before, const struct plan *after)
{
  size_t n = 0;

  for (size_t i = 0; i < after->n; i++) {
    bool found = false;

    for (size_t k = 0; k < before->n && !found; k++) {
      found = memcmp(after->intros[i].auth_key, before->intros[k].auth_key, 32) == 0;
    }
    n += !found;
  }
  return n;
}

/* The seats of one that dies go to others, and nobody else moves far. */
static void a_death_moves_little(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    struct spread s, next;
    size_t moved = 0;
    unsigned lost = 0;

    crowd_seed(seed);
    crowd_make(21 + crowd_below(500), 3, 8000);
    crowd_choose(NULL, false, &s);
    crowd.n--;
    for (size_t i = 0; i < s.n; i++) {
      lost += plan_count(&s.plans[i], &crowd.sources[crowd.n]);
    }
    crowd_choose(&s, false, &next);
    for (size_t i = 0; i < s.n; i++) {
      moved += new_points(&s.plans[i], &next.plans[i]);
    }
    assert_true(moved <= 3 * lost);
    spread_deinit(&s);
    spread_deinit(&next);
  }
}

/* An HSDir that comes for another one holds what that one held. */
static void a_new_hsdir_inherits(void **state)
{
  struct spread s, next;

  (void)state;
  crowd_make(100, 3, 0);
  crowd_choose(NULL, false, &s);
  crowd_slot(2, 77, 1);
  crowd_slot(7, 78, 0);
  crowd_choose(&s, false, &next);
  assert_int_equal(count_changes(&s, &next), 0);
  spread_deinit(&s);
  spread_deinit(&next);
}

/* Other points of one instance: its seats stay. */
static void new_points_take_the_seats_of_old_ones(void **state)
{
  struct spread s, next;

  (void)state;
  crowd_make(30, 3, 0);
  crowd_choose(NULL, false, &s);
  for (size_t k = 0; k < 3; k++) {
    crowd_point(11, k, (uint32_t)(20000 + k), 1);
  }
  crowd_choose(&s, false, &next);
  for (size_t i = 0; i < s.n; i++) {
    assert_true(new_points(&s.plans[i], &next.plans[i]) <= 1);
  }
  crowd_units(&next, units);
  assert_int_equal(units[11], 4);
  spread_deinit(&s);
  spread_deinit(&next);
}

/* ---- at random ---- */

struct world {
  bool is_ample; /* relays stand in nobody's way */
};

static void draw_world(struct world *w)
{
  size_t most = (size_t[]){8, 24, 60, CROWD_MAX}[crowd_below(100) < 97 ? crowd_below(3) : 3];
  uint32_t relays = crowd_below(3) == 0 ? (uint32_t)(2 + crowd_below(60)) : 0;
  size_t points = 1 + crowd_below(crowd_below(2) == 0 ? 3 : LIMIT_INTRO_POINTS);
  bool is_mixed = crowd_below(2) == 0;
  size_t at = 0, n = 1 + crowd_below(most);

  for (size_t i = 0; i < n; i++) {
    unsigned weight = (unsigned)(is_mixed ? crowd_below(LIMIT_WEIGHT + 1) : 1);

    if (weight > 0) {
      crowd_instance(at++, crowd_below(2) == 0 ? points : 1 + crowd_below(points), weight, relays);
    }
  }
  if (at == 0) {
    crowd_instance(at++, points, 1, relays);
  }
  crowd.n = at;
  crowd.n_slots = 1 + crowd_below(CROWD_ROWS);
  for (size_t i = 0; i < crowd.n_slots; i++) {
    crowd_slot(i, (uint8_t)(i + 1), (unsigned)crowd_below(3));
  }
  w->is_ample = relays == 0;
}

static void change_world(const struct world *w)
{
  size_t i = crowd_below(crowd.n);

  switch (crowd_below(4)) {
  case 0:
    if (crowd.n > 1) {
      crowd.n--;
    }
    break;
  case 1:
    crowd.sources[i].weight = (unsigned)(1 + crowd_below(LIMIT_WEIGHT));
    break;
  case 2:
    crowd_slot(crowd_below(crowd.n_slots), (uint8_t)(100 + crowd_below(100)),
               (unsigned)crowd_below(3));
    break;
  default:
    crowd_point(i, 0, w->is_ample ? (uint32_t)(100000 + i) : (uint32_t)crowd_below(60), 1);
    break;
  }
}

/* What holds for every descriptor. Returns how many instances it names. */
static size_t check_plan(const struct plan *p, unsigned *counts)
{
  size_t different = 0;

  memset(counts, 0, crowd.n * sizeof *counts);
  assert_in_range(p->n, 1, LIMIT_INTRO_POINTS);
  for (size_t i = 0; i < p->n; i++) {
    const struct intro *in = &p->intros[i];
    size_t owner = crowd_owner(in);

    assert_true(owner < crowd.n && in->auth_key[2] < crowd.sources[owner].n);
    assert_true(intro_equal(in, &crowd.intros[owner][in->auth_key[2]]));
    different += counts[owner]++ == 0;
    for (size_t k = 0; k < i; k++) {
      assert_memory_not_equal(in->relay_id, p->intros[k].relay_id, FINGERPRINT_SIZE);
    }
  }
  return different;
}

/* Fetches of all slots, and the sum of those that differ. */
static unsigned sum_fetches(unsigned *different)
{
  unsigned sum = 0, seen = 0;

  for (size_t i = 0; i < crowd.n_slots; i++) {
    sum += crowd.slots[i].fetch;
    seen |= 1U << crowd.slots[i].fetch;
  }
  *different = ((seen & 2U) != 0 ? 1 : 0) + ((seen & 4U) != 0 ? 2 : 0);
  return sum;
}

static double cut(double x, double low, double high)
{
  return x < low ? low : (x > high ? high : x);
}

/* What is due to an instance in one descriptor, found by trying: a part of its
 * weight, but not below `low` or above what it can have. */
static double due_of(size_t i, double factor, size_t width)
{
  bool is_crowded = crowd.n > LIMIT_INTRO_POINTS;
  double high = is_crowded ? 1 : (double)crowd.sources[i].n;

  return cut(crowd.sources[i].weight * factor, is_crowded ? 0 : 1,
             high < (double)width ? high : (double)width);
}

static double find_factor(size_t width)
{
  double low = 0, high = 21;

  for (int k = 0; k < 60; k++) {
    double middle = (low + high) / 2, sum = 0;

    for (size_t i = 0; i < crowd.n; i++) {
      sum += due_of(i, middle, width);
    }
    low = sum < (double)width ? middle : low;
    high = sum < (double)width ? high : middle;
  }
  return low;
}

/* Where relays are in nobody's way: as many instances as there can be in every
 * descriptor, and every share within the bound. */
static void check_shares(const struct spread *s)
{
  unsigned different, fetches = sum_fetches(&different);
  double factor = find_factor(s->plans[0].n);

  crowd_units(s, units);
  for (size_t i = 0; i < crowd.n && fetches > 0; i++) {
    double off = units[i] - fetches * due_of(i, factor, s->plans[0].n);

    assert_true(off < different + 1e-6 && off > -1e-6 - different);
  }
}

static void check(const struct world *w, const struct spread *s)
{
  unsigned counts[CROWD_MAX];

  assert_int_equal(s->n, crowd.n_slots);
  for (size_t i = 0; i < s->n; i++) {
    size_t most = crowd.n < LIMIT_INTRO_POINTS ? crowd.n : LIMIT_INTRO_POINTS;
    size_t different = check_plan(&s->plans[i], counts);

    assert_true(different <= most);
    if (w->is_ample) {
      assert_int_equal(different, most);
      assert_int_equal(s->plans[i].n, s->plans[0].n);
    }
  }
  if (w->is_ample) {
    check_shares(s);
  }
}

/* The same again gives the same, on scarce relays after some calls at last; the
 * same seed gives the same in the same order. */
static void check_again(const struct world *w, struct spread *s)
{
  struct spread a, b;
  uint64_t seed;

  seed = crowd.seed;
  crowd_choose(s, false, &a);
  for (int k = 0; !w->is_ample && count_changes(s, &a) > 0 && k < 50; k++) {
    spread_deinit(s);
    *s = a;
    seed = crowd.seed;
    crowd_choose(s, false, &a);
  }
  assert_int_equal(count_changes(s, &a), 0);
  assert_int_equal(s->n_credits, a.n_credits);
  assert_memory_equal(s->credits, a.credits, a.n_credits * sizeof *a.credits);
  crowd.seed = seed;
  crowd_choose(s, false, &b);
  assert_memory_equal(a.plans, b.plans, a.n * sizeof *a.plans);
  spread_deinit(&a);
  spread_deinit(&b);
}

static void invariants_hold(void **state)
{
  const char *wanted = getenv("SPREAD_CASES");
  int cases = wanted == NULL ? CASES : atoi(wanted);
  struct world w;

  (void)state;
  crowd_seed(5);
  for (int done = 0; done < cases; done += 10) {
    struct spread s = {.n = 0};

    draw_world(&w);
    crowd_go_on(&s, false);
    check(&w, &s);
    for (int k = 0; k < 3; k++) {
      check_again(&w, &s);
      crowd_go_on(&s, k == 1);
      check(&w, &s);
      change_world(&w);
      crowd_go_on(&s, false);
      check(&w, &s);
    }
    spread_deinit(&s);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_to_seven_are_exactly_even),
      cmocka_unit_test(forty_have_three_seats_each),
      cmocka_unit_test(twelve_are_even_with_twenty_points),
      cmocka_unit_test(weights_by_example),
      cmocka_unit_test(a_share_above_a_twentieth_is_cut),
      cmocka_unit_test(slots_that_nobody_asks_are_full),
      cmocka_unit_test(few_relays_are_shared),
      cmocka_unit_test(one_relay_is_shared_by_turns),
      cmocka_unit_test(rotation_is_a_round_robin),
      cmocka_unit_test(rotation_follows_weights),
      cmocka_unit_test(rotation_leaves_exact_shares_alone),
      cmocka_unit_test(a_death_moves_little),
      cmocka_unit_test(a_new_hsdir_inherits),
      cmocka_unit_test(new_points_take_the_seats_of_old_ones),
      cmocka_unit_test(invariants_hold),
  };

  crowd_seed(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
