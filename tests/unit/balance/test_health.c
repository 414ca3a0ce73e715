#include "balance/health.h"

#include "maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)

static struct maker maker;

static int setup(void **state)
{
  struct health *h = mem_new(sizeof *h);
  struct health_config config = health_config_default();

  health_init(h, &config);
  *state = h;
  return 0;
}

static int teardown(void **state)
{
  health_deinit(*state);
  free(*state);
  return 0;
}

static struct moment at(int64_t ms)
{
  return (struct moment){.wall = {MAKER_NOW + ms / 1000}, .mono = {ms}};
}

/* The bound that the defaults promise: see health_config_default. */
static void the_defaults_make_a_minute(void **state)
{
  struct health_config c = health_config_default();

  (void)state;
  assert_int_equal(c.check, HEALTH_AUTO);
  assert_int_equal(c.fall, 2);
  assert_true(c.interval + 2 * c.timeout + 6 * SECOND <= 56 * SECOND);
}

/* What every end of a probe says, by check, before and after the port has
 * answered. */
static void every_end_is_judged(void **state)
{
  static const struct {
    enum probe_end end;
    bool is_introduced, is_joined;
    enum health_verdict fresh, seen, tcp; /* auto, auto with an open port seen, tcp and http */
    enum health_why why;                  /* of tcp */
  } cases[] = {
      {PROBE_ANSWERED, true, true, HEALTH_GOOD, HEALTH_GOOD, HEALTH_GOOD, HEALTH_ANSWERED},
      {PROBE_UNEXPECTED, true, true, HEALTH_GOOD, HEALTH_BAD, HEALTH_BAD, HEALTH_UNEXPECTED},
      {PROBE_REFUSED, true, true, HEALTH_GOOD, HEALTH_BAD, HEALTH_BAD, HEALTH_REFUSED},
      {PROBE_REFUSED, false, false, HEALTH_GOOD, HEALTH_BAD, HEALTH_BAD, HEALTH_REFUSED},
      {PROBE_TIMED_OUT, true, true, HEALTH_GOOD, HEALTH_BAD, HEALTH_BAD, HEALTH_SILENT},
      {PROBE_FAILED, true, true, HEALTH_GOOD, HEALTH_BAD, HEALTH_BAD, HEALTH_SILENT},
      {PROBE_TIMED_OUT, true, false, HEALTH_BAD, HEALTH_BAD, HEALTH_BAD, HEALTH_NOT_JOINED},
      {PROBE_FAILED, true, false, HEALTH_BAD, HEALTH_BAD, HEALTH_BAD, HEALTH_NOT_JOINED},
      {PROBE_TIMED_OUT, false, false, HEALTH_BAD, HEALTH_BAD, HEALTH_BAD, HEALTH_NOT_INTRODUCED},
      {PROBE_FAILED, false, false, HEALTH_BAD, HEALTH_BAD, HEALTH_BAD, HEALTH_NOT_INTRODUCED},
      {PROBE_NO_DESCRIPTOR, false, false, HEALTH_BAD, HEALTH_BAD, HEALTH_BAD, HEALTH_NO_DESCRIPTOR},
      {PROBE_NOT_READY, false, false, HEALTH_UNKNOWN, HEALTH_UNKNOWN, HEALTH_UNKNOWN,
       HEALTH_NOT_INTRODUCED},
  };
  struct health *h = *state;
  enum health_why why;

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct probe_result r = {.end = cases[i].end,
                             .is_introduced = cases[i].is_introduced,
                             .is_joined = cases[i].is_joined};

    h->config.check = HEALTH_AUTO;
    h->has_answered = false;
    assert_int_equal(health_judge(h, &r, &why), cases[i].fresh);
    h->has_answered = true;
    assert_int_equal(health_judge(h, &r, &why), cases[i].seen);
    h->has_answered = false;
    for (unsigned k = 0; k < 2; k++) {
      h->config.check = k == 0 ? HEALTH_TCP : HEALTH_HTTP;
      assert_int_equal(health_judge(h, &r, &why), cases[i].tcp);
      assert_int_equal(why, cases[i].why);
    }
  }
}

