#include "balance/service.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void begins_with_nothing_to_do(void **state)
{
  struct address a = {{1, 2, 3}};
  char label[] = "shop";
  struct service s;

  (void)state;
  memset(&s, 0xff, sizeof s);
  service_init(&s, &a, label);
  label[0] = 'X'; /* it has a copy */
  assert_string_equal(s.label, "shop");
  assert_true(address_equal(&s.address, &a));
  assert_int_equal(s.wake.ms, MONO_NEVER.ms);
  assert_false(s.needs_plan || s.is_starving || s.is_waiting);
  assert_false(s.publications[0].is_used || s.publications[1].is_used);
  assert_int_equal(s.n_instances, 0);
  service_deinit(&s);
  assert_null(s.label);
  service_deinit(&s);
}

static void owns_its_parts(void **state)
{
  struct schedule_slot slot = {.period = {1, 1440}};
  struct address a = {{1}};
  struct service s;

  (void)state;
  service_init(&s, &a, "shop");
  s.instances = mem_array(3, sizeof *s.instances);
  s.strays = mem_array(3, sizeof *s.strays);
  publication_init(&s.publications[1], &slot);
  s.publications[1].content = content_new(1);
  service_deinit(&s);
  assert_null(s.instances);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_with_nothing_to_do),
      cmocka_unit_test(owns_its_parts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
