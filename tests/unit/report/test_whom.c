#include "report/whom.h"

#include "sample.h"

static void check_service(struct sample *s, const char *text, enum whom_outcome expected,
                          size_t place)
{
  size_t found = 99;

  assert_int_equal(whom_service(&s->view, slice_str(text), &found), expected);
  if (expected == WHOM_FOUND) {
    assert_int_equal(found, place);
  }
}

static void test_services(void **state)
{
  struct sample *s = *state;

  check_service(s, "shop", WHOM_FOUND, 0);
  check_service(s, "w", WHOM_FOUND, 1);
  check_service(s, SHOP, WHOM_FOUND, 0);
  check_service(s, SHOP ".onion", WHOM_FOUND, 0);
  check_service(s, "opw3ed", WHOM_FOUND, 0);
  check_service(s, "opw", WHOM_NOBODY, 0); /* too few letters to be meant */
  check_service(s, "", WHOM_NOBODY, 0);
  check_service(s, "shopp", WHOM_NOBODY, 0);
  check_service(s, SHOP ".onionx", WHOM_NOBODY, 0);
  s->services[1].label = "shop2";
  check_service(s, "shop", WHOM_FOUND, 0); /* the whole of one goes before the begin of another */
  check_service(s, "sho", WHOM_SEVERAL, 0);
  s->services[1].label = "shop";
  check_service(s, "shop", WHOM_SEVERAL, 0);
}

static void check_instance(struct sample *s, const char *text, enum whom_outcome expected,
                           struct whom_instance at)
{
  struct whom_instance found = {99, 99, false};

  assert_int_equal(whom_instance(&s->view, slice_str(text), &found), expected);
  if (expected == WHOM_FOUND) {
    assert_int_equal(found.service, at.service);
    assert_int_equal(found.instance, at.instance);
    assert_int_equal(found.is_chosen, at.is_chosen);
  }
}

static void test_instances(void **state)
{
  struct sample *s = *state;
  struct whom_instance none = {0};

  check_instance(s, "node1", WHOM_FOUND, (struct whom_instance){0, 0, false});
  check_instance(s, "node3", WHOM_FOUND, (struct whom_instance){1, 1, false});
  check_instance(s, "node", WHOM_SEVERAL, none);
  check_instance(s, NODE2, WHOM_FOUND, (struct whom_instance){0, 1, false});
  check_instance(s, "wiki/node1", WHOM_FOUND, (struct whom_instance){1, 0, true});
  check_instance(s, "w/node1", WHOM_FOUND, (struct whom_instance){1, 0, true});
  check_instance(s, "wiki/node2", WHOM_NOBODY, none);
  check_instance(s, "nowhere/node1", WHOM_NOBODY, none);
  check_instance(s, "/node1", WHOM_NOBODY, none);
  check_instance(s, "shop/", WHOM_NOBODY, none);
  s->wiki[1].label = "node2"; /* another one of that name */
  check_instance(s, "node2", WHOM_SEVERAL, none);
  check_instance(s, "shop/node2", WHOM_FOUND, (struct whom_instance){0, 1, true});
  s->wiki[1].label = "shop/x";
  check_instance(s, "shop/x", WHOM_FOUND, (struct whom_instance){1, 1, false});
}

static void test_places(void **state)
{
  struct sample *s = *state;
  struct whom_instance at;

  assert_true(whom_find(&s->view, &s->shop[0].address, 0, &at));
  assert_ptr_equal(whom_get(&s->view, at), &s->shop[0]);
  assert_true(whom_find(&s->view, &s->shop[0].address, 1, &at));
  assert_ptr_equal(whom_get(&s->view, at), &s->wiki[0]);
  assert_false(whom_find(&s->view, &s->shop[0].address, 2, &at));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_services),
      SAMPLE_TEST(test_instances),
      SAMPLE_TEST(test_places),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
