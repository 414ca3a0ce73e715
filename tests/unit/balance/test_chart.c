#include "balance/chart.h"

#include "prober_actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ONION "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"

static const struct prober_actor_end *const all_good[] = {&prober_actor_good, &prober_actor_good,
                                                          &prober_actor_good};
static const struct prober_actor_end *const one_dead[] = {&prober_actor_dead, &prober_actor_good,
                                                          &prober_actor_good};

static int setup(void **state)
{
  struct stage *st = stage_new(1, 3);

  st->core->remembers = true;
  prober_actor_open(st);
  *state = st;
  return 0;
}

/* As memo for the next step. */
static int restore(struct stage *st, struct slice body)
{
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};
  struct memo m = {.kind = MEMO_HEALTH, .body = body};

  return chart_restore(&s, &m);
}

static struct health *health(struct stage *st, size_t i)
{
  return &st->core->instances[i].health;
}

/* What would be kept now. */
static void build(struct stage *st, struct buf *out)
{
  struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};
  struct memo m;

  stage_clear(st);
  chart_changed(&s);
  chart_keep(&s);
  assert_int_equal(stage_count(st, ACTION_KEEP), 1);
  assert_int_equal(st->out.items[0].memo, MEMO_HEALTH);
  if (st->out.items[0].text.n > 0) {
    assert_int_equal(memo_parse(st->core->suite, "health", buf_slice(&st->out.items[0].text), &m),
                     0);
    buf_add_slice(out, m.body);
  }
  stage_clear(st);
  chart_keep(&s);
  assert_int_equal(stage_count(st, ACTION_KEEP), 0); /* once for each change */
}

/* As after a start: nobody has been probed. */
static void forget(struct stage *st)
{
  for (size_t i = 0; i < st->core->n_instances; i++) {
    struct health_config config = health(st, i)->config;
    struct health fresh;

    health_init(&fresh, &config);
    health_deinit(health(st, i));
    *health(st, i) = fresh;
  }
}

static void add_line(struct stage *st, const char *word, size_t i, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  address_format(st->core->suite, &st->core->instances[i].address, text);
  buf_addf(out, "%s %s\n", word, text);
}

static void nothing_is_known_at_first(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};

  build(*state, &body);
  assert_int_equal(body.n, 0);
}

static void what_was_seen_comes_back(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  prober_actor_play(st, 30, all_good);
  prober_actor_play(st, 70, one_dead);
  assert_int_equal(health(st, 0)->state, HEALTH_DOWN);
  build(st, &body);
  forget(st);
  assert_int_equal(restore(st, buf_slice(&body)), 0);
  assert_int_equal(health(st, 0)->state, HEALTH_DOWN);
  assert_int_equal(health(st, 0)->why, HEALTH_REMEMBERED);
  assert_int_equal(health(st, 1)->state, HEALTH_STARTING);
  for (size_t i = 0; i < 3; i++) {
    assert_true(health(st, i)->has_answered);
    assert_false(health(st, i)->is_checked);
  }
  assert_true(mono_is_due(health(st, 0)->next, st->now.mono));
}

static void one_good_probe_brings_it_back(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  add_line(st, "down", 0, &body);
  assert_int_equal(restore(st, buf_slice(&body)), 0);
  prober_actor_play(st, 15, all_good);
  assert_int_equal(health(st, 0)->state, HEALTH_UP);
}

static void it_stays_down_if_it_is(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  add_line(st, "down", 0, &body);
  assert_int_equal(restore(st, buf_slice(&body)), 0);
  prober_actor_play(st, 60, one_dead);
  assert_int_equal(health(st, 0)->state, HEALTH_DOWN);
  assert_int_not_equal(health(st, 0)->why, HEALTH_REMEMBERED);
  assert_int_equal(health(st, 1)->state, HEALTH_UP);
}

static void all_down_is_not_believed(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  for (size_t i = 0; i < 3; i++) {
    add_line(st, "down", i, &body);
  }
  assert_int_equal(restore(st, buf_slice(&body)), 0);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(health(st, i)->state, HEALTH_STARTING);
    assert_int_equal(health(st, i)->why, HEALTH_UNCHECKED);
  }
}

static void a_probe_knows_better(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  prober_actor_play(st, 30, all_good);
  add_line(st, "down", 0, &body);
  assert_int_equal(restore(st, buf_slice(&body)), 0);
  assert_int_equal(health(st, 0)->state, HEALTH_UP);
}

/* Whole lines count, whatever follows. */
static void every_truncation(void **state)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct stage *st = *state;

  add_line(st, "down", 0, &body);
  for (size_t n = 1; n + 1 < body.n; n++) {
    assert_true(restore(st, slice_of(body.p, n)) < 0);
    assert_int_equal(health(st, 0)->state, HEALTH_STARTING);
  }
  buf_add_str(&body, "answered ");
  assert_true(restore(st, buf_slice(&body)) < 0);
  assert_int_equal(health(st, 0)->state, HEALTH_DOWN);
}

static void strange_lines(void **state)
{
  static const char *const bodies[] = {"\n",       "up\n",         "down\n",
                                       "down x\n", "answered x\n", "burn x\n"};

  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    assert_true(restore(*state, slice_str(bodies[i])) < 0);
  }
}

/* An instance of another configuration. */
static void who_is_no_more_is_left_out(void **state)
{
  struct stage *st = *state;

  assert_int_equal(restore(st, slice_str("down " ONION "\nanswered " ONION "\n")), 0);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(health(st, i)->state, HEALTH_STARTING);
    assert_false(health(st, i)->has_answered);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_is_known_at_first, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(what_was_seen_comes_back, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(one_good_probe_brings_it_back, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(it_stays_down_if_it_is, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(all_down_is_not_believed, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_probe_knows_better, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(every_truncation, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(strange_lines, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(who_is_no_more_is_left_out, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
