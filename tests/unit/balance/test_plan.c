#include "balance/plan.h"

#include "maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SOURCES_MAX 40
#define POINTS_MAX  20
#define ROUNDS      400

/* Sources with cheap points: a plan never looks into the keys. */
struct offer {
  struct intro intros[SOURCES_MAX][POINTS_MAX];
  struct plan_source sources[SOURCES_MAX];
  size_t n;
};

static struct offer offer;
static struct maker maker;

static int setup(void **state)
{
  (void)state;
  maker_init(&maker, 7);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  maker_deinit(&maker);
  return 0;
}

static void set_point(size_t source, size_t i, uint32_t name, uint8_t relay)
{
  struct intro *in = &offer.intros[source][i];

  *in = (struct intro){.relay_id = {relay}};
  memcpy(in->auth_key, &name, sizeof name);
}

/* n sources with low .. high points each, on so many relays; 0: each on one of
 * its own. */
static void make_offer(size_t n, size_t low, size_t high, uint8_t relays)
{
  offer.n = n;
  for (size_t i = 0; i < n; i++) {
    size_t points = (size_t)rng_between(&maker.rng, (int64_t)low, (int64_t)high);

    offer.sources[i] = (struct plan_source){offer.intros[i], points, 100};
    for (size_t k = 0; k < points; k++) {
      set_point(i, k, (uint32_t)(i * 1000 + k), (uint8_t)rng_below(&maker.rng, relays + 1U));
      offer.intros[i][k].relay_id[1] = relays == 0 ? (uint8_t)i : 0;
      offer.intros[i][k].relay_id[2] = relays == 0 ? (uint8_t)k : 0;
    }
  }
}

static void choose(const struct plan *previous, bool rotate, struct plan *out)
{
  struct plan_past past = {.previous = previous, .rotate = rotate};

  plan_choose(offer.sources, offer.n, &past, &maker.rng, out);
}

/* How many points of the plan are of a source. */
static size_t share(const struct plan *p, size_t source)
{
  size_t n = 0;

  for (size_t i = 0; i < p->n; i++) {
    for (size_t k = 0; k < offer.sources[source].n; k++) {
      n += intro_equal(&p->intros[i], &offer.intros[source][k]);
    }
  }
  return n;
}

static size_t count_common(const struct plan *a, const struct plan *b)
{
  size_t n = 0;

  for (size_t i = 0; i < a->n; i++) {
    for (size_t k = 0; k < b->n; k++) {
      n += intro_equal(&a->intros[i], &b->intros[k]);
    }
  }
  return n;
}

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
 * stands twice, the cap holds, and everybody who takes part has the same
 * share. */
static void check(const struct plan *p)
{
  size_t total = 0, each = 0;

  for (size_t i = 0; i < offer.n; i++) {
    size_t n = share(p, i);

    each = n > 0 ? n : each;
    assert_true(n == 0 || n == each);
    assert_int_equal(n > 0, plan_has_source(p, &offer.sources[i]));
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

/* The same where relays are scarce, and that nothing better was possible. */
static void check_best(const struct plan *p)
{
  size_t taking_part = 0, each = 0;

  check(p);
  for (size_t i = 0; i < offer.n; i++) {
    taking_part += share(p, i) > 0;
    each = share(p, i) > 0 ? share(p, i) : each;
  }
  assert_int_equal(taking_part, most_taking_part());
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
