#include "balance/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actor.h"

static void shows_the_configuration_before_anything_happened(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct snapshot sn CLEANUP(snapshot_deinit) = {0};

  (void)state;
  stage_init(&st, 2, 3);
  snapshot_init(&sn, st.core);
  assert_int_equal(sn.n_services, 2);
  assert_string_equal(sn.services[0].label, "one");
  assert_string_equal(sn.services[1].label, "two");
  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_service *sv = &sn.services[i];

    assert_true(address_equal(&sv->address, &st.services[i].address));
    assert_int_equal(sv->n_instances, 3);
    for (size_t k = 0; k < 3; k++) {
      assert_true(address_equal(&sv->instances[k].address, &st.instances[k].address));
      assert_false(sv->instances[k].is_known);
      assert_false(sv->instances[k].is_usable);
      assert_int_equal(sv->instances[k].n_intros, 0);
    }
    for (size_t k = 0; k < 2; k++) {
      assert_false(sv->descriptors[k].is_attempted);
      assert_int_equal(sv->descriptors[k].n_hsdirs, 0);
    }
  }
}

static void shows_what_is_on_its_way(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct snapshot sn CLEANUP(snapshot_deinit) = {0};
  bool is_attempted = false;

  (void)state;
  stage_init(&st, 1, 2);
  actor_open(&st);
  snapshot_init(&sn, st.core);
  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d = &sn.services[0].descriptors[i];

    assert_int_equal(d->n_hsdirs, 8);
    assert_int_equal(d->n_confirmed, 0);
    is_attempted = is_attempted || d->is_attempted;
  }
  assert_true(is_attempted);
}

static void shows_what_is_confirmed(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct snapshot sn CLEANUP(snapshot_deinit) = {0};
  const struct snapshot_service *sv;
  uint64_t first;

  (void)state;
  stage_init(&st, 1, 2);
  actor_publish(&st);
  stage_pass(&st, 60 * 1000); /* the other descriptor comes some seconds later */
  actor_answer_all(&st, ACTION_UPLOAD, EVENT_UPLOADED, false);
  first = st.core->network.slots[0].period.number;
  snapshot_init(&sn, st.core);
  sv = &sn.services[0];
  for (size_t i = 0; i < 2; i++) {
    assert_true(sv->descriptors[i].is_attempted);
    assert_int_equal(sv->descriptors[i].period_number, first + i);
    assert_int_equal(sv->descriptors[i].n_hsdirs, 8);
    assert_int_equal(sv->descriptors[i].n_confirmed, 8);
    assert_true(sv->descriptors[i].attempted.s >= MAKER_NOW);
    assert_true(sv->descriptors[i].attempted.s <= st.now.wall.s);
  }
  for (size_t i = 0; i < 2; i++) {
    assert_true(sv->instances[i].is_known);
    assert_true(sv->instances[i].is_usable);
    assert_int_equal(sv->instances[i].n_intros, 3);
    assert_int_equal(sv->instances[i].received.s, MAKER_NOW);
    assert_int_equal(sv->instances[i].modified.s, MAKER_NOW);
  }
  st.core->instances[1].is_gone = true;
  snapshot_deinit(&sn);
  snapshot_init(&sn, st.core);
  assert_true(sn.services[0].instances[1].is_known);
  assert_false(sn.services[0].instances[1].is_usable);
}

static void nothing_configured_is_nothing_to_show(void **state)
{
  static const struct core_config nothing;
  struct stage st CLEANUP(stage_deinit);
  struct snapshot sn CLEANUP(snapshot_deinit) = {0};

  (void)state;
  stage_init(&st, 1, 1);
  core_free(st.core);
  st.core = core_new(st.maker.suite, &nothing);
  snapshot_init(&sn, st.core);
  assert_int_equal(sn.n_services, 0);
}

/* Three points each: with weights of 1, 1 and 5 the last one lacks some. */
static void tells_what_weights_ask_for(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct snapshot sn CLEANUP(snapshot_deinit) = {0};

  (void)state;
  stage_init(&st, 1, 3);
  actor_open(&st);
  for (size_t i = 0; i < 3; i++) {
    st.core->services[0].members[i].weight = i == 2 ? 5 : 1;
  }
  snapshot_init(&sn, st.core);
  assert_int_equal(sn.services[0].instances[0].due, 142857);
  assert_int_equal(sn.services[0].instances[0].obstacle, SHARES_FREE);
  assert_int_equal(sn.services[0].instances[2].due, 714285);
  assert_int_equal(sn.services[0].instances[2].obstacle, SHARES_POINTS);
  assert_int_equal(sn.services[0].instances[2].n_needed, 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shows_the_configuration_before_anything_happened),
      cmocka_unit_test(shows_what_is_on_its_way),
      cmocka_unit_test(shows_what_is_confirmed),
      cmocka_unit_test(nothing_configured_is_nothing_to_show),
      cmocka_unit_test(tells_what_weights_ask_for),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
