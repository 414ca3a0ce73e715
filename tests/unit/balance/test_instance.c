#include "balance/instance.h"

#include "descriptor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct period now_period = {20779, 1440};

struct fixture {
  struct maker maker;
  struct identity id;
  struct instance in;
  struct intro intros[20];
  struct moment now;
  struct buf text;
};

static int setup(void **state)
{
  struct fixture *f = mem_new(sizeof *f);

  maker_init(&f->maker, 3);
  maker_identity(&f->maker, &f->id);
  for (size_t i = 0; i < 20; i++) {
    f->intros[i] = maker_intro(&f->maker, (uint8_t)(i + 1));
  }
  f->now = (struct moment){.wall = {MAKER_NOW}, .mono = {5000}};
  instance_init(&f->in, &f->id.address, "node1", NULL);
  maker_must(instance_enter_period(&f->in, f->maker.suite, now_period) == 0);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  instance_deinit(&f->in);
  buf_deinit(&f->text);
  maker_deinit(&f->maker);
  free(f);
  return 0;
}

static struct descriptor good(const struct fixture *f, uint64_t revision)
{
  return (struct descriptor){.period = now_period,
                             .revision = revision,
                             .now = f->now.wall,
                             .intros = f->intros,
                             .n_intros = 3,
                             .flow_control = "1-2 31"};
}

static void write_text(struct fixture *f, const struct descriptor *d)
{
  buf_clear(&f->text);
  descriptor_build(&f->maker, &f->id, d, &f->text);
}

static int learn(struct fixture *f, enum instance_news *news)
{
  return instance_learn(&f->in, f->maker.suite, buf_slice(&f->text), f->now, news);
}

/* Learns a descriptor; the news. */
static enum instance_news learn_new(struct fixture *f, const struct descriptor *d)
{
  enum instance_news news = INSTANCE_OLD;

  write_text(f, d);
  assert_int_equal(learn(f, &news), 0);
  return news;
}

static void begins_unknown(void **state)
{
  struct fixture *f = *state;

  assert_false(instance_is_usable(&f->in));
  assert_int_equal(f->in.next_round.ms, MONO_NEVER.ms);
  assert_string_equal(f->in.label, "node1");
}

static void learns_everything_that_matters(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);

  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
  assert_true(instance_is_usable(&f->in));
  assert_int_equal(f->in.knowledge.revision, 10);
  assert_int_equal(f->in.knowledge.n_intros, 3);
  assert_true(intro_equal(&f->in.knowledge.intros[2], &f->intros[2]));
  assert_true(f->in.knowledge.has_flow_control);
  assert_string_equal(f->in.knowledge.flow_control, "1-2 31");
  assert_false(f->in.knowledge.is_single_onion);
  assert_int_equal(f->in.knowledge.since.ms, 5000);
  d = good(f, 11);
  d.is_single_onion = true;
  d.flow_control = NULL;
  d.n_intros = 20;
  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
  assert_int_equal(f->in.knowledge.n_intros, 20);
  assert_true(f->in.knowledge.is_single_onion);
  assert_false(f->in.knowledge.has_flow_control);
}

/* A replayed older copy, and the same one again, change nothing. */
static void the_newest_revision_wins(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);

  learn_new(f, &d);
  f->now.mono.ms += 1000;
  d = good(f, 9);
  d.n_intros = 1;
  assert_int_equal(learn_new(f, &d), INSTANCE_OLD);
  assert_int_equal(f->in.knowledge.n_intros, 3);
  d = good(f, 10);
  assert_int_equal(learn_new(f, &d), INSTANCE_NO_NEWS);
  assert_int_equal(f->in.knowledge.since.ms, 5000);
  d = good(f, 11);
  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
  assert_int_equal(f->in.knowledge.since.ms, 6000);
}

/* A text that was verified is known again without a look inside, also when
 * its certificate has expired by our clock since. */
static void a_known_text_is_no_news(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);
  enum instance_news news = INSTANCE_NEWS;

  learn_new(f, &d);
  f->now.wall.s += 60 * MAKER_HOUR;
  assert_int_equal(learn(f, &news), 0);
  assert_int_equal(news, INSTANCE_NO_NEWS);
  f->text.p[200] ^= 1;
  assert_true(learn(f, &news) < 0);
}

/* Each HSDir has a copy of its own; more of them than are remembered work
 * all the same. */
