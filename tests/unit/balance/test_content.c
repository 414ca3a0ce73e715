#include "balance/content.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void drop(struct content **c)
{
  content_free(*c);
}

/* Points are named by their authentication keys: `points` of them from `first`. */
static void fill(struct variant *v, uint8_t first, uint8_t points)
{
  v->plan.n = 0;
  for (uint8_t i = 0; i < points; i++) {
    v->plan.intros[v->plan.n++].auth_key[0] = (uint8_t)(first + i);
  }
}

static struct content *make(uint8_t points)
{
  struct content *c = content_new(1);

  c->has_flow_control = true;
  memcpy(c->flow_control, "1-2 31", 7);
  fill(&c->variants[0], 1, points);
  return c;
}

/* Distinct ones for n HSDirs, with two points each, of which one is the next
 * one's too. */
static struct content *make_distinct(size_t n)
{
  struct spread s = {.n = n};

  s.plans = mem_array(n, sizeof *s.plans);
  s.slots = mem_array(n, sizeof *s.slots);
  s.credits = mem_array(1, sizeof *s.credits);
  s.n_credits = 1;
  for (size_t i = 0; i < n; i++) {
    s.slots[i].fingerprint[0] = (uint8_t)(0x10 * (i + 1));
    s.slots[i].fetch = 1;
    s.plans[i].n = 2;
    s.plans[i].intros[0].auth_key[0] = (uint8_t)(i + 1);
    s.plans[i].intros[1].auth_key[0] = (uint8_t)(i + 2);
  }
  return content_of_spread(&s);
}

static void equal_in_any_order(void **state)
{
  CLEANUP(drop) struct content *a = make(5);
  CLEANUP(drop) struct content *b = make(5);
  struct plan *plan = &b->variants[0].plan;
  struct intro first = plan->intros[0];

  (void)state;
  plan->intros[0] = plan->intros[4];
  plan->intros[4] = first;
  assert_true(content_equal(a, b));
  assert_true(content_equal(b, a));
}

static void every_line_counts(void **state)
{
  CLEANUP(drop) struct content *a = make(3);
  CLEANUP(drop) struct content *b = make(3);

  (void)state;
  b->is_single_onion = true;
  assert_false(content_equal(a, b));
  b->is_single_onion = false;
  b->has_flow_control = false;
  assert_false(content_equal(a, b));
  b->has_flow_control = true;
  memcpy(b->flow_control, "1-2 32", 7);
  assert_false(content_equal(a, b));
  a->has_flow_control = b->has_flow_control = false; /* then the text does not matter */
  assert_true(content_equal(a, b));
}

static void every_point_counts(void **state)
{
  CLEANUP(drop) struct content *a = make(3);
  CLEANUP(drop) struct content *b = make(4);

  (void)state;
  assert_false(content_equal(a, b));
  assert_false(content_equal(b, a));
  fill(&b->variants[0], 1, 3);
  assert_true(content_equal(a, b));
  b->variants[0].plan.intros[1].onion_key[31] = 1;
  assert_false(content_equal(a, b));
}

static void points_have_owners(void **state)
{
  CLEANUP(drop) struct content *c = make_distinct(3);
  struct address one = {{1}}, two = {{2}}, three = {{3}};

  (void)state;
  for (size_t i = 0; i < c->n; i++) {
    c->variants[i].owners[0] = one;
    c->variants[i].owners[1] = i == 0 ? two : one;
    c->variants[i].owners[2] = three; /* behind the last point */
  }
  assert_int_equal(content_count_in(&c->variants[0], &one), 1);
  assert_int_equal(content_count_in(&c->variants[1], &one), 2);
  assert_int_equal(content_count(c, &one), 5);
  assert_int_equal(content_count(c, &two), 1);
  assert_int_equal(content_count(c, &three), 0);
}

