#include "report/change.h"

#include "sample.h"

#define TIME "2026-11-22 15:44:40 "

/* What is told of the sample as it is now, after the look. */
static void check(struct sample *s, const struct change_base *before, const char *expected)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  change_build(&s->view, before, &out);
  assert_string_equal(buf_str(&out), expected);
}

static void test_nothing(void **state)
{
  struct sample *s = *state;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  change_base_take(&b, &s->snapshot);
  check(s, &b, "");
  s->shop[0].received.s++;
  s->uploads[1][1].attempts++;
  check(s, &b, "");
}

static void test_instances(void **state)
{
  struct sample *s = *state;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  change_base_take(&b, &s->snapshot);
  s->shop[1].health.state = HEALTH_UP;
  s->shop[1].health.why = HEALTH_ANSWERED;
  s->wiki[1].admin = ADMIN_DRAIN;
  check(s, &b,
        TIME "instance shop/node2: down -> up (its port answers)\n" TIME
             "instance wiki/node3: starting -> drain (an operator wants it so)\n");
  change_base_take(&b, &s->snapshot);
  s->shop[1].health.why = HEALTH_JOINED; /* the same state for another reason */
  check(s, &b, TIME "instance shop/node2: up -> up (its tor answers)\n");
}

static void test_uploads(void **state)
{
  struct sample *s = *state;
  struct snapshot_descriptor *d = s->services[0].descriptors;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  change_base_take(&b, &s->snapshot);
  d[1].n_confirmed = 2;
  check(s, &b, TIME "upload shop: time period 20780 confirmed by all 2 HSDirs\n");
  d[1].n_confirmed = 1;
  d[0].attempted.s = NOW;
  d[0].n_confirmed = 0;
  d[0].reason = PUBLICATION_HSDIRS;
  check(s, &b, TIME "upload shop: began for time period 20779 (a new HSDir)\n");
  d[0].n_confirmed = 2; /* both between two looks */
  check(s, &b,
        TIME "upload shop: began for time period 20779 (a new HSDir)\n" TIME
             "upload shop: time period 20779 confirmed by all 2 HSDirs\n");
}

/* The second descriptor becomes the first: nothing has been uploaded. */
static void test_next_period(void **state)
{
  struct sample *s = *state;
  struct snapshot_descriptor *d = s->services[0].descriptors;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  d[1].n_confirmed = 2;
  change_base_take(&b, &s->snapshot);
  d[0] = d[1];
  d[1] = (struct snapshot_descriptor){.is_used = true, .period_number = 20781};
  check(s, &b, "");
  d[1].is_attempted = true;
  d[1].attempted.s = NOW;
  check(s, &b, TIME "upload shop: began for time period 20781 (nothing due)\n");
}

static void test_outside(void **state)
{
  struct sample *s = *state;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  change_base_take(&b, &s->snapshot);
  s->snapshot.outside.tor_is_up = false;
  s->snapshot.outside.signer_is_up = false;
  s->snapshot.outside.valid_after.s += 3600;
  check(s, &b,
        TIME "tor: up -> down\n" TIME "signer: up -> down\n" TIME
             "consensus: 2026-11-22 16:00:00\n");
}

static void test_configuration(void **state)
{
  struct sample *s = *state;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  change_base_take(&b, &s->snapshot);
  s->services[1].n_instances = 1;
  s->shop[0].admin = ADMIN_DRAIN;
  check(s, &b, TIME "configuration: changed\n");
  s->services[1].n_instances = 2;
  s->snapshot.n_services = 1;
  check(s, &b, TIME "configuration: changed\n");
  s->snapshot.n_services = 2;
  s->wiki[0].address = s->shop[1].address;
  check(s, &b, TIME "configuration: changed\n");
}

static void test_json(void **state)
{
  struct sample *s = *state;
  CLEANUP(change_base_deinit) struct change_base b = {0};

  s->view.form.is_json = true;
  change_base_take(&b, &s->snapshot);
  s->shop[0].admin = ADMIN_DISABLED;
  check(s, &b,
        "{\"time\": \"2026-11-22 15:44:40\", \"event\": \"instance\", \"service\": \"shop\", "
        "\"instance\": \"node1\", \"from\": \"up\", \"to\": \"disabled\", \"why\": \"an operator "
        "wants it so\"}\n");
}

static void test_log(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};
  struct form f = {0};

  (void)state;
  change_log(&f, (struct wall){NOW}, LOG_LEVEL_WARNING, slice_str("a\x1b[b"), &out);
  f.is_json = true;
  change_log(&f, (struct wall){NOW}, LOG_LEVEL_ERROR, slice_str("a"), &out);
  assert_string_equal(buf_str(&out),
                      TIME "log: WARNING (a\\x1B[b)\n"
                           "{\"time\": \"2026-11-22 15:44:40\", \"event\": \"log\", \"to\": "
                           "\"ERROR\", \"why\": \"a\"}\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_nothing),     SAMPLE_TEST(test_instances), SAMPLE_TEST(test_uploads),
      SAMPLE_TEST(test_next_period), SAMPLE_TEST(test_outside),   SAMPLE_TEST(test_configuration),
      SAMPLE_TEST(test_json),        cmocka_unit_test(test_log),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
