#include "balance/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct content make(uint8_t points)
{
  struct content c = {.has_flow_control = true, .flow_control = "1-2 31"};

  for (uint8_t i = 0; i < points; i++) {
    c.plan.intros[c.plan.n++].auth_key[0] = (uint8_t)(i + 1);
  }
  return c;
}

static void equal_in_any_order(void **state)
{
  struct content a = make(5);
  struct content b = make(5);
  struct intro first = b.plan.intros[0];

  (void)state;
  b.plan.intros[0] = b.plan.intros[4];
  b.plan.intros[4] = first;
  assert_true(content_equal(&a, &b));
  assert_true(content_equal(&b, &a));
}

static void every_line_counts(void **state)
{
  struct content a = make(3);
  struct content b = make(3);

  (void)state;
  b.is_single_onion = true;
  assert_false(content_equal(&a, &b));
  b = make(3);
  b.has_flow_control = false;
  assert_false(content_equal(&a, &b));
  b = make(3);
  memcpy(b.flow_control, "1-2 32", 7);
  assert_false(content_equal(&a, &b));
  a.has_flow_control = b.has_flow_control = false; /* then the text does not matter */
  assert_true(content_equal(&a, &b));
}

static void every_point_counts(void **state)
{
  struct content a = make(3);
  struct content b = make(4);

  (void)state;
  assert_false(content_equal(&a, &b));
  assert_false(content_equal(&b, &a));
  b = make(3);
  b.plan.intros[1].onion_key[31] = 1;
  assert_false(content_equal(&a, &b));
}

static void points_have_owners(void **state)
{
  struct content c = make(3);
  struct address one = {{1}}, two = {{2}}, three = {{3}};

  (void)state;
  c.owners[0] = c.owners[2] = one;
  c.owners[1] = two;
  c.owners[3] = three; /* behind the last point */
  assert_int_equal(content_count(&c, &one), 2);
  assert_int_equal(content_count(&c, &two), 1);
  assert_int_equal(content_count(&c, &three), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_have_owners),
      cmocka_unit_test(equal_in_any_order),
      cmocka_unit_test(every_line_counts),
      cmocka_unit_test(every_point_counts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