static void each_hsdir_has_its_own(void **state)
{
  CLEANUP(drop) struct content *c = make_distinct(3);
  CLEANUP(drop) struct content *single = make(3);
  uint8_t fingerprint[FINGERPRINT_SIZE] = {0};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    fingerprint[0] = (uint8_t)(0x10 * (i + 1));
    assert_ptr_equal(content_for(c, fingerprint), &c->variants[i]);
    assert_ptr_equal(content_for(single, fingerprint), &single->variants[0]);
  }
  fingerprint[0] = 0x11; /* nothing was chosen for it */
  assert_ptr_equal(content_for(c, fingerprint), &c->variants[0x11 % 3]);
}

static void points_are_counted_once(void **state)
{
  CLEANUP(drop) struct content *c = make_distinct(4);
  CLEANUP(drop) struct content *single = make(7);

  (void)state;
  assert_int_equal(content_points(c), 5);
  assert_int_equal(content_points(single), 7);
}

static void distinct_ones_are_compared_by_hsdir(void **state)
{
  CLEANUP(drop) struct content *a = make_distinct(3);
  CLEANUP(drop) struct content *b = make_distinct(3);
  CLEANUP(drop) struct content *fewer = make_distinct(2);
  CLEANUP(drop) struct content *single = make(2);

  (void)state;
  assert_true(content_equal(a, b));
  assert_false(content_equal(a, fewer));
  assert_false(content_equal(a, single));
  b->slots[1].fingerprint[19] = 1;
  assert_false(content_equal(a, b));
  b->slots[1].fingerprint[19] = 0;
  b->variants[2].plan.intros[0].auth_key[0] = 9;
  assert_false(content_equal(a, b));
}

static void a_copy_is_another_one(void **state)
{
  CLEANUP(drop) struct content *c = make_distinct(3);
  CLEANUP(drop) struct content *copy = content_copy(c);
  CLEANUP(spread_deinit) struct spread s = {0};

  (void)state;
  assert_true(content_equal(c, copy));
  copy->variants[0].plan.n = 1;
  copy->slots[0].fetch = 7;
  assert_int_equal(c->variants[0].plan.n, 2);
  content_spread(c, &s);
  assert_int_equal(s.n, 3);
  assert_int_equal(s.n_credits, 1);
  assert_true(plan_equal(&s.plans[1], &c->variants[1].plan));
  content_renew(c, copy);
  assert_int_equal(c->slots[0].fetch, 7);
  assert_int_equal(copy->slots[0].fetch, 1);
}

static void a_single_one_is_no_spread(void **state)
{
  CLEANUP(drop) struct content *c = make(3);
  CLEANUP(spread_deinit) struct spread s = {0};

  (void)state;
  content_spread(c, &s);
  assert_int_equal(s.n, 0);
  content_spread(NULL, &s);
  assert_int_equal(s.n, 0);
}

static void no_variant_stays_empty(void **state)
{
  CLEANUP(drop) struct content *c = make_distinct(3);

  (void)state;
  c->variants[0].plan.n = 0;
  c->variants[1].plan.n = 1;
  assert_true(content_fill(c));
  assert_true(plan_equal(&c->variants[0].plan, &c->variants[2].plan));
  assert_int_equal(c->variants[1].plan.n, 1);
  for (size_t i = 0; i < 3; i++) {
    c->variants[i].plan.n = 0;
  }
  assert_false(content_fill(c));
}

static void modes_have_names(void **state)
{
  (void)state;
  assert_string_equal(content_mode_text(CONTENT_AUTO), "auto");
  assert_string_equal(content_mode_text(CONTENT_SINGLE), "single");
  assert_string_equal(content_mode_text(CONTENT_DISTINCT), "distinct");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_have_owners),
      cmocka_unit_test(equal_in_any_order),
      cmocka_unit_test(every_line_counts),
      cmocka_unit_test(every_point_counts),
      cmocka_unit_test(each_hsdir_has_its_own),
      cmocka_unit_test(points_are_counted_once),
      cmocka_unit_test(distinct_ones_are_compared_by_hsdir),
      cmocka_unit_test(a_copy_is_another_one),
      cmocka_unit_test(a_single_one_is_no_spread),
      cmocka_unit_test(no_variant_stays_empty),
      cmocka_unit_test(modes_have_names),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
