#include "report/explain.h"

#include "sample.h"

static void check_service(struct sample *s, size_t service, const char *text)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  explain_service(&s->view, service, &out);
  if (!sample_has(&out, text)) {
    fail_msg("%s: %s", text, buf_str(&out));
  }
}

static void test_published(void **state)
{
  struct sample *s = *state;

  check_service(s, 0,
                "The descriptor that clients use now (time period 20779) was uploaded 12 min "
                "ago with 6 introduction points, because of: changed introduction points. 2 "
                "of 2 HSDirs have confirmed it.\n");
  check_service(s, 0, "HSDirs that have failed or refused: 1; the next try is in 20 s.\n");
  check_service(s, 0, "uploaded again, without a change, in 34 min");
  check_service(s, 0,
                "In it: node1.\nNot in it: node2 (down: its tor answers, but its port refuses "
                "connections).\n");
}

static void test_changing(void **state)
{
  struct sample *s = *state;

  s->services[0].needs_plan = true;
  s->services[0].plan_at.ms = 1003000;
  s->services[0].is_starving = true;
  s->services[0].descriptors[0].is_changed = true;
  s->services[0].descriptors[0].changed_due.ms = 1001000;
  s->uploads[0][0].is_in_flight = s->uploads[0][0].is_wanted = true;
  check_service(s, 0, "It has changed and goes out in 1 s.\n");
  check_service(s, 0, "planned anew in 3 s at the latest");
  check_service(s, 0, "None of its instances is usable");
  check_service(s, 0, "Uploads on their way: 1.\n");
}

/* Each thing that can be in the way of a first upload. */
static void test_unpublished(void **state)
{
  struct sample *s = *state;
  struct snapshot_descriptor *d = &s->services[1].descriptors[0];

  check_service(s, 1, "Nothing has been published yet: no instance has given");
  d->is_used = true;
  d->has_points = true;
  check_service(s, 1, "has never been uploaded: the signer has not certified its keys yet");
  d->has_keys = true;
  check_service(s, 1, "no HSDir is responsible");
  d->n_hsdirs = 2;
  d->uploads = s->uploads[0];
  check_service(s, 1, "it is about to be uploaded");
  d->has_keys = false;
  s->snapshot.outside.signer_is_up = false;
  check_service(s, 1, "the signer is not there");
  s->snapshot.outside.is_usable = false;
  check_service(s, 1, "no consensus that can be worked with");
  s->snapshot.outside.tor_is_up = false;
  check_service(s, 1, "control port is not connected");
}

static void check_instance(struct sample *s, size_t service, size_t instance, const char *text)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  explain_instance(&s->view, (struct whom_instance){.service = service, .instance = instance},
                   &out);
  if (!sample_has(&out, text)) {
    fail_msg("%s: %s", text, buf_str(&out));
  }
}

static void test_instances(void **state)
{
  struct sample *s = *state;

  check_instance(s, 0, 0,
                 "node1 is up: its tor answers.\nIts descriptor was seen on an HSDir 40 s "
                 "ago; it has 3 introduction points, unchanged since 2 h ago.\nThe last "
                 "probe that counts was 12 s ago: its tor answers.\n");
  check_instance(s, 1, 1, "or the address is wrong");
}

static void test_json(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->view.form.is_json = true;
  explain_instance(&s->view, (struct whom_instance){.service = 0, .instance = 1}, &out);
  assert_true(sample_has(&out, "{\"name\": \"node2\", \"lines\": [\"node2 is down: "));
  assert_true(sample_has(&out, "\"]}\n"));
}

/* A share that is far from what the weight asks for, and what would help. */
static void test_share(void **state)
{
  struct sample *s = *state;
  CLEANUP(buf_deinit) struct buf out = {0};

  s->shop[0].share = 600000;
  s->shop[0].due = 666666;
  s->shop[1].is_serving = true;
  s->shop[1].is_backup = false;
  explain_instance(&s->view, (struct whom_instance){0}, &out);
  assert_true(
      sample_has(&out, "Clients of shop that ask now are led to it with a share of 60.0 %.\n"));
  assert_false(sample_has(&out, "Its weight asks"));
  s->shop[0].share = 500000;
  buf_clear(&out);
  explain_instance(&s->view, (struct whom_instance){0}, &out);
  assert_true(sample_has(&out, "share of 50.0 %.\nIts weight asks for 66.7 %: whole numbers"));
  assert_true(sample_has(&out, "weights, and so does \"descriptors: distinct\".\n"));
  s->services[0].descriptors[0].is_distinct = true;
  buf_clear(&out);
  explain_instance(&s->view, (struct whom_instance){0}, &out);
  assert_true(sample_has(&out, "nearer to the weights.\n"));
  buf_clear(&out);
  explain_service(&s->view, 0, &out);
  assert_true(sample_has(&out, "Each HSDir gets a distinct descriptor, with up to 20 introduction "
                               "points of its own, as one cannot hold a point of every instance."));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_published), SAMPLE_TEST(test_changing), SAMPLE_TEST(test_unpublished),
      SAMPLE_TEST(test_instances), SAMPLE_TEST(test_json),     SAMPLE_TEST(test_share),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
