#include "balance/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actor.h"

static void configure(struct stage *st, const struct core_config *config)
{
  stage_step(st, &(struct event){.kind = EVENT_CONFIGURED, .config = config});
}

/* The counters of what is in flight are those of what is in flight. */
static void check_counters(const struct core *c)
{
  unsigned fetches = 0, uploads = 0;

  for (size_t i = 0; i < c->n_instances; i++) {
    for (size_t k = 0; k < c->instances[i].n_targets; k++) {
      fetches += c->instances[i].targets[k].state == TARGET_IN_FLIGHT;
    }
  }
  for (size_t i = 0; i < c->n_services; i++) {
    uploads += (unsigned)c->services[i].n_strays;
    for (size_t k = 0; k < 2; k++) {
      for (size_t j = 0; j < c->services[i].publications[k].n_uploads; j++) {
        uploads += c->services[i].publications[k].uploads[j].is_in_flight;
      }
    }
  }
  assert_int_equal(c->fetches_in_flight, fetches);
  assert_int_equal(c->uploads_in_flight, uploads);
}

/* Both directions between services and instances agree. */
static void check_links(const struct core *c)
{
  size_t forth = 0, back = 0;

  for (size_t i = 0; i < c->n_services; i++) {
    assert_ptr_equal(state_find_service(c, &c->services[i].address), &c->services[i]);
    for (size_t k = 0; k < c->services[i].n_instances; k++) {
      assert_true(c->services[i].instances[k] < c->n_instances);
      forth++;
    }
  }
  for (size_t i = 0; i < c->n_instances; i++) {
    assert_ptr_equal(state_find_instance(c, &c->instances[i].address), &c->instances[i]);
    for (size_t k = 0; k < c->instances[i].n_services; k++) {
      assert_true(c->instances[i].services[k] < c->n_services);
      back++;
    }
  }
  assert_int_equal(forth, back);
  check_counters(c);
}

static void the_same_again_changes_nothing(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;

  (void)state;
  stage_init(&st, 2, 2);
  actor_publish(&st);
  stage_pass(&st, 60 * 1000);
  actor_answer_all(&st, ACTION_UPLOAD, EVENT_UPLOADED, false);
  stage_clear(&st);
  config = stage_config(&st, 2, 2);
  configure(&st, &config);
  check_links(st.core);
  stage_pass(&st, 10 * 1000);
  assert_int_equal(stage_count(&st, ACTION_UPLOAD), 0);
  assert_int_equal(stage_count(&st, ACTION_BLIND), 0);
  assert_int_equal(stage_count(&st, ACTION_CERTIFY), 0);
  assert_int_equal(st.core->services[0].publications[0].round, 1);
}

/* The third one is asked at once; it has no points before it answers. */
static void an_instance_that_joins(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;
  const struct action *fetch;

  (void)state;
  stage_init(&st, 1, 2);
  actor_publish(&st);
  config = stage_config(&st, 1, 3);
  configure(&st, &config);
  st.n_instances = 3;
  check_links(st.core);
  assert_int_equal(st.core->instances[0].knowledge.revision, 100);
  assert_int_equal(st.core->instances[1].knowledge.n_intros, 3);
  assert_false(st.core->instances[2].knowledge.is_known);
  fetch = stage_last(&st, ACTION_FETCH);
  assert_non_null(fetch);
  assert_true(address_equal(&fetch->address, &st.instances[2].address));
  actor_give_all(&st, 101);
  stage_pass(&st, 60 * 1000);
  assert_int_equal(st.core->services[0].publications[0].content->variants[0].plan.n, 9);
  assert_true(stage_count(&st, ACTION_UPLOAD) > 0);
  check_counters(st.core);
}

static bool names(const struct publication *pub, const struct intro *points, size_t n)
{
  struct plan_source source = {points, n, 1};

  return plan_has_source(&pub->content->variants[0].plan, &source);
}

/* What it gave leaves the descriptors, and its answers are nobody's. */
static void an_instance_that_leaves(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;
  struct descriptor d;

  (void)state;
  stage_init(&st, 1, 3);
  actor_publish(&st);
  assert_true(names(&st.core->services[0].publications[0], st.intros[2], 3));
  config = stage_config(&st, 1, 2);
  configure(&st, &config);
  st.n_instances = 2;
  check_links(st.core);
  stage_pass(&st, 60 * 1000);
  for (size_t i = 0; i < 2; i++) {
    assert_false(names(&st.core->services[0].publications[i], st.intros[2], 3));
    assert_true(names(&st.core->services[0].publications[i], st.intros[0], 3));
    assert_true(names(&st.core->services[0].publications[i], st.intros[1], 3));
  }
  d = actor_descriptor(&st, 2, 101);
  actor_give(&st, 2, &d, NULL);
  assert_null(state_find_instance(st.core, &st.instances[2].address));
  check_counters(st.core);
}

