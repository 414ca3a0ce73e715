#include "balance/memory.h"

#include "actor.h"

#include "crypto/ope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR 3600

static int setup(void **state)
{
  struct stage *st = calloc(1, sizeof *st);

  stage_init(st, 1, 2);
  st->core->remembers = true;
  *state = st;
  return 0;
}

/* What a run has wanted kept: the last text of each name. */
struct kept {
  struct {
    enum memo_kind kind;
    struct address address;
    struct buf text;
  } items[8];
  size_t n;
};

static void kept_deinit(struct kept *k)
{
  for (size_t i = 0; i < k->n; i++) {
    buf_deinit(&k->items[i].text);
  }
}

static void keep(struct kept *k, const struct action *a)
{
  size_t i = 0;

  while (i < k->n &&
         (k->items[i].kind != a->memo || !address_equal(&k->items[i].address, &a->address))) {
    i++;
  }
  assert_true(i < 8);
  k->n = i == k->n ? k->n + 1 : k->n;
  k->items[i].kind = a->memo;
  k->items[i].address = a->address;
  buf_clear(&k->items[i].text);
  buf_add_slice(&k->items[i].text, buf_slice(&a->text));
}

static struct kept take_kept(const struct stage *st)
{
  struct kept k = {0};

  for (size_t i = 0; i < st->out.n; i++) {
    if (st->out.items[i].kind == ACTION_KEEP) {
      keep(&k, &st->out.items[i]);
    }
  }
  return k;
}

/* The stage ends and begins anew, so many seconds later by the wall clock. */
static void restart(struct stage *st, int64_t seconds)
{
  struct core_config config = stage_config(st, st->n_services, st->n_instances);

  config.remembers = true;
  core_free(st->core);
  st->core = core_new(st->maker.suite, &config);
  stage_clear(st);
  st->n_signed = 0;
  st->now.wall = wall_plus(st->now.wall, seconds);
}

static void restore_text(struct stage *st, enum memo_kind kind, const struct address *address,
                         struct slice text)
{
  struct buf name CLEANUP(buf_deinit) = {0};
  struct memo m;
  struct event e = {.kind = EVENT_RESTORED, .memo = &m};

  memo_name(st->maker.suite, kind, address, &name);
  assert_int_equal(memo_parse(st->maker.suite, buf_str(&name), text, &m), 0);
  stage_step(st, &e);
}

static void restore(struct stage *st, const struct kept *k)
{
  for (size_t i = 0; i < k->n; i++) {
    restore_text(st, k->items[i].kind, &k->items[i].address, buf_slice(&k->items[i].text));
  }
}

/* Tor, signer and network come up; no HSDir answers a fetch. */
static void go_up(struct stage *st)
{
  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER);
  actor_sign(st);
  stage_pass(st, 1);
}

static size_t find_first(const struct stage *st, enum action_kind kind)
{
  size_t i = 0;

  while (i < st->out.n && st->out.items[i].kind != kind) {
    i++;
  }
  return i;
}

static uint32_t highest_input(const struct stage *st)
{
  const struct publication *pubs = st->core->services[0].publications;

  return pubs[0].counter_input > pubs[1].counter_input ? pubs[0].counter_input
                                                       : pubs[1].counter_input;
}

static void nothing_is_kept_unless_wanted(void **state)
{
  struct stage *st = *state;

  st->core->remembers = false;
  actor_open(st);
  assert_true(stage_count(st, ACTION_UPLOAD) > 0);
  assert_int_equal(stage_count(st, ACTION_KEEP), 0);
}

/* The order in which the shell carries them out is what makes them safe. */
static void ceilings_are_kept_before_uploads(void **state)
{
  struct stage *st = *state;
  size_t upload;
  bool is_kept = false;

  actor_open(st);
  upload = find_first(st, ACTION_UPLOAD);
  assert_true(upload < st->out.n);
  for (size_t i = 0; i < upload; i++) {
    is_kept =
        is_kept || (st->out.items[i].kind == ACTION_KEEP && st->out.items[i].memo == MEMO_COUNTERS);
  }
  assert_true(is_kept);
}

static size_t count_counters(const struct stage *st)
{
  size_t n = 0;

  for (size_t i = 0; i < st->out.n; i++) {
    n += st->out.items[i].kind == ACTION_KEEP && st->out.items[i].memo == MEMO_COUNTERS;
  }
  return n;
}

/* Retries and rounds within a quarter of an hour need no write, but for the first
 * of the other descriptor. */
static void ceilings_are_seldom_kept(void **state)
{
  struct stage *st = *state;

  actor_open(st);
  stage_clear(st);
  for (int i = 0; i < 10; i++) {
    actor_answer_all(st, ACTION_UPLOAD, EVENT_UPLOAD_FAILED, false);
    st->now.wall = wall_plus(st->now.wall, 60);
    stage_pass(st, 60000);
  }
  assert_true(stage_count(st, ACTION_UPLOAD) > 8);
  assert_in_range(count_counters(st), 0, 1);
}

