#include "report/view.h"

#include "sample.h"

static void check_state(const struct snapshot_instance *in, const char *state, enum form_tone tone)
{
  assert_string_equal(view_state(in), state);
  assert_int_equal(view_tone(in), tone);
  assert_true(strlen(view_why(in)) > 0);
}

static void test_states(void **state)
{
  struct sample *s = *state;
  struct snapshot_instance in = s->shop[0];

  check_state(&in, "up", FORM_GOOD);
  check_state(&s->shop[1], "down", FORM_BAD);
  check_state(&s->wiki[1], "starting", FORM_WARN);
  in.health.state = HEALTH_HELD;
  check_state(&in, "held", FORM_WARN);
  in.health.is_probed = false;
  check_state(&in, "up", FORM_GOOD);
  in.is_usable = false;
  check_state(&in, "down", FORM_BAD);
  in.admin = ADMIN_DRAIN;
  check_state(&in, "drain", FORM_WARN);
  in.admin = ADMIN_DISABLED;
  check_state(&in, "disabled", FORM_WARN);
}

static void test_uploads(void **state)
{
  struct sample *s = *state;

  assert_int_equal(view_confirmed(&s->services[0]), 3);
  assert_int_equal(view_uploads(&s->services[0]), 4);
  assert_ptr_equal(view_last(&s->services[0]), &s->services[0].descriptors[1]);
  assert_null(view_last(&s->services[1]));
}

static void test_next(void **state)
{
  struct sample *s = *state;

  assert_int_equal(view_next(&s->services[0]).ms, 1000000 + 34 * 60000);
  s->services[0].descriptors[1].is_changed = true;
  s->services[0].descriptors[1].changed_due.ms = 1000500;
  assert_int_equal(view_next(&s->services[0]).ms, 1000500);
  s->services[0].descriptors[1].has_keys = false; /* it has to wait for them */
  assert_int_equal(view_next(&s->services[0]).ms, 1000000 + 34 * 60000);
  assert_int_equal(view_next(&s->services[1]).ms, MONO_NEVER.ms);
}

static void test_times(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  view_ago(&s->view, (struct wall){NOW - 61}, &out);
  view_ago(&s->view, (struct wall){NOW + 500}, &out); /* the clock was set back */
  view_in(&s->view, (struct mono){1000000}, &out);
  view_in(&s->view, MONO_NEVER, &out);
  view_in(&s->view, (struct mono){1002000}, &out);
  assert_string_equal(buf_str(&out), "1 min 1 s ago0 s agonowneverin 2 s");
  assert_int_equal(view_wall(&s->view, (struct mono){1060000}).s, NOW + 60);
}

static void test_safety(void **state)
{
  struct sample *s = *state;
  struct snapshot_instance *in = &s->shop[0];
  CLEANUP(buf_deinit) struct buf out = {0};

  assert_true(view_is_in(in));
  assert_false(view_is_safe(&s->view, in));
  view_safety(&s->view, in, &out);
  assert_true(sample_has(&out, "drain it first"));
  in->admin = ADMIN_DRAIN;
  view_safety(&s->view, in, &out);
  assert_true(sample_has(&out, "not every HSDir"));
  in->is_clear = true;
  in->safe_at.s = NOW + 60;
  assert_false(view_is_safe(&s->view, in));
  view_safety(&s->view, in, &out);
  assert_true(sample_has(&out, "it may be stopped in 1 min,"));
  in->safe_at.s = NOW;
  assert_true(view_is_safe(&s->view, in));
  view_safety(&s->view, in, &out);
  assert_true(sample_has(&out, "it may be stopped: "));
  in->admin = ADMIN_ENABLED;
  assert_false(view_is_safe(&s->view, in));
}

static void check_outlook(const struct sample *s, const struct snapshot_instance *in,
                          const char *text)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  view_outlook(&s->view, in, &out);
  assert_true(sample_has(&out, text));
}

static void test_outlook(void **state)
{
  struct sample *s = *state;
  struct snapshot_instance in = s->shop[0];

  check_outlook(s, &in, "probed again in 13 s");
  check_outlook(s, &s->shop[1], "comes back when its probes succeed");
  check_outlook(s, &s->wiki[0], "in no descriptor at this moment");
  check_outlook(s, &s->wiki[1], "a newer descriptor of it");
  in.weight = 0;
  check_outlook(s, &in, "weight is 0");
  in = s->wiki[0];
  in.is_backup = true;
  check_outlook(s, &in, "a backup");
  in.health.is_probed = false;
  check_outlook(s, &in, "not probed");
  in.admin = ADMIN_MAINTENANCE;
  check_outlook(s, &in, "instance enable");
}

static void test_address(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  view_address(&s->view, &s->services[0].address, &out);
  assert_string_equal(buf_str(&out), SHOP ".onion");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_states),  SAMPLE_TEST(test_uploads), SAMPLE_TEST(test_next),
      SAMPLE_TEST(test_times),   SAMPLE_TEST(test_safety),  SAMPLE_TEST(test_outlook),
      SAMPLE_TEST(test_address),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
