#include "report/listing.h"

#include "sample.h"

static void test_uploads(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_uploads(&s->view, LISTING_ALL, &out);
  assert_string_equal(
      buf_str(&out),
      "SERVICE  PERIOD  USED   POINTS  CONFIRMED  LAST             NEXT       LAST WHY\n"
      "shop     20779   now    6       2/2        12 min ago       in 34 min  changed introduction "
      "points\n"
      "shop     20780   other  6       1/2        11 min 40 s ago  in 35 min  timer\n");
  buf_clear(&out);
  listing_uploads(&s->view, 1, &out);
  assert_int_equal(out.n, 0);
}

static void test_hsdirs(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_hsdirs(&s->view, 0, &out);
  assert_string_equal(buf_str(&out),
                      "SERVICE  PERIOD  HSDIR             CLIENTS  POINTS  STATE              "
                      "FAILURES  NEXT TRY\n"
                      "shop     20779   1010101010101010  asked    0       confirmed          "
                      "0         -\n"
                      "shop     20779   1111111111111111  asked    0       confirmed          "
                      "0         -\n"
                      "shop     20780   2020202020202020  asked    0       confirmed          "
                      "0         -\n"
                      "shop     20780   2121212121212121  spare    0       to be tried again  "
                      "3         in 20 s\n");
}

/* Distinct descriptors: how many points each HSDir gets. */
static void test_distinct(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  sample_make_distinct(s);
  listing_hsdirs(&s->view, 0, &out);
  assert_true(sample_has(&out, "1010101010101010  asked    2       confirmed"));
  assert_true(sample_has(&out, "1111111111111111  asked    1       confirmed"));
  buf_clear(&out);
  listing_uploads(&s->view, 0, &out);
  assert_true(sample_has(&out, "shop     20779   now    2 distinct"));
  content_free(s->content);
}

static void test_instance(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_instance(&s->view, (struct whom_instance){0}, &out);
  assert_true(sample_has(&out, "node1  " NODE1 ".onion\nin shop\n  INSTANCE"));
  assert_true(sample_has(&out, "\nin wiki\n"));
  assert_false(sample_has(&out, "node2"));
}

static void test_instances(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_instances(&s->view, &out);
  assert_true(sample_has(&out, "shop\n  INSTANCE"));
  assert_true(sample_has(&out, "node2"));
  assert_true(sample_has(&out, "wiki\n  INSTANCE"));
}

static void test_tor(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_tor(&s->view, &out);
  assert_true(sample_has(&out, "consensus of   2026-11-22 15:00:00 UTC\n"));
  assert_true(sample_has(&out, "consensus      can be worked with\n"));
  s->snapshot.outside.has_network = false;
  s->snapshot.outside.can_probe = false;
  buf_clear(&out);
  listing_tor(&s->view, &out);
  assert_true(sample_has(&out, "consensus      none yet\nSOCKS port     none to probe with\n"));
}

/* Each in JSON: a list or an object on one line. */
static void test_json(void **state)
{
  struct sample *s = *state;
  struct buf out[6] = {{0}};
  static const char begins[] = "[[[[{{";

  s->view.form.is_json = true;
  listing_instances(&s->view, &out[0]);
  listing_uploads(&s->view, LISTING_ALL, &out[1]);
  listing_hsdirs(&s->view, LISTING_ALL, &out[2]);
  listing_services(&s->view, LISTING_ALL, &out[3]);
  listing_services(&s->view, 1, &out[4]);
  listing_tor(&s->view, &out[5]);
  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(out[i].p[0], begins[i]);
    assert_ptr_equal(memchr(out[i].p, '\n', out[i].n), out[i].p + out[i].n - 1);
  }
  assert_true(sample_has(&out[4], "{\"name\": \"wiki\""));
  for (size_t i = 0; i < 6; i++) {
    buf_deinit(&out[i]);
  }
}

static void test_services(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  listing_services(&s->view, LISTING_ALL, &out);
  assert_true(sample_has(&out, "\n\nwiki  "));
  buf_clear(&out);
  listing_services(&s->view, 0, &out);
  assert_false(sample_has(&out, "wiki"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_uploads),  SAMPLE_TEST(test_hsdirs),   SAMPLE_TEST(test_distinct),
      SAMPLE_TEST(test_instance), SAMPLE_TEST(test_tor),      SAMPLE_TEST(test_instances),
      SAMPLE_TEST(test_json),     SAMPLE_TEST(test_services),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