static void many_copies_of_one_revision(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);

  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
  for (int i = 0; i < 2 * INSTANCE_COPIES_MAX; i++) {
    enum instance_news news = INSTANCE_OLD;

    assert_int_equal(learn_new(f, &d), INSTANCE_NO_NEWS);
    assert_int_equal(learn(f, &news), 0);
    assert_int_equal(news, INSTANCE_NO_NEWS);
  }
}

static void what_is_not_ours_is_not_taken(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);
  enum instance_news news;
  struct identity other;

  maker_identity(&f->maker, &other);
  descriptor_build(&f->maker, &other, &d, &f->text);
  assert_int_equal(learn(f, &news), ERR_MISMATCH);
  d.period.number++;
  write_text(f, &d);
  assert_int_equal(learn(f, &news), ERR_MISMATCH);
  d = good(f, 10);
  d.now.s -= 60 * MAKER_HOUR;
  write_text(f, &d);
  assert_int_equal(learn(f, &news), ERR_EXPIRED);
  assert_false(instance_is_usable(&f->in));
}

/* Without a period nothing can be ours. */
static void nothing_is_taken_before_the_first_period(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);
  enum instance_news news;

  write_text(f, &d);
  f->in.has_period = false;
  assert_int_equal(learn(f, &news), ERR_MISMATCH);
}

static void no_points_are_an_error_that_changes_nothing(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);
  enum instance_news news;

  learn_new(f, &d);
  d = good(f, 11);
  d.n_intros = 0;
  write_text(f, &d);
  assert_int_equal(learn(f, &news), ERR_MISSING);
  assert_int_equal(f->in.knowledge.revision, 10);
  assert_true(instance_is_usable(&f->in));
}

/* Forged at every hundredth byte, and cut there. */
static void nothing_forged_is_taken(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);
  size_t whole;

  write_text(f, &d);
  whole = f->text.n;
  for (size_t i = 0; i < whole; i += 97) {
    enum instance_news news;

    f->text.p[i] ^= 0x01;
    assert_true(learn(f, &news) < 0);
    f->text.p[i] ^= 0x01;
    f->text.n = i;
    assert_true(learn(f, &news) < 0);
    f->text.n = whole;
  }
  assert_false(f->in.knowledge.is_known);
  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
}

/* In a new period revisions begin anew, and what was known stays until then. */
static void a_new_period_begins_anew(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 1000);
  struct period next = {now_period.number + 1, 1440};

  learn_new(f, &d);
  f->in.is_settled = true;
  f->in.failed_rounds = 3;
  assert_int_equal(instance_enter_period(&f->in, f->maker.suite, next), 0);
  assert_true(instance_is_usable(&f->in));
  assert_false(f->in.is_settled);
  assert_int_equal(f->in.failed_rounds, 0);
  d = good(f, 5);
  d.period = next;
  d.n_intros = 2;
  assert_int_equal(learn_new(f, &d), INSTANCE_NEWS);
  assert_int_equal(f->in.knowledge.n_intros, 2);
  assert_int_equal(f->in.knowledge.period_number, next.number);
}

static void an_address_that_is_no_key(void **state)
{
  struct fixture *f = *state;
  struct address bad = {{0}};
  struct instance in;

  instance_init(&in, &bad, "bad", NULL);
  assert_int_equal(instance_enter_period(&in, f->maker.suite, now_period), ERR_KEY);
  assert_false(in.has_period);
  instance_deinit(&in);
}

static void gone_is_not_usable(void **state)
{
  struct fixture *f = *state;
  struct descriptor d = good(f, 10);

  learn_new(f, &d);
  f->in.is_gone = true;
  assert_false(instance_is_usable(&f->in));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(begins_unknown, setup, teardown),
      cmocka_unit_test_setup_teardown(learns_everything_that_matters, setup, teardown),
      cmocka_unit_test_setup_teardown(the_newest_revision_wins, setup, teardown),
      cmocka_unit_test_setup_teardown(a_known_text_is_no_news, setup, teardown),
      cmocka_unit_test_setup_teardown(many_copies_of_one_revision, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_not_ours_is_not_taken, setup, teardown),
      cmocka_unit_test_setup_teardown(nothing_is_taken_before_the_first_period, setup, teardown),
      cmocka_unit_test_setup_teardown(no_points_are_an_error_that_changes_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(nothing_forged_is_taken, setup, teardown),
      cmocka_unit_test_setup_teardown(a_new_period_begins_anew, setup, teardown),
      cmocka_unit_test_setup_teardown(an_address_that_is_no_key, setup, teardown),
      cmocka_unit_test_setup_teardown(gone_is_not_usable, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
