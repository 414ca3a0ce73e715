#include "report/warnings.h"

#include "sample.h"

static void check(struct sample *s, const char *text, bool expected)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  warnings_build(&s->view, &out);
  if (sample_has(&out, text) != expected) {
    fail_msg("%s: %s", text, buf_str(&out));
  }
}

static void test_all_well(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->snapshot.n_services = 1;
  s->uploads[1][1].attempts = 2; /* may happen */
  s->shop[1].admin = ADMIN_DISABLED;
  warnings_build(&s->view, &out);
  assert_int_equal(out.n, 0);
}

static void test_outside(void **state)
{
  struct sample *s = *state;
  struct snapshot_outside *o = &s->snapshot.outside;

  check(s, "tor: ", false);
  o->tor_is_ready = false;
  check(s, "tor: connected, but", true);
  o->is_usable = false;
  check(s, "too old or the clock", true);
  o->has_network = false;
  check(s, "no usable consensus yet", true);
  o->tor_is_up = false;
  check(s, "no connection to its control port", true);
  check(s, "signer: ", false);
  o->signer_is_up = false;
  check(s, "signer: not there", true);
}

static void test_stock(void **state)
{
  struct sample *s = *state;
  struct snapshot_service *shop = &s->services[0];

  check(s, "bundles", false);
  shop->has_stock = true;
  shop->stock_until = wall_plus(s->view.now.wall, 3 * 86400);
  check(s, "bundles", false);
  shop->stock_level = 3;
  check(s, "shop: its bundles end in 3 d, at 2026-11-25 ", true);
  shop->stock_level = 5;
  shop->stock_until = s->view.now.wall;
  check(s, "shop: its bundles have nothing for the time since", true);
}

static void test_services(void **state)
{
  struct sample *s = *state;

  check(s, "shop: only 1 of 2 HSDirs", true);
  check(s, "instance node2 is down: its tor answers, but", true);
  check(s, "node1", false);
  s->shop[0].health.state = HEALTH_HELD;
  check(s, "instance node1 is held", true);
  s->wiki[0].verdict = VISIT_BLACK_HOLE;
  check(s, "wiki: instance node1 takes its clients and loses them", true);
  check(s, "wiki: none", false);
  s->services[1].is_starving = true;
  check(s, "wiki: none of its 2 instances is usable", true);
}

static void test_weights(void **state)
{
  struct sample *s = *state;
  struct snapshot_instance *in = &s->shop[0];

  in->share = 500000;
  in->due = 666667;
  check(s, "% of the clients", false); /* rounding alone: not worth a warning */
  in->obstacle = SHARES_POINTS;
  in->n_intros = 3;
  in->n_needed = 8;
  check(s,
        "shop: instance node1 has 50.0 % of the clients, its weight asks for 66.7 %: its 3 intro",
        true);
  check(s, "\"HiddenServiceNumIntroductionPoints 8\"", true);
  in->obstacle = SHARES_CROWD;
  check(s, "none can have more than 5 %", true);
  in->obstacle = SHARES_FLOOR;
  check(s, "weights that are less far apart can be met", true);
  in->due = 530000;
  check(s, "% of the clients", false); /* near enough */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_all_well), SAMPLE_TEST(test_outside), SAMPLE_TEST(test_stock),
      SAMPLE_TEST(test_services), SAMPLE_TEST(test_weights),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
