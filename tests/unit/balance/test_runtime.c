#include "balance/runtime.h"

#include "prober_actor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static int setup(void **state)
{
  struct stage *st = stage_new(2, 3);

  prober_actor_open(st);
  st->core->remembers = true;
  *state = st;
  return 0;
}

static void command(struct stage *st, struct admin_command c)
{
  struct admin_result result;

  stage_step(st, &(struct event){.kind = EVENT_ADMIN, .admin = &c, .admin_result = &result});
  assert_int_equal(result.outcome, ADMIN_DONE);
}

/* The text that the last step has kept; its body goes to out. False if the memo
 * was removed, which must be one or the other. */
static bool find_kept(struct stage *st, struct buf *out)
{
  for (size_t i = st->out.n; i > 0; i--) {
    const struct action *a = &st->out.items[i - 1];
    struct memo m;

    if (a->kind != ACTION_KEEP || a->memo != MEMO_RUNTIME) {
      continue;
    }
    if (a->text.n > 0) {
      assert_int_equal(memo_parse(st->core->suite, "runtime", buf_slice(&a->text), &m), 0);
      buf_add_slice(out, m.body);
    }
    return a->text.n > 0;
  }
  fail_msg("nothing was kept");
  return false;
}

static void restore(struct stage *st, struct slice body)
{
  struct memo m = {.kind = MEMO_RUNTIME, .body = body};

  stage_step(st, &(struct event){.kind = EVENT_RESTORED, .memo = &m});
}

static void forget(struct stage *st)
{
  for (size_t i = 0; i < st->core->n_instances; i++) {
    admin_restore(&st->core->instances[i], ADMIN_ENABLED);
  }
  for (size_t i = 0; i < st->core->n_services; i++) {
    for (size_t k = 0; k < st->core->services[i].n_instances; k++) {
      st->core->services[i].members[k].weight = 1;
      st->core->services[i].members[k].is_overridden = false;
      st->core->services[i].members[k].kept.is_set = false;
    }
  }
}

static void what_was_changed_comes_back(void **state)
{
  struct stage *st = *state;
  CLEANUP(buf_deinit) struct buf body = {0};

  command(st, (struct admin_command){.op = ADMIN_STATE,
                                     .instance = st->instances[1].address,
                                     .value = ADMIN_DISABLED});
  command(st, (struct admin_command){.op = ADMIN_WEIGHT,
                                     .has_service = true,
                                     .service = st->core->services[1].address,
                                     .instance = st->instances[2].address,
                                     .value = 7});
  assert_true(find_kept(st, &body));
  forget(st);
  restore(st, buf_slice(&body));
  assert_int_equal(st->core->instances[0].admin, ADMIN_ENABLED);
  assert_int_equal(st->core->instances[1].admin, ADMIN_DISABLED);
  assert_false(st->core->services[0].members[2].is_overridden);
  assert_true(st->core->services[1].members[2].is_overridden);
  assert_int_equal(st->core->services[1].members[2].weight, 7);
}

static void nothing_changed_is_nothing_kept(void **state)
{
  struct stage *st = *state;
  CLEANUP(buf_deinit) struct buf body = {0};

  command(st, (struct admin_command){
                  .op = ADMIN_STATE, .instance = st->instances[0].address, .value = ADMIN_DRAIN});
  assert_true(find_kept(st, &body));
  command(st, (struct admin_command){.op = ADMIN_STATE, .instance = st->instances[0].address});
  assert_false(find_kept(st, &body));
}

/* Cut or changed anywhere: whole lines count, and nothing else happens. */
static void every_truncation(void **state)
{
  struct stage *st = *state;
  CLEANUP(buf_deinit) struct buf body = {0};

  command(st, (struct admin_command){
                  .op = ADMIN_STATE, .instance = st->instances[1].address, .value = ADMIN_DRAIN});
  assert_true(find_kept(st, &body));
  for (size_t n = 0; n + 1 < body.n; n++) {
    forget(st);
    restore(st, slice_of(body.p, n));
    assert_int_equal(st->core->instances[1].admin, ADMIN_ENABLED);
  }
}

static void strange_lines(void **state)
{
  static const char *const bodies[] = {"\n",       "enabled x\n", "weight\n",    "weight 257 a b\n",
                                       "burn x\n", "drain \n",    "weight 5 x\n"};
  struct stage *st = *state;

  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    struct step s = {.core = st->core, .now = st->now, .rng = &st->maker.rng, .out = &st->out};
    struct memo m = {.kind = MEMO_RUNTIME, .body = slice_str(bodies[i])};

    assert_true(runtime_restore(&s, &m) < 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_was_changed_comes_back, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(nothing_changed_is_nothing_kept, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(every_truncation, setup, stage_teardown),
      cmocka_unit_test_setup_teardown(strange_lines, setup, stage_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
