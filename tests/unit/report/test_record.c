#include "report/record.h"

#include "sample.h"

static void test_instance(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  s->shop[0].is_clear = true;
  s->shop[0].safe_at.s = NOW + 60;
  record_instance(&s->view, &s->shop[0], &j);
  assert_string_equal(
      buf_str(&out),
      "{\"name\": \"node1\", \"onionAddress\": \"" NODE1 ".onion\", \"state\": \"up\", "
      "\"why\": \"its tor answers\", \"admin\": \"enabled\", "
      "\"isAdminSet\": true, \"isAdminKept\": true, \"isServing\": true, \"visits\": \"unknown\", "
      "\"isBackup\": false, \"weight\": 100, \"isWeightSet\": false, \"points\": [6, 6], "
      "\"share\": 1.000000, \"isSafeToStop\": false, \"safeAt\": \"2026-11-22 15:45:40\", "
      "\"health\": {\"isProbed\": true, \"state\": \"up\", \"why\": \"its tor answers\", "
      "\"since\": \"2026-11-22 13:39:40\", \"lastProbe\": \"2026-11-22 15:44:28\", "
      "\"lastProbeSeconds\": 1.234, \"nextProbe\": \"2026-11-22 15:44:53\", \"failures\": 0}, "
      "\"isUsable\": true, \"introPointsNum\": 3, \"descriptorReceived\": \"2026-11-22 15:44:00\", "
      "\"introSetModified\": \"2026-11-22 13:44:40\"}");
}

static void test_unknown_instance(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  record_instance(&s->view, &s->wiki[1], &j);
  assert_true(sample_has(&out, "\"since\": null, \"lastProbe\": null, \"lastProbeSeconds\": null, "
                               "\"nextProbe\": null"));
  assert_true(sample_has(&out, "\"descriptorReceived\": null, \"introSetModified\": null}"));
}

static void test_service(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  record_service(&s->view, &s->services[0], &j);
  assert_true(sample_has(
      &out, "{\"name\": \"shop\", \"onionAddress\": \"" SHOP ".onion\", \"confirmed\": 3, "
            "\"uploads\": 4, \"mode\": \"auto\", \"bundlesUntil\": null, \"descriptors\": "
            "[{\"timePeriod\": 20779, "
            "\"isCurrent\": true, "
            "\"hasKeys\": true, \"introPointsNum\": 6, \"isDistinct\": false, \"lastUpload\": "
            "\"2026-11-22 15:32:40\", "
            "\"lastReason\": \"changed introduction points\", \"nextUpload\": \"2026-11-22 "
            "16:18:40\", \"isChanged\": false, \"confirmed\": 2, \"hsdirs\": [{\"fingerprint\": "
            "\"1010101010101010101010101010101010101010\", \"state\": \"confirmed\""));
  assert_true(sample_has(&out,
                         "\"state\": \"to be tried again\", \"failures\": 3, \"nextTry\": "
                         "\"2026-11-22 15:45:00\", \"isAsked\": false, \"introPointsNum\": 0}]}], "
                         "\"instances\": ["));
}

/* Distinct descriptors: who stands in which. */
static void test_distinct(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  sample_make_distinct(s);
  s->services[0].mode = CONTENT_DISTINCT;
  record_service(&s->view, &s->services[0], &j);
  assert_true(sample_has(&out, "\"mode\": \"distinct\""));
  assert_true(sample_has(&out, "\"introPointsNum\": 2, \"isDistinct\": true"));
  assert_true(sample_has(
      &out, "\"isAsked\": true, \"introPointsNum\": 2, \"instances\": [{\"name\": \"node1\", "
            "\"points\": 1}, {\"name\": \"node2\", \"points\": 1}]}"));
  assert_true(sample_has(&out, "\"introPointsNum\": 1, \"instances\": [{\"name\": \"node1\", "
                               "\"points\": 1}]}"));
  content_free(s->content);
}

/* Small shares have a decimal. */
static void test_share(void **state)
{
  static const struct {
    unsigned share;
    const char *text;
  } rows[] = {{0, " 0 % "},       {499, " 0 % "},    {1667, " 0.2 % "},  {25000, " 2.5 % "},
              {99400, " 9.9 % "}, {99999, " 10 % "}, {333333, " 33 % "}, {1000000, " 100 % "}};
  struct sample *s = *state;

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CLEANUP(table_deinit) struct table t;
    CLEANUP(buf_deinit) struct buf out = {0};

    record_table(&t);
    s->shop[0].share = rows[i].share;
    record_row(&s->view, &s->services[0], &s->shop[0], &t);
    table_build(&t, &s->view.form, 0, &out);
    assert_true(sample_has(&out, rows[i].text));
  }
}

static void test_stock(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  s->services[0].has_stock = true;
  s->services[0].stock_until = (struct wall){1795362280};
  record_service(&s->view, &s->services[0], &j);
  assert_true(sample_has(&out, "\"bundlesUntil\": \"2026-11-22 15:44:40\""));
}

static void test_unpublished(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  s->services[1].descriptors[0].is_used = true;
  s->services[1].descriptors[0].next_publish = MONO_NEVER;
  record_service(&s->view, &s->services[1], &j);
  assert_true(sample_has(&out, "\"lastUpload\": null, \"lastReason\": null, \"nextUpload\": null"));
  assert_true(sample_has(&out, "\"hsdirs\": []}], "));
}

static void test_outside(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};
  struct json j = {.out = &out};

  record_outside(&s->view, NULL, &j);
  assert_true(sample_has(&out, "\"consensusValidAfter\": \"2026-11-22 15:00:00\""));
  s->snapshot.outside.has_network = false;
  buf_clear(&out);
  record_outside(&s->view, "tor", &j);
  assert_true(sample_has(&out, "\"consensusValidAfter\": null, \"consensusValidUntil\": null"));
}

static void test_upload_states(void **state)
{
  struct upload u = {0};

  (void)state;
  assert_string_equal(record_upload_state(&u), "waiting");
  u.is_wanted = true;
  assert_string_equal(record_upload_state(&u), "waiting");
  u.is_in_flight = true;
  assert_string_equal(record_upload_state(&u), "on its way");
  u.is_in_flight = false;
  u.attempts = 1;
  assert_string_equal(record_upload_state(&u), "to be tried again");
  u = (struct upload){.confirmed_revision = 5};
  assert_string_equal(record_upload_state(&u), "confirmed");
}

/* What an operator has taken out says when it may be stopped. */
static void test_row(void **state)
{
  struct sample *s = *state;
  CLEANUP(table_deinit) struct table t;
  CLEANUP(buf_deinit) struct buf out = {0};

  record_table(&t);
  s->shop[0].admin = ADMIN_DRAIN;
  s->shop[0].share = 333000;
  record_row(&s->view, &s->services[0], &s->shop[0], &t);
  table_build(&t, &s->view.form, 0, &out);
  assert_true(sample_has(&out, "drain"));
  assert_true(sample_has(&out, " 33 % "));
  assert_true(sample_has(&out, "not every HSDir has confirmed"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_instance),
      SAMPLE_TEST(test_unknown_instance),
      SAMPLE_TEST(test_service),
      SAMPLE_TEST(test_stock),
      SAMPLE_TEST(test_distinct),
      SAMPLE_TEST(test_share),
      SAMPLE_TEST(test_unpublished),
      SAMPLE_TEST(test_outside),
      cmocka_unit_test(test_upload_states),
      SAMPLE_TEST(test_row),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
