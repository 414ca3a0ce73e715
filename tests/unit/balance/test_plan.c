#include "balance/plan.h"

#include "offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- a matching of sources to relays, made another way ---- */

static int holders[256]; /* of relays: a place in the list of seats, or -1 */

/* Finds a relay for the seat of a source, moving others (Kuhn 1955). */
static bool find_relay(const size_t *seats, size_t seat, bool *seen)
{
  const struct plan_source *source = &offer.sources[seats[seat]];

  for (size_t i = 0; i < source->n; i++) {
    uint8_t relay = source->intros[i].relay_id[0];

    if (!seen[relay]) {
      seen[relay] = true;
      if (holders[relay] < 0 || find_relay(seats, (size_t)holders[relay], seen)) {
        holders[relay] = (int)seat;
        return true;
      }
    }
  }
  return false;
}

/* How many of the seats, named by their sources, can have relays at once. */
static size_t match(const size_t *seats, size_t n)
{
  size_t matched = 0;

  for (size_t i = 0; i < 256; i++) {
    holders[i] = -1;
  }
  for (size_t i = 0; i < n; i++) {
    bool seen[256] = {false};

    matched += find_relay(seats, i, seen);
  }
  return matched;
}

/* True if every source of the plan could have so many points. */
static bool could_have(const struct plan *p, size_t each)
{
  size_t seats[LIMIT_INTRO_POINTS * 2];
  size_t n = 0;

  for (size_t i = 0; i < offer.n; i++) {
    for (size_t k = 0; k < each && share(p, i) > 0; k++) {
      if (n == LIMIT_INTRO_POINTS) {
        return false;
      }
      seats[n++] = i;
    }
  }
  return match(seats, n) == n;
}

/* How many sources can take part at all. */
static size_t most_taking_part(void)
{
  size_t seats[SOURCES_MAX];
  size_t n;

  for (size_t i = 0; i < offer.n; i++) {
    seats[i] = i;
  }
  n = match(seats, offer.n);
  return n < LIMIT_INTRO_POINTS ? n : LIMIT_INTRO_POINTS;
}

/* What holds for every plan: every point is offered and stands once, no relay
 * stands twice, and the cap holds. */
static void check_points(const struct plan *p)
{
  size_t total = 0;

  for (size_t i = 0; i < offer.n; i++) {
    size_t n = share(p, i);

    assert_int_equal(n > 0, plan_has_source(p, &offer.sources[i]));
    assert_int_equal(n, plan_count(p, &offer.sources[i]));
    total += n;
  }
  assert_int_equal(total, p->n);
  assert_int_equal(count_common(p, p), p->n);
  assert_true(p->n >= 1 && p->n <= LIMIT_INTRO_POINTS);
  for (size_t a = 0; a < p->n; a++) {
    for (size_t b = 0; b < a; b++) {
      assert_memory_not_equal(p->intros[a].relay_id, p->intros[b].relay_id, FINGERPRINT_SIZE);
    }
  }
}

static size_t count_taking_part(const struct plan *p)
{
  size_t n = 0;

  for (size_t i = 0; i < offer.n; i++) {
    n += share(p, i) > 0;
  }
  return n;
}

/* The same with equal weights: everybody who takes part has the same share. */
static void check(const struct plan *p)
{
  size_t each = 0;

  check_points(p);
  for (size_t i = 0; i < offer.n; i++) {
    size_t n = share(p, i);

    each = n > 0 ? n : each;
    assert_true(n == 0 || n == each);
  }
}

/* The same where relays are scarce, and that nothing better was possible. */
static void check_best(const struct plan *p)
{
  size_t each = 0;

  check(p);
  for (size_t i = 0; i < offer.n; i++) {
    each = share(p, i) > 0 ? share(p, i) : each;
  }
  assert_int_equal(count_taking_part(p), most_taking_part());
  assert_true(could_have(p, each));
  assert_false(could_have(p, each + 1));
}

static void shares_are_equal(void **state)
{
  struct plan p;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer((size_t)rng_between(&maker.rng, 1, SOURCES_MAX), 1, POINTS_MAX, 0);
    choose(NULL, false, &p);
    check(&p);
  }
}