static void a_restart_needs_no_fetch(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);

  actor_open(st);
  k = take_kept(st);
  assert_int_equal(k.n, 3); /* the counters, and two instances */
  restart(st, 5);
  restore(st, &k);
  go_up(st);
  assert_true(stage_count(st, ACTION_UPLOAD) >= 8);
  assert_true(stage_count(st, ACTION_FETCH) > 0); /* and they are asked at once */
  assert_int_equal(st->core->services[0].publications[0].content->variants[0].plan.n, 6);
}

/* Whatever the clock did meanwhile. */
static void counters_never_go_back(void **state)
{
  static const int64_t jumps[] = {0, 1, -1, 30, -20 * HOUR, 5 * HOUR, -5 * HOUR, -HOUR};
  struct stage *st = *state;
  uint32_t before;

  actor_open(st);
  for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
    struct kept k CLEANUP(kept_deinit) = take_kept(st);
    const struct publication *pubs = st->core->services[0].publications;
    struct publication old[2] = {pubs[0], pubs[1]};

    before = highest_input(st);
    restart(st, jumps[i]);
    restore(st, &k);
    actor_open(st);
    pubs = st->core->services[0].publications;
    for (size_t n = 0; n < 2; n++) {
      size_t same = pubs[0].slot.period.number == old[n].slot.period.number ? 0 : 1;

      assert_true(old[n].revision == 0 || pubs[same].revision > old[n].revision);
    }
    assert_true(highest_input(st) > before);
  }
}

/* A restart costs a minute of the scale, not a quarter of an hour. */
static void many_restarts_do_not_run_away(void **state)
{
  struct stage *st = *state;
  uint32_t first;

  actor_open(st);
  first = highest_input(st);
  for (int i = 0; i < 50; i++) {
    struct kept k CLEANUP(kept_deinit) = take_kept(st);

    restart(st, 1);
    restore(st, &k);
    actor_open(st);
  }
  assert_true(highest_input(st) > first + 50);
  assert_true(highest_input(st) < first + 900 + 50 * 70);
}

/* A frontend that is taken out of the configuration and comes back. */
static void a_reload_does_not_lower_them(void **state)
{
  struct stage *st = *state;
  struct core_config config;
  struct event e = {.kind = EVENT_CONFIGURED, .config = &config};
  uint32_t before;

  stage_deinit(st);
  stage_init(st, 2, 1);
  actor_open(st);
  before = st->core->services[1].publications[0].counter_input;
  assert_true(before > 0);
  config = stage_config(st, 1, 1);
  stage_step(st, &e);
  st->now.wall = wall_plus(st->now.wall, -HOUR);
  config = stage_config(st, 2, 1);
  stage_step(st, &e);
  actor_sign(st);
  actor_give_all(st, 101);
  stage_pass(st, 6000);
  assert_true(st->core->services[1].publications[0].counter_input > before);
}

/* Restores one instance after so many seconds; true if it was used. */
static bool is_used_after(struct stage *st, const struct kept *k, int64_t seconds)
{
  restart(st, seconds);
  restore(st, k);
  st->now.wall = wall_plus(st->now.wall, -seconds);
  return st->core->instances[0].knowledge.is_known;
}

static void only_fresh_ones_are_used(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);

  actor_open(st);
  k = take_kept(st);
  assert_true(is_used_after(st, &k, 0));
  assert_true(is_used_after(st, &k, 3 * HOUR));
  assert_false(is_used_after(st, &k, 3 * HOUR + 1));
  assert_true(is_used_after(st, &k, -300));
  assert_false(is_used_after(st, &k, -301)); /* seen by another clock: nobody knows when */
}

static void of_another_period_it_is_forgotten(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);

  actor_open(st);
  k = take_kept(st);
  restart(st, 0);
  restore(st, &k);
  assert_true(st->core->instances[0].knowledge.is_known);
  stage_tell(st, EVENT_SIGNER_UP);
  stage_tell(st, EVENT_TOR_UP);
  actor_show_network(st, MAKER_VALID_AFTER + 24 * HOUR);
  actor_sign(st);
  stage_pass(st, 1);
  assert_false(st->core->instances[0].knowledge.is_known);
  assert_int_equal(stage_count(st, ACTION_UPLOAD), 0);
}

/* It comes when another publisher has set the folder free. */
static void late_memories_do_not_disturb(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);
  uint64_t revision;

  actor_open(st);
  k = take_kept(st);
  restart(st, 0);
  actor_open(st);
  actor_give_all(st, 200);
  revision = st->core->instances[0].knowledge.revision;
  stage_clear(st);
  restore(st, &k);
  assert_int_equal(st->core->instances[0].knowledge.revision, revision);
  assert_false(st->core->instances[0].knowledge.is_remembered);
  assert_int_equal(count_counters(st), 1); /* both are joined, and kept */
}

static void of_no_instance_of_ours_it_is_dropped(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);
  size_t n;

  actor_open(st);
  k = take_kept(st);
  st->n_instances = 1;
  restart(st, 0);
  restore(st, &k);
  n = find_first(st, ACTION_KEEP);
  assert_true(n < st->out.n);
  for (; n < st->out.n; n++) {
    const struct action *a = &st->out.items[n];

    if (a->kind == ACTION_KEEP && a->memo == MEMO_INSTANCE) {
      assert_true(address_equal(&a->address, &st->instances[1].address));
      assert_int_equal(a->text.n, 0);
    }
  }
}