/* Another order and other labels: what is known goes with the address. */
static void moved_and_renamed(void **state)
{
  static const uint32_t both[] = {1, 0};
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;
  struct core_instance instances[2];
  struct core_service services[2];
  uint64_t revisions[2];

  (void)state;
  stage_init(&st, 2, 2);
  actor_publish(&st);
  for (size_t i = 0; i < 2; i++) {
    size_t other = 1 - i;

    revisions[i] = st.core->services[i].publications[0].revision;
    st.core->instances[i].knowledge.revision = 500 + i;
    instances[i] =
        (struct core_instance){.address = st.instances[other].address, .label = i == 0 ? "b" : "a"};
    services[i] = (struct core_service){.address = st.services[other].address,
                                        .label = i == 0 ? "B" : "A",
                                        .instances = both,
                                        .n_instances = 2};
  }
  config = (struct core_config){
      .services = services, .n_services = 2, .instances = instances, .n_instances = 2};
  configure(&st, &config);
  check_links(st.core);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(st.core->instances[i].knowledge.revision, 501 - i);
    assert_string_equal(st.core->instances[i].label, i == 0 ? "b" : "a");
    assert_string_equal(st.core->services[i].label, i == 0 ? "B" : "A");
    assert_int_equal(st.core->services[i].publications[0].revision, revisions[1 - i]);
    assert_int_equal(st.core->services[i].publications[0].keys, KEY_READY);
    assert_int_equal(st.core->services[i].instances[0], 1);
  }
}

/* The service that joins asks for keys; the one that leaves takes its uploads
 * with it. */
static void services_join_and_leave(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;
  struct action upload;

  (void)state;
  stage_init(&st, 1, 2);
  actor_open(&st);
  assert_true(st.core->uploads_in_flight > 0);
  upload = *stage_last(&st, ACTION_UPLOAD);
  stage_clear(&st);
  config = stage_config(&st, 2, 2);
  configure(&st, &config);
  check_links(st.core);
  assert_int_equal(stage_last(&st, ACTION_BLIND)->service, 1);
  assert_true(st.core->uploads_in_flight > 0); /* of the first one, still */
  actor_sign(&st);
  assert_int_equal(st.core->services[1].publications[0].keys, KEY_READY);
  config = stage_config(&st, 2, 2);
  config.services++;
  config.n_services = 1;
  configure(&st, &config);
  check_links(st.core);
  assert_string_equal(st.core->services[0].label, "two");
  actor_answer(&st, &upload, EVENT_UPLOADED, false); /* of a service that is gone */
  check_counters(st.core);
}

/* In the middle of a round of fetches. */
static void what_is_in_flight_stays_counted(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;

  (void)state;
  stage_init(&st, 1, 4);
  stage_tell(&st, EVENT_TOR_UP);
  actor_show_network(&st, MAKER_VALID_AFTER);
  assert_int_equal(st.core->fetches_in_flight, 8);
  config = stage_config(&st, 1, 1);
  configure(&st, &config);
  check_links(st.core);
  assert_int_equal(st.core->fetches_in_flight, 2);
  actor_answer_all(&st, ACTION_FETCH, EVENT_FETCH_FAILED, true);
  check_counters(st.core);
}

/* Before tor has shown a network there is nothing but names to exchange. */
static void before_there_is_a_network(void **state)
{
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;

  (void)state;
  stage_init(&st, 1, 1);
  config = stage_config(&st, 3, 4);
  configure(&st, &config);
  check_links(st.core);
  assert_int_equal(st.core->n_services, 3);
  assert_int_equal(st.core->n_instances, 4);
  assert_int_equal(st.out.n, 0);
}

static void down_to_nothing_and_back(void **state)
{
  static const struct core_config nothing;
  struct stage st CLEANUP(stage_deinit);
  struct core_config config;

  (void)state;
  stage_init(&st, 1, 2);
  actor_open(&st);
  configure(&st, &nothing);
  check_links(st.core);
  assert_int_equal(st.core->uploads_in_flight, 0);
  assert_int_equal(st.core->fetches_in_flight, 0);
  stage_pass(&st, 1000);
  config = stage_config(&st, 1, 2);
  configure(&st, &config);
  check_links(st.core);
  assert_false(st.core->instances[0].knowledge.is_known);
  assert_true(st.core->instances[0].has_period);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_again_changes_nothing),
      cmocka_unit_test(an_instance_that_joins),
      cmocka_unit_test(an_instance_that_leaves),
      cmocka_unit_test(moved_and_renamed),
      cmocka_unit_test(services_join_and_leave),
      cmocka_unit_test(what_is_in_flight_stays_counted),
      cmocka_unit_test(before_there_is_a_network),
      cmocka_unit_test(down_to_nothing_and_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