static void draw_weights(unsigned most)
{
  for (size_t i = 0; i < offer.n; i++) {
    offer.sources[i].weight = (unsigned)rng_between(&maker.rng, 1, most);
  }
}

/* The sum of all differences between shares and weights, in parts of one. */
static double miss_of(const size_t *counts)
{
  double weights = 0, total = 0, miss = 0;

  for (size_t i = 0; i < offer.n; i++) {
    weights += offer.sources[i].weight;
    total += (double)counts[i];
  }
  for (size_t i = 0; i < offer.n; i++) {
    double d = (double)counts[i] / total - offer.sources[i].weight / weights;

    miss += d < 0 ? -d : d;
  }
  return miss;
}

static double miss_of_plan(const struct plan *p)
{
  size_t counts[SOURCES_MAX];

  for (size_t i = 0; i < offer.n; i++) {
    counts[i] = share(p, i);
  }
  return miss_of(counts);
}

/* The least miss of all numbers of points that there can be, from place `at` on
 * with those before it chosen. */
static double best_miss(size_t *counts, size_t at, size_t used)
{
  double best = 9;

  if (at == offer.n) {
    return miss_of(counts);
  }
  for (counts[at] = 1; counts[at] <= offer.sources[at].n && used + counts[at] <= LIMIT_INTRO_POINTS;
       counts[at]++) {
    double miss = best_miss(counts, at + 1, used + counts[at]);

    best = miss < best ? miss : best;
  }
  return best;
}

/* Nothing that whole numbers allow is nearer to the weights. */
static void shares_are_as_near_to_the_weights_as_can_be(void **state)
{
  struct plan p, again;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    size_t counts[SOURCES_MAX] = {0};

    make_offer((size_t)rng_between(&maker.rng, 1, 5), 1, 8, 0);
    draw_weights(i % 2 == 0 ? 4 : LIMIT_WEIGHT);
    choose(NULL, false, &p);
    assert_true(miss_of_plan(&p) <= best_miss(counts, 0, 0) + 1e-9);
    for (size_t k = 0; k < offer.n; k++) {
      assert_true(share(&p, k) >= 1 && share(&p, k) <= offer.sources[k].n);
    }
    choose(&p, false, &again);
    assert_true(plan_equal(&p, &again));
  }
}

/* Where neither the one point that each has nor an offer stands in the way,
 * every share is within a twentieth. */
static void no_share_is_off_by_a_twentieth(void **state)
{
  struct plan p;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    double weights = 0;

    make_offer((size_t)rng_between(&maker.rng, 1, 6), POINTS_MAX, POINTS_MAX, 0);
    for (size_t k = 0; k < offer.n; k++) {
      offer.sources[k].weight = (unsigned)rng_between(&maker.rng, 60, LIMIT_WEIGHT);
      weights += offer.sources[k].weight;
    }
    choose(NULL, false, &p);
    for (size_t k = 0; k < offer.n; k++) {
      double d = (double)share(&p, k) / (double)p.n - offer.sources[k].weight / weights;

      assert_true(d < 0.05 && d > -0.05);
    }
  }
}

static void weights_by_example(void **state)
{
  static const struct {
    unsigned weights[3];
    size_t offers, counts[3];
  } cases[] = {
      {{100, 100, 100}, 3, {3, 3, 3}}, {{200, 100, 100}, 3, {2, 1, 1}},
      {{200, 100, 100}, 8, {8, 4, 4}}, {{256, 1, 1}, 3, {3, 1, 1}},
      {{3, 2, 1}, 3, {3, 2, 1}},       {{3, 2, 1}, 20, {9, 6, 3}},
      {{1, 1, 256}, 20, {1, 1, 18}},
  };
  struct plan p;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    make_offer(3, cases[i].offers, cases[i].offers, 0);
    for (size_t k = 0; k < 3; k++) {
      offer.sources[k].weight = cases[i].weights[k];
    }
    choose(NULL, false, &p);
    for (size_t k = 0; k < 3; k++) {
      assert_int_equal(share(&p, k), cases[i].counts[k]);
    }
  }
}

