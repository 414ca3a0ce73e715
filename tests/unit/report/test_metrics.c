#include "report/metrics.h"

#include "sample.h"

static void has_each_once(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  metrics_build(&s->view, &out);
  assert_true(sample_has(&out, "onionbalance_info{version=\"1.2.3\"} 1\n"));
  assert_true(sample_has(&out, "# HELP onionbalance_tor_up Whether tor's control port is "
                               "connected.\n# TYPE onionbalance_tor_up gauge\n"
                               "onionbalance_tor_up 1\n"));
  assert_true(
      sample_has(&out, "\nonionbalance_consensus_valid_until_timestamp_seconds 1795370400\n"));
  assert_true(sample_has(&out, "\nonionbalance_uploads_in_flight 1\n"));
  assert_true(sample_has(&out, "\nonionbalance_warnings 2\n"));
  assert_true(sample_has(&out, "\nonionbalance_service_uploads{service=\"shop\"} 4\n"
                               "onionbalance_service_uploads{service=\"wiki\"} 0\n"));
  assert_true(sample_has(&out, "_confirmed{service=\"shop\"} 3\n"));
  assert_true(sample_has(&out,
                         "_instance_up{service=\"shop\",instance=\"node1\"} 1\n"
                         "onionbalance_instance_up{service=\"shop\",instance=\"node2\"} 0\n"));
  assert_true(sample_has(&out, "_share_ratio{service=\"shop\",instance=\"node1\"} 1.000000\n"));
  assert_true(sample_has(&out, "_probe_seconds{service=\"shop\",instance=\"node1\"} 1.234\n"));
  assert_true(sample_has(&out, "_probe_failures{service=\"shop\",instance=\"node2\"} 2\n"));
}

/* No line for what is not known, rather than a number that means nothing. */
static void unknown_is_left_out(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  metrics_build(&s->view, &out);
  assert_false(sample_has(&out, "_last_upload_timestamp_seconds{service=\"wiki\"}"));
  assert_false(sample_has(&out, "_descriptor_seen_timestamp_seconds{service=\"wiki\","
                                "instance=\"node3\"}"));
  assert_false(sample_has(&out, "_bundles_end_timestamp_seconds{"));
  s->services[0].has_stock = true;
  s->services[0].stock_until.s = NOW + 86400;
  buf_clear(&out);
  metrics_build(&s->view, &out);
  assert_true(sample_has(&out, "_bundles_end_timestamp_seconds{service=\"shop\"} 1795448680\n"));
}

static void before_anything(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->snapshot.outside = (struct snapshot_outside){0};
  s->snapshot.n_services = 0;
  metrics_build(&s->view, &out);
  assert_true(sample_has(&out, "\nonionbalance_tor_up 0\n"));
  assert_false(sample_has(&out, "\nonionbalance_consensus_valid_until"));
  assert_false(sample_has(&out, "{service="));
}

/* A name cannot end its label, nor the line. */
static void hostile_name(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->services[0].label = "a\"} 1\n\\";
  metrics_build(&s->view, &out);
  assert_true(sample_has(&out, "_uploads{service=\"a\\\"} 1\\n\\\\\"} 4\n"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(has_each_once),
      SAMPLE_TEST(unknown_is_left_out),
      SAMPLE_TEST(before_anything),
      SAMPLE_TEST(hostile_name),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
