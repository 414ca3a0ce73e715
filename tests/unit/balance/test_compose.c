#include "balance/compose.h"

#include "actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void start(struct stage *st, size_t n)
{
  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  for (size_t i = 0; i < n; i++) {
    struct descriptor d = actor_descriptor(st, i, 1);

    actor_give(st, i, &d, NULL);
  }
}

static int setup(void **state)
{
  *state = stage_new(1, 4);
  start(*state, 4);
  return 0;
}

static void drop(struct content **c)
{
  content_free(*c);
}

/* New content for the first descriptor, from what serves now. */
static struct content *compose(struct stage *st, bool rotate)
{
  struct service *sv = &st->core->services[0];
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};
  CLEANUP(supply_deinit) struct supply o = {0};

  supply_init(&o, st->core, sv);
  return compose_content(&s, sv, &sv->publications[0], &o, rotate);
}

static void few_share_one(void **state)
{
  struct stage *st = *state;
  CLEANUP(drop) struct content *c = compose(st, false);

  assert_false(c->is_distinct);
  assert_int_equal(c->n, 1);
  assert_int_equal(c->variants[0].plan.n, 12);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(content_count(c, &st->core->instances[i].address), 3);
    assert_int_equal(content_share(c, &st->core->instances[i].address), 250000);
  }
}

static void distinct_where_the_configuration_says_so(void **state)
{
  struct stage *st = *state;
  const struct publication *pub = &st->core->services[0].publications[0];
  CLEANUP(drop) struct content *c = NULL;

  st->core->services[0].mode = CONTENT_DISTINCT;
  c = compose(st, false);
  assert_true(c->is_distinct);
  assert_int_equal(c->n, pub->n_uploads);
  for (size_t i = 0; i < c->n; i++) {
    assert_in_range(c->variants[i].plan.n, 4, LIMIT_INTRO_POINTS);
    for (size_t k = 0; k < c->variants[i].plan.n; k++) {
      assert_non_null(state_find_instance(st->core, &c->variants[i].owners[k]));
    }
  }
  assert_false(compose_is_fitting(pub)); /* what it has now is single */
}

/* Before the blinded key is there nobody knows the HSDirs. */
static void distinct_ones_wait_for_their_hsdirs(void **state)
{
  struct stage *st = *state;
  struct publication *pub = &st->core->services[0].publications[0];
  size_t n = pub->n_uploads;

  st->core->services[0].mode = CONTENT_DISTINCT;
  pub->n_uploads = 0;
  assert_null(compose(st, false));
  assert_true(st->core->services[0].is_distinct);
  pub->n_uploads = n;
}

/* Points of all instances on one relay: a single descriptor can hold one. */
static void share_a_relay(struct stage *st)
{
  for (size_t i = 0; i < 4; i++) {
    for (size_t k = 0; k < st->core->instances[i].knowledge.n_intros; k++) {
      memset(st->core->instances[i].knowledge.intros[k].relay_id, 0x77, FINGERPRINT_SIZE);
    }
  }
}

static void distinct_where_one_leaves_somebody_out(void **state)
{
  struct stage *st = *state;
  CLEANUP(drop) struct content *c = NULL, *single = NULL;

  share_a_relay(st);
  c = compose(st, false);
  assert_true(c->is_distinct && st->core->services[0].is_distinct);
  assert_int_equal(stage_logged(st, "one descriptor does not hold its 4 instances"), 1);
  st->core->services[0].mode = CONTENT_SINGLE;
  single = compose(st, false);
  assert_false(single->is_distinct);
  assert_int_equal(single->variants[0].plan.n, 1);
}

/* It comes back with the timer only, and only if all have room. */
static void it_comes_back_late(void **state)
{
  struct stage *st = *state;
  CLEANUP(drop) struct content *before = NULL, *after = NULL;

  st->core->services[0].is_distinct = true;
  before = compose(st, false);
  assert_true(before->is_distinct);
  after = compose(st, true);
  assert_false(after->is_distinct);
  assert_int_equal(stage_logged(st, "one descriptor holds its 4 instances again"), 1);
}

static bool asks(const struct content *c, size_t slot)
{
  return c->slots[slot].fetch > 0;
}

/* Spares and those that refuse count as not asked, unless nothing is left. */
static void who_refuses_does_not_count(void **state)
{
  struct stage *st = *state;
  struct publication *pub = &st->core->services[0].publications[0];
  CLEANUP(drop) struct content *one = NULL, *none = NULL, *nobody = NULL;

  st->core->services[0].mode = CONTENT_DISTINCT;
  for (size_t i = 0; i < pub->n_uploads; i++) {
    pub->uploads[i].is_asked = i < 2;
    pub->uploads[i].is_refusing = i == 0;
  }
  one = compose(st, false);
  assert_true(!asks(one, 0) && asks(one, 1) && !asks(one, 2));
  pub->uploads[1].is_refusing = true;
  none = compose(st, false);
  assert_true(asks(none, 0) && asks(none, 1) && !asks(none, 2));
  pub->uploads[0].is_asked = pub->uploads[1].is_asked = false;
  nobody = compose(st, false);
  assert_true(asks(nobody, 0) && asks(nobody, 1) && asks(nobody, 2));
}

/* One instance that does not announce it: no variant has the line. */
static void lines_need_all_instances(void **state)
{
  struct stage *st = *state;
  CLEANUP(drop) struct content *with = NULL, *without = NULL;

  st->core->services[0].mode = CONTENT_DISTINCT;
  with = compose(st, false);
  assert_true(with->has_flow_control);
  st->core->instances[3].knowledge.has_flow_control = false;
  without = compose(st, false);
  assert_false(without->has_flow_control);
}

static void it_fits_its_hsdirs(void **state)
{
  struct stage *st = *state;
  struct publication *pub = &st->core->services[0].publications[0];
  struct content *single = pub->content;

  st->core->services[0].mode = CONTENT_DISTINCT;
  pub->content = compose(st, false);
  assert_true(compose_is_fitting(pub));
  pub->uploads[1].fingerprint[19] ^= 1;
  assert_false(compose_is_fitting(pub));
  pub->uploads[1].fingerprint[19] ^= 1;
  pub->n_uploads--;
  assert_false(compose_is_fitting(pub));
  pub->n_uploads++;
  content_free(pub->content);
  pub->content = NULL;
  assert_false(compose_is_fitting(pub));
  pub->content = single;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(few_share_one, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(distinct_where_the_configuration_says_so, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(distinct_ones_wait_for_their_hsdirs, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(distinct_where_one_leaves_somebody_out, setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(it_comes_back_late, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(who_refuses_does_not_count, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(lines_need_all_instances, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(it_fits_its_hsdirs, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
