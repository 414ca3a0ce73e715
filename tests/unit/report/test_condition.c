#include "report/condition.h"

#include "sample.h"

static void check(struct sample *s, const struct condition *c, enum condition_outcome expected,
                  const char *why)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  assert_int_equal(condition_check(c, &s->view, &text), expected);
  if (!sample_has(&text, why)) {
    fail_msg("%s: %s", why, buf_str(&text));
  }
  assert_null(memchr(text.p, '\n', text.n));
}

static void test_ready(void **state)
{
  struct sample *s = *state;
  struct condition c = {.kind = CONDITION_READY};

  check(s, &c, CONDITION_HOLDS, "ready");
  s->snapshot.outside.signer_is_up = false;
  check(s, &c, CONDITION_NOT_YET, "signer");
  s->snapshot.outside.tor_is_ready = false;
  check(s, &c, CONDITION_NOT_YET, "consensus");
  s->snapshot.outside.tor_is_up = false;
  check(s, &c, CONDITION_NOT_YET, "control port");
}

static void test_confirmed(void **state)
{
  struct sample *s = *state;
  struct condition c = {
      .kind = CONDITION_CONFIRMED, .has_service = true, .address = s->services[0].address};

  check(s, &c, CONDITION_NOT_YET, "shop: 3 of 4 uploads confirmed");
  s->services[0].descriptors[1].n_confirmed = 2;
  check(s, &c, CONDITION_HOLDS, "all uploads confirmed");
  s->services[0].needs_plan = true; /* what is confirmed is about to be replaced */
  check(s, &c, CONDITION_NOT_YET, "shop");
  s->services[0].needs_plan = false;
  s->services[0].descriptors[0].is_changed = true;
  check(s, &c, CONDITION_NOT_YET, "shop");
  s->services[0].descriptors[0].is_changed = false;
  c.has_service = false;
  check(s, &c, CONDITION_NOT_YET, "wiki: 0 of 0");
  s->snapshot.n_services = 1;
  check(s, &c, CONDITION_HOLDS, "all");
  c = (struct condition){
      .kind = CONDITION_CONFIRMED, .has_service = true, .address = s->services[1].address};
  check(s, &c, CONDITION_GONE, "not configured any more");
}

/* An instance of two services: both count. */
static void test_states(void **state)
{
  struct sample *s = *state;
  struct condition c = {.kind = CONDITION_STATE, .address = s->shop[0].address, .state = "up"};

  check(s, &c, CONDITION_HOLDS, "node1 is up");
  s->wiki[0].is_usable = false;
  check(s, &c, CONDITION_NOT_YET, "node1 is down");
  c.state = "down";
  check(s, &c, CONDITION_NOT_YET, "node1 is up");
  c = (struct condition){.kind = CONDITION_STATE, .address = s->shop[1].address, .state = "down"};
  check(s, &c, CONDITION_HOLDS, "node2 is down");
  c.address = s->services[0].address;
  check(s, &c, CONDITION_GONE, "not configured any more");
}

static void test_safe(void **state)
{
  struct sample *s = *state;
  struct condition c = {.kind = CONDITION_SAFE, .address = s->shop[1].address};

  check(s, &c, CONDITION_NOT_YET, "drain it first");
  s->shop[1].admin = ADMIN_DRAIN;
  s->shop[1].is_clear = true;
  s->shop[1].safe_at.s = NOW + 1;
  check(s, &c, CONDITION_NOT_YET, "in 1 s");
  s->shop[1].safe_at.s = NOW;
  check(s, &c, CONDITION_HOLDS, "may be stopped");
}

/* Every word that can be waited for is one that view_state says. */
static void test_words(void **state)
{
  (void)state;
  assert_int_equal(condition_n_words, 3);
  for (size_t i = 0; i < ADMIN_STATES; i++) {
    size_t k = 0;

    while (k < condition_n_states && i > 0 &&
           strcmp(condition_states[k], admin_state_text((enum admin_state)i)) != 0) {
      k++;
    }
    assert_true(k < condition_n_states);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_ready), SAMPLE_TEST(test_confirmed),  SAMPLE_TEST(test_states),
      SAMPLE_TEST(test_safe),  cmocka_unit_test(test_words),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