static void a_closed_port_counts_once_it_was_open(void **state)
{
  struct probe_result refused = {.end = PROBE_REFUSED, .is_introduced = true, .is_joined = true};
  struct health *h = *state;
  enum health_why why;

  assert_int_equal(health_judge(h, &refused, &why), HEALTH_GOOD);
  assert_int_equal(why, HEALTH_JOINED);
  health_note_good(h, why, at(0));
  assert_int_equal(health_judge(h, &refused, &why), HEALTH_GOOD);
  health_note_good(h, HEALTH_ANSWERED, at(1));
  assert_int_equal(health_judge(h, &refused, &why), HEALTH_BAD);
}

static void a_first_good_probe_brings_it_up(void **state)
{
  struct health *h = *state;

  h->config.rise = 3;
  assert_true(health_note_good(h, HEALTH_JOINED, at(5)));
  assert_int_equal(h->state, HEALTH_UP);
  assert_int_equal(h->since.mono.ms, 5);
  assert_true(h->is_checked);
  assert_false(health_note_good(h, HEALTH_JOINED, at(9)));
  assert_int_equal(h->since.mono.ms, 5);
  assert_int_equal(h->checked.mono.ms, 9);
}

static void bad_ones_count_in_a_row(void **state)
{
  struct health *h = *state;

  h->config.fall = 3;
  assert_false(health_note_bad(h, HEALTH_REFUSED, at(1)));
  assert_false(health_note_bad(h, HEALTH_REFUSED, at(2)));
  health_note_good(h, HEALTH_ANSWERED, at(3));
  assert_false(health_note_bad(h, HEALTH_REFUSED, at(4)));
  assert_false(h->wants_fresh);
  assert_false(health_note_bad(h, HEALTH_NOT_INTRODUCED, at(5)));
  assert_true(h->wants_fresh);
  assert_true(health_note_bad(h, HEALTH_NO_DESCRIPTOR, at(6)));
  assert_true(h->wants_fresh);
  assert_int_equal(h->state, HEALTH_UP); /* whether to believe it is another matter */
  assert_int_equal(h->why, HEALTH_NO_DESCRIPTOR);
}

static void rise_counts_after_a_fall(void **state)
{
  struct health *h = *state;

  h->config.rise = 2;
  health_note_good(h, HEALTH_JOINED, at(0));
  health_set(h, HEALTH_DOWN, at(10));
  assert_false(health_note_good(h, HEALTH_JOINED, at(20)));
  health_note_bad(h, HEALTH_NOT_JOINED, at(25));
  assert_false(health_note_good(h, HEALTH_JOINED, at(30)));
  assert_true(health_note_good(h, HEALTH_JOINED, at(40)));
  assert_int_equal(h->state, HEALTH_UP);
}

/* Goes down, and says after how many milliseconds of good probes it is up. */
static int64_t fall_and_rise(struct health *h, int64_t *now)
{
  int64_t begin;

  *now += 20 * SECOND;
  health_set(h, HEALTH_DOWN, at(*now));
  *now += 20 * SECOND;
  begin = *now;
  while (!health_note_good(h, HEALTH_JOINED, at(*now))) {
    *now += SECOND;
  }
  return *now - begin;
}

static void flapping_is_answered_with_patience(void **state)
{
  static const int64_t wanted[] = {0, 10, 20, 40, 80, 160, 320, 600, 600};
  struct health *h = *state;
  int64_t now = 0;

  health_note_good(h, HEALTH_JOINED, at(now));
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    assert_int_equal(fall_and_rise(h, &now), wanted[i] * SECOND);
  }
  now += 5 * MINUTE; /* calm */
  assert_int_equal(fall_and_rise(h, &now), 0);
  assert_int_equal(fall_and_rise(h, &now), 10 * SECOND);
}

