#include "balance/state.h"

#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void finds_by_address(void **state)
{
  struct stage st;

  (void)state;
  stage_init(&st, 2, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_ptr_equal(state_find_instance(st.core, &st.instances[i].address),
                     &st.core->instances[i]);
  }
  assert_ptr_equal(state_find_service(st.core, &st.services[1].address), &st.core->services[1]);
  assert_null(state_find_service(st.core, &st.instances[0].address));
  assert_null(state_find_instance(st.core, &st.instances[3].address));
  stage_deinit(&st);
}

/* The first change sets the time of the plan, later ones do not move it. */
static void a_change_tells_all_services(void **state)
{
  struct stage st;
  struct step s;

  (void)state;
  stage_init(&st, 2, 3);
  s = (struct step){.core = st.core, .now = st.now, .rng = &st.maker.rng, .out = &st.out};
  state_instance_changed(&s, &st.core->instances[1]);
  s.now.mono.ms += 1000;
  state_instance_changed(&s, &st.core->instances[2]);
  for (size_t i = 0; i < 2; i++) {
    assert_true(st.core->services[i].needs_plan);
    assert_int_equal(st.core->services[i].plan_at.ms, st.now.mono.ms + st.core->timing.settle);
    assert_int_equal(st.core->services[i].wake.ms, s.now.mono.ms);
  }
  stage_deinit(&st);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_by_address),
      cmocka_unit_test(a_change_tells_all_services),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