/* What was kept by whoever: a body of his own with a good hash. */
static void restore_body(struct stage *st, enum memo_kind kind, struct slice body)
{
  struct memo m = {.kind = kind, .address = st->instances[0].address, .body = body};
  struct event e = {.kind = EVENT_RESTORED, .memo = &m};

  stage_step(st, &e);
}

static void bodies_truncated_at_every_byte(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);
  struct memo m;
  struct buf name CLEANUP(buf_deinit) = {0};
  size_t i = 0;

  actor_open(st);
  k = take_kept(st);
  while (k.items[i].kind != MEMO_INSTANCE ||
         !address_equal(&k.items[i].address, &st->instances[0].address)) {
    i++;
  }
  memo_name(st->maker.suite, MEMO_INSTANCE, &st->instances[0].address, &name);
  assert_int_equal(memo_parse(st->maker.suite, buf_str(&name), buf_slice(&k.items[i].text), &m), 0);
  restart(st, 0);
  for (size_t n = 0; n < m.body.n; n += n < 200 ? 1 : 97) {
    restore_body(st, MEMO_INSTANCE, slice_of(m.body.p, n));
    assert_false(st->core->instances[0].knowledge.is_known);
  }
  restore_body(st, MEMO_INSTANCE, m.body);
  assert_true(st->core->instances[0].knowledge.is_known);
}

static void bad_bodies_are_no_use(void **state)
{
  static const char *const bodies[] = {"received -1\nperiod 1 1\n", "received 1\nperiod 1 14401\n",
                                       "received 1\nperiod 1000000001 1\n",
                                       "received 99999999999999999999\nperiod 1 1\n", "x"};
  struct stage *st = *state;

  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    restore_body(st, MEMO_INSTANCE, slice_str(bodies[i]));
    assert_false(st->core->instances[0].knowledge.is_known);
  }
  restore_body(st, MEMO_COUNTERS, slice_str("nonsense\n"));
  assert_int_equal(stage_logged(st, "is not understood"), 1);
  assert_int_equal(stage_count(st, ACTION_KEEP), 0);
  restore_body(st, MEMO_RUNTIME, slice_str("whatever"));
  go_up(st);
  actor_give_all(st, 100);
  stage_pass(st, 1);
  assert_true(stage_count(st, ACTION_UPLOAD) >= 8);
}

/* Somebody who can write there cannot put a descriptor of another backend in,
 * and cannot push a counter beyond what one can hold. */
static void forgeries_are_no_use(void **state)
{
  struct stage *st = *state;
  struct kept k CLEANUP(kept_deinit);
  struct memo m;
  struct event e = {.kind = EVENT_RESTORED, .memo = &m};
  struct buf name CLEANUP(buf_deinit) = {0};

  actor_open(st);
  k = take_kept(st);
  restart(st, 0);
  for (size_t i = 0; i < k.n; i++) {
    if (k.items[i].kind == MEMO_INSTANCE &&
        address_equal(&k.items[i].address, &st->instances[1].address)) {
      memo_name(st->maker.suite, MEMO_INSTANCE, &st->instances[1].address, &name);
      assert_int_equal(memo_parse(st->maker.suite, buf_str(&name), buf_slice(&k.items[i].text), &m),
                       0);
      m.address = st->instances[0].address;
      stage_step(st, &e);
    }
  }
  assert_false(st->core->instances[0].knowledge.is_known);
}

/* A file by hand may say that a counter is at its end: it rises all the same. */
static void the_end_of_the_scale_still_rises(void **state)
{
  struct stage *st = *state;
  struct buf body CLEANUP(buf_deinit) = {0};
  struct lease_book b CLEANUP(lease_book_deinit) = {0};

  actor_open(st);
  for (size_t i = 0; i < 2; i++) {
    lease_raise(&b, &st->services[0].address, st->core->services[0].publications[i].slot.period,
                OPE_MAX + 5);
  }
  lease_build(&b, &body);
  restart(st, 0);
  restore_body(st, MEMO_COUNTERS, buf_slice(&body));
  actor_open(st);
  assert_int_equal(highest_input(st), OPE_MAX + 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(nothing_is_kept_unless_wanted),
      TEST(ceilings_are_kept_before_uploads),
      TEST(ceilings_are_seldom_kept),
      TEST(a_restart_needs_no_fetch),
      TEST(counters_never_go_back),
      TEST(many_restarts_do_not_run_away),
      TEST(a_reload_does_not_lower_them),
      TEST(only_fresh_ones_are_used),
      TEST(of_another_period_it_is_forgotten),
      TEST(late_memories_do_not_disturb),
      TEST(of_no_instance_of_ours_it_is_dropped),
      TEST(bodies_truncated_at_every_byte),
      TEST(bad_bodies_are_no_use),
      TEST(forgeries_are_no_use),
      TEST(the_end_of_the_scale_still_rises),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