static void a_held_one_is_up_at_once(void **state)
{
  struct health *h = *state;

  health_note_good(h, HEALTH_JOINED, at(0));
  h->config.rise = 5;
  health_set(h, HEALTH_HELD, at(10));
  assert_true(health_note_good(h, HEALTH_JOINED, at(20)));
  assert_int_equal(h->flaps, 0);
}

static void probes_come_within_the_interval(void **state)
{
  struct health *h = *state;
  int64_t least = INT64_MAX, most = 0;

  for (int i = 0; i < 1000; i++) {
    health_plan(h, 0, &maker.rng, at(0).mono);
    least = h->next.ms < least ? h->next.ms : least;
    most = h->next.ms > most ? h->next.ms : most;
  }
  assert_in_range(least, 16 * SECOND, 17 * SECOND);
  assert_in_range(most, 19 * SECOND, 20 * SECOND);
  health_plan(h, 100 * SECOND, &maker.rng, at(0).mono);
  assert_in_range(h->next.ms, 80 * SECOND, 100 * SECOND);
}

static void a_failure_is_checked_at_once(void **state)
{
  struct health *h = *state;

  health_note_good(h, HEALTH_JOINED, at(0));
  health_note_bad(h, HEALTH_REFUSED, at(0));
  health_plan(h, 100 * SECOND, &maker.rng, at(0).mono);
  assert_int_equal(h->next.ms, SECOND);
  health_note_bad(h, HEALTH_REFUSED, at(0));
  health_plan(h, 0, &maker.rng, at(0).mono);
  assert_true(h->next.ms > 10 * SECOND);
  health_set(h, HEALTH_DOWN, at(0));
  h->bads = 1;
  health_plan(h, 0, &maker.rng, at(0).mono);
  assert_true(h->next.ms > 10 * SECOND);
}

static void settings_are_copied(void **state)
{
  struct health *h = *state;
  char path[] = "/a", text[] = "b";
  struct health_config c = health_config_default();

  c.path = path;
  c.text = text;
  health_note_good(h, HEALTH_ANSWERED, at(7));
  health_configure(h, &c);
  path[1] = 'x';
  text[0] = 'x';
  assert_string_equal(h->config.path, "/a");
  assert_string_equal(h->config.text, "b");
  assert_int_equal(h->state, HEALTH_UP);
  assert_false(health_config_equal(&h->config, &c));
  c = h->config;
  assert_true(health_config_equal(&h->config, &c));
  health_configure(h, &c); /* with its own texts */
  assert_string_equal(h->config.path, "/a");
  c = h->config;
  c.text = NULL;
  assert_false(health_config_equal(&h->config, &c));
  c.text = h->config.text;
  c.fall++;
  assert_false(health_config_equal(&h->config, &c));
}

static void everything_has_words(void **state)
{
  (void)state;
  for (enum health_state s = HEALTH_STARTING; s <= HEALTH_DOWN; s++) {
    assert_true(strlen(health_state_text(s)) > 0);
  }
  for (enum health_why w = HEALTH_UNCHECKED; w <= HEALTH_NO_DESCRIPTOR; w++) {
    assert_true(strlen(health_why_text(w)) > 0);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(the_defaults_make_a_minute),
      TEST(every_end_is_judged),
      TEST(a_closed_port_counts_once_it_was_open),
      TEST(a_first_good_probe_brings_it_up),
      TEST(bad_ones_count_in_a_row),
      TEST(rise_counts_after_a_fall),
      TEST(flapping_is_answered_with_patience),
      TEST(a_held_one_is_up_at_once),
      TEST(probes_come_within_the_interval),
      TEST(a_failure_is_checked_at_once),
      TEST(settings_are_copied),
      TEST(everything_has_words),
  };
  int failed;

  maker_init(&maker, 3);
  maker.rng.ctx = &maker.seed;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  maker_deinit(&maker);
  return failed;
}