/* Another weight moves only what the numbers ask for. */
static void another_weight_moves_little(void **state)
{
  struct plan before, after;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    size_t kept = 0;

    make_offer((size_t)rng_between(&maker.rng, 2, 8), 2, 6, 0);
    draw_weights(LIMIT_WEIGHT);
    choose(NULL, false, &before);
    draw_weights(LIMIT_WEIGHT);
    choose(&before, false, &after);
    for (size_t k = 0; k < offer.n; k++) {
      size_t a = share(&before, k), b = share(&after, k);

      kept += a < b ? a : b;
    }
    assert_int_equal(count_common(&before, &after), kept);
  }
}

/* On few relays nobody loses the one point, whatever the weights. */
static void weights_on_scarce_relays(void **state)
{
  struct plan p;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer((size_t)rng_between(&maker.rng, 1, 12), 1, 4,
               (uint8_t)rng_between(&maker.rng, 1, 30));
    draw_weights(LIMIT_WEIGHT);
    choose(NULL, false, &p);
    check_points(&p);
    assert_int_equal(count_taking_part(&p), most_taking_part());
  }
}

/* With more than fit every one has points in proportion to its weight over
 * time, as far as its offer goes. */
static void rotation_follows_weights(void **state)
{
  size_t taken[SOURCES_MAX] = {0}, all = 0;
  struct plan p, next;

  (void)state;
  make_offer(SOURCES_MAX, 3, 3, 0);
  for (size_t i = 0; i < offer.n; i++) {
    offer.sources[i].weight = i < 10 ? 200 : 50; /* 0.057 and 0.014 of 3500 */
  }
  choose(NULL, false, &p);
  for (int i = 0; i < 1000; i++) {
    choose(&p, true, &next);
    check_points(&next);
    for (size_t k = 0; k < offer.n; k++) {
      taken[k] += share(&next, k);
    }
    all += next.n;
    p = next;
  }
  assert_int_equal(all, 1000 * LIMIT_INTRO_POINTS);
  for (size_t k = 0; k < offer.n; k++) {
    size_t wanted = k < 10 ? all * 200 / 3500 : all * 50 / 3500;

    assert_in_range(taken[k], wanted * 8 / 10, wanted * 12 / 10);
  }
}

/* On few relays as many sources take part as can, with as many points each. */
static void scarce_relays_are_shared_out(void **state)
{
  struct plan p;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer((size_t)rng_between(&maker.rng, 1, 12), 1, 4,
               (uint8_t)rng_between(&maker.rng, 1, 30));
    choose(NULL, false, &p);
    check_best(&p);
  }
}

static void twenty_points_are_shared_out(void **state)
{
  static const struct {
    size_t sources, points, total;
  } cases[] = {{1, 3, 3},  {1, 20, 20}, {2, 3, 6},   {3, 20, 18}, {4, 20, 20}, {6, 3, 18},
               {8, 3, 16}, {10, 3, 20}, {11, 3, 11}, {20, 3, 20}, {21, 3, 20}, {40, 1, 20}};
  struct plan p;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    make_offer(cases[i].sources, cases[i].points, cases[i].points, 0);
    choose(NULL, false, &p);
    check(&p);
    assert_int_equal(p.n, cases[i].total);
  }
}

/* The same sources give the same points, however often they are planned, also
 * where there are too few relays to avoid. */
static void nothing_moves_without_need(void **state)
{
  struct plan first, again;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer((size_t)rng_between(&maker.rng, 1, SOURCES_MAX), 1, POINTS_MAX, 6);
    choose(NULL, false, &first);
    for (int k = 0; k < 3; k++) {
      choose(&first, false, &again);
      assert_true(plan_equal(&first, &again));
      assert_true(plan_equal(&again, &first));
    }
  }
}

/* One source has a new point in the place of another: no other point moves. */
static void one_new_point_moves_one(void **state)
{
  struct plan before, after;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    size_t source;

    make_offer((size_t)rng_between(&maker.rng, 1, 10), 2, 5, 0);
    choose(NULL, false, &before);
    source = (size_t)rng_below(&maker.rng, offer.n);
    set_point(source, 0, 77777, 251);
    choose(&before, false, &after);
    check(&after);
    assert_true(count_common(&before, &after) + 1 >= before.n);
  }
}

/* A source that leaves takes nothing with it but its own points, as long as
 * the others' share does not grow. */
