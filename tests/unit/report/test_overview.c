#include "report/overview.h"

#include "sample.h"

static const char whole[] =
    "onionbalance 1.2.3 at 2026-11-22 15:44:40 UTC, tor up with 5823 relays of 2026-11-22 "
    "15:00:00, "
    "signer up\n"
    "WARNING shop: only 1 of 2 HSDirs confirm its descriptor that clients use at another time\n"
    "WARNING shop: instance node2 is down: its tor answers, but its port refuses connections\n"
    "\n"
    "shop  opw3edkosjmyrqy75sjhhi35axciepaxwoq4irlrnc66tsrjdg7pgzad.onion\n"
    "  3/4 uploads confirmed; last 11 min 40 s ago (timer), next in 34 min\n"
    "  INSTANCE  STATE  SINCE      WEIGHT      POINTS  SHARE  DESCRIPTOR  PROBE  WHY\n"
    "  node1     up     2 h 5 min  100         6       100 %  40 s        12 s   its tor answers\n"
    "  node2     down   30 s       50* backup  0       0 %    1 min 35 s  2 s    its tor answers, "
    "but its port refuses connections\n"
    "\n"
    "wiki  kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid.onion\n"
    "  0/0 uploads confirmed; nothing was uploaded yet\n"
    "  INSTANCE  STATE     SINCE      WEIGHT  POINTS  SHARE  DESCRIPTOR  PROBE  WHY\n"
    "  node1     up        2 h 5 min  100     0       0 %    40 s        12 s   its tor answers\n"
    "  node3     starting  -          100     0       0 %    -           -      no HSDir has given "
    "a descriptor of it yet\n";

static void test_text(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  overview_build(&s->view, &out);
  assert_string_equal(buf_str(&out), whole);
}

/* No line is wider than the terminal, as far as the columns before the last
 * allow. */
static void test_width(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->view.form.width = 90;
  overview_service(&s->view, 0, &out);
  assert_true(sample_has(&out, "1 min 35 s  2 s    its tor answ..\n"));
}

static void test_before_anything(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->snapshot.outside = (struct snapshot_outside){0};
  s->snapshot.n_services = 0;
  overview_build(&s->view, &out);
  assert_true(sample_has(&out, "tor down without a consensus, signer down\n"));
  assert_true(sample_has(&out, "WARNING tor: no connection"));
  assert_true(sample_has(&out, "WARNING signer: not there"));
}

static void test_json(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->view.form.is_json = true;
  overview_build(&s->view, &out);
  assert_true(sample_has(&out,
                         "{\"version\": \"1.2.3\", \"time\": \"2026-11-22 15:44:40\", \"tor\": "
                         "{\"isUp\": true, "));
  assert_true(sample_has(&out, "\"signerIsUp\": true, \"warnings\": [\"shop: only 1 of 2"));
  assert_true(sample_has(&out, "}], \"instances\": [{\"name\": \"node1\", "));
  assert_int_equal(out.p[out.n - 1], '\n');
  assert_ptr_equal(memchr(out.p, '\n', out.n), out.p + out.n - 1);
}

/* A name cannot reach the terminal as a command. */
static void test_hostile_name(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->shop[0].label = "\x1b]0;x\x07";
  s->services[0].label = "\x1b[2J";
  overview_build(&s->view, &out);
  assert_null(memchr(out.p, 0x1b, out.n));
  assert_null(memchr(out.p, 0x07, out.n));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_text), SAMPLE_TEST(test_width),        SAMPLE_TEST(test_before_anything),
      SAMPLE_TEST(test_json), SAMPLE_TEST(test_hostile_name),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
