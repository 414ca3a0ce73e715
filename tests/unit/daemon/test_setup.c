#include "daemon/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define FIRST  "fsk2u4jegcpidjmgfmgdniz2jlwhnevusdsc4ozhpbnvgutz5rp5arid"
#define SECOND "zt744spobno2bhvsfmgvpxjwoj6bri3r5ukwsuhgxlccqmirhehu54yd"
#define THIRD  "22noubolpxsma5zs6i2mljbjvfdtggj5w45xceeewd7x2eu2gimp5oad"

static const char text[] = "services:\n"
                           "- key: a\n"
                           "  name: shop\n"
                           "  health: {probe: http, path: /x, text: fine, interval: 30s}\n"
                           "  instances:\n"
                           "  - {address: " FIRST ", name: node1, weight: 7, backup: true}\n"
                           "  - {address: " SECOND "}\n"
                           "- key: b\n"
                           "  instances:\n"
                           "  - {address: " SECOND "}\n"
                           "  - {address: " THIRD ", health: {probe: tcp, expect: 204, rise: 2}}\n";

struct fixture {
  struct suite *suite;
  struct messages messages;
  struct config config;
  struct address keys[2];
};

static int prepare(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  f->suite = suite_new();
  messages_init(&f->messages, "config.yaml");
  assert_int_equal(config_parse(f->suite, slice_str(text), &f->config, &f->messages), 0);
  f->keys[0].public_key[0] = 1;
  f->keys[1].public_key[0] = 2;
  *state = f;
  return 0;
}

static int clean(void **state)
{
  struct fixture *f = *state;

  config_deinit(&f->config);
  messages_deinit(&f->messages);
  suite_free(f->suite);
  free(f);
  return 0;
}

/* An instance of two services is one, and keeps its place in both. */
static void shared_instances(void **state)
{
  struct fixture *f = *state;
  struct setup s CLEANUP(setup_deinit) = {0};

  setup_init(&s, &f->config, f->keys);
  assert_int_equal(s.core.n_services, 2);
  assert_int_equal(s.core.n_instances, 3);
  assert_int_equal(s.core.services[0].instances[0], 0);
  assert_int_equal(s.core.services[0].instances[1], 1);
  assert_int_equal(s.core.services[1].instances[0], 1);
  assert_int_equal(s.core.services[1].instances[1], 2);
  assert_true(address_equal(&s.core.services[1].address, &f->keys[1]));
}

/* Names where the file has some, places in it elsewhere; never addresses. */
static void labels(void **state)
{
  struct fixture *f = *state;
  struct setup s CLEANUP(setup_deinit) = {0};

  setup_init(&s, &f->config, f->keys);
  assert_string_equal(s.core.services[0].label, "shop");
  assert_string_equal(s.core.services[1].label, "services[1]");
  assert_string_equal(s.core.instances[0].label, "node1");
  assert_string_equal(s.core.instances[1].label, "services[0].instances[1]");
  assert_string_equal(s.core.instances[2].label, "services[1].instances[1]");
}

/* What the file says stands above the defaults; of an instance under two
 * services what it says first. */
static void health(void **state)
{
  struct fixture *f = *state;
  struct setup s CLEANUP(setup_deinit) = {0};
  struct health_config standard = health_config_default();

  setup_init(&s, &f->config, f->keys);
  for (size_t i = 0; i < 2; i++) {
    const struct health_config *h = s.core.instances[i].health;

    assert_int_equal(h->check, HEALTH_HTTP);
    assert_string_equal(h->path, "/x");
    assert_string_equal(h->text, "fine");
    assert_int_equal(h->interval, 30000);
    assert_int_equal(h->timeout, standard.timeout);
    assert_int_equal(h->http_min, standard.http_min);
    assert_int_equal(h->http_max, standard.http_max);
    assert_int_equal(h->port, 80);
  }
  assert_int_equal(s.core.instances[2].health->check, HEALTH_TCP);
  assert_int_equal(s.core.instances[2].health->http_min, 204);
  assert_int_equal(s.core.instances[2].health->http_max, 204);
  assert_int_equal(s.core.instances[2].health->rise, 2);
  assert_int_equal(s.core.instances[2].health->fall, standard.fall);
  assert_int_equal(s.core.instances[2].health->interval, standard.interval);
}

static void weights(void **state)
{
  struct fixture *f = *state;
  struct setup s CLEANUP(setup_deinit) = {0};

  setup_init(&s, &f->config, f->keys);
  assert_int_equal(s.core.services[0].members[0].weight, 7);
  assert_true(s.core.services[0].members[0].is_backup);
  assert_int_equal(s.core.services[0].members[1].weight, CONFIG_WEIGHT);
  assert_int_equal(s.core.services[1].members[1].weight, CONFIG_WEIGHT);
  assert_false(s.core.services[1].members[1].is_backup);
}

static void good_keys(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(setup_check(&f->config, f->keys, &f->messages), 0);
  assert_int_equal(f->messages.n_errors, 0);
}

static void one_key_twice(void **state)
{
  struct fixture *f = *state;

  f->keys[1] = f->keys[0];
  assert_int_equal(setup_check(&f->config, f->keys, &f->messages), ERR_DUPLICATE);
  assert_int_equal(f->messages.n_errors, 1);
}

/* Both mistakes are found in one pass. */
static void frontend_is_its_own_instance(void **state)
{
  struct fixture *f = *state;

  f->keys[0] = f->config.services[0].instances[1].address;
  f->keys[1] = f->config.services[1].instances[1].address;
  assert_int_equal(setup_check(&f->config, f->keys, &f->messages), ERR_MISMATCH);
  assert_int_equal(f->messages.n_errors, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(shared_instances, prepare, clean),
      cmocka_unit_test_setup_teardown(labels, prepare, clean),
      cmocka_unit_test_setup_teardown(health, prepare, clean),
      cmocka_unit_test_setup_teardown(weights, prepare, clean),
      cmocka_unit_test_setup_teardown(good_keys, prepare, clean),
      cmocka_unit_test_setup_teardown(one_key_twice, prepare, clean),
      cmocka_unit_test_setup_teardown(frontend_is_its_own_instance, prepare, clean),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