static void a_source_that_leaves_moves_no_other(void **state)
{
  struct plan before, after;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer((size_t)rng_between(&maker.rng, 2, SOURCES_MAX), 1, 3, 60);
    choose(NULL, false, &before);
    offer.n--;
    choose(&before, false, &after);
    check(&after);
    for (size_t k = 0; k < offer.n; k++) {
      if (share(&before, k) > 0) {
        assert_true(share(&after, k) >= share(&before, k));
      }
    }
  }
}

/* One source has only relays that others have too: they leave one to it. */
static void others_make_room(void **state)
{
  struct plan p;

  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    make_offer(3, 2, 2, 1);
    for (uint8_t k = 0; k < 3; k++) { /* relays 1 and 2, 2 and 3, 3 and 1 */
      offer.intros[k][0].relay_id[0] = (uint8_t)(k + 1);
      offer.intros[k][1].relay_id[0] = (uint8_t)((k + 1) % 3 + 1);
    }
    choose(NULL, false, &p);
    check_best(&p);
    assert_int_equal(p.n, 3);
  }
}

static void a_source_without_a_relay_is_left_out(void **state)
{
  struct plan p;

  (void)state;
  make_offer(5, 3, 3, 1);
  for (size_t i = 0; i < 5; i++) {
    for (size_t k = 0; k < 3; k++) {
      offer.intros[i][k].relay_id[0] = 9;
    }
  }
  choose(NULL, false, &p);
  assert_int_equal(p.n, 1);
}

/* With more sources than fit, rotation draws all of them alike over time. */
static void rotation_reaches_everybody(void **state)
{
  size_t taken[SOURCES_MAX] = {0};
  struct plan p, next;

  (void)state;
  make_offer(SOURCES_MAX, 3, 3, 0);
  choose(NULL, false, &p);
  for (int i = 0; i < 1000; i++) {
    choose(&p, true, &next);
    check(&next);
    for (size_t k = 0; k < offer.n; k++) {
      taken[k] += share(&next, k);
    }
    p = next;
  }
  for (size_t k = 0; k < offer.n; k++) {
    assert_in_range(taken[k], 420, 580); /* half of the rounds, five sigma */
  }
}

/* The order tells nothing: every point is equally often the first. */
static void order_is_random(void **state)
{
  size_t first[4] = {0};
  struct plan p, next;

  (void)state;
  make_offer(4, 1, 1, 0);
  choose(NULL, false, &p);
  for (int i = 0; i < 1000; i++) {
    choose(&p, false, &next);
    for (size_t k = 0; k < 4; k++) {
      first[k] += intro_equal(&next.intros[0], &offer.intros[k][0]);
    }
    p = next;
  }
  for (size_t k = 0; k < 4; k++) {
    assert_in_range(first[k], 180, 320);
  }
}

static void equality_looks_at_all_points(void **state)
{
  struct plan a, b;

  (void)state;
  make_offer(3, 2, 2, 0);
  choose(NULL, false, &a);
  b = a;
  assert_true(plan_equal(&a, &b));
  b.n--;
  assert_false(plan_equal(&a, &b));
  assert_false(plan_equal(&b, &a));
  b = a;
  b.intros[0].enc_key[0] ^= 1;
  assert_false(plan_equal(&a, &b));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_are_equal),
      cmocka_unit_test(shares_are_as_near_to_the_weights_as_can_be),
      cmocka_unit_test(no_share_is_off_by_a_twentieth),
      cmocka_unit_test(weights_by_example),
      cmocka_unit_test(another_weight_moves_little),
      cmocka_unit_test(weights_on_scarce_relays),
      cmocka_unit_test(rotation_follows_weights),
      cmocka_unit_test(twenty_points_are_shared_out),
      cmocka_unit_test(nothing_moves_without_need),
      cmocka_unit_test(one_new_point_moves_one),
      cmocka_unit_test(a_source_that_leaves_moves_no_other),
      cmocka_unit_test(scarce_relays_are_shared_out),
      cmocka_unit_test(others_make_room),
      cmocka_unit_test(a_source_without_a_relay_is_left_out),
      cmocka_unit_test(rotation_reaches_everybody),
      cmocka_unit_test(order_is_random),
      cmocka_unit_test(equality_looks_at_all_points),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
