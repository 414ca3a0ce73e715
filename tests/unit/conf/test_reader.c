#include "conf/reader.h"

#include "base/limits.h"
#include "conf/loader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ONE "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"

struct fixture {
  struct suite *suite;
  struct tree tree;
  struct messages messages;
  struct config config;
};

static void read_text(struct fixture *f, const char *file, const char *yaml)
{
  *f = (struct fixture){.suite = suite_new()};
  messages_init(&f->messages, file);
  assert_int_equal(loader_parse(slice_str(yaml), &f->tree, &f->messages), 0);
  reader_run(f->suite, &f->tree, &f->config, &f->messages);
}

static void tear_down(struct fixture *f)
{
  tree_deinit(&f->tree);
  config_deinit(&f->config);
  messages_deinit(&f->messages);
  suite_free(f->suite);
}

static void test_values(void **state)
{
  struct fixture f;

  (void)state;
  read_text(&f, "/etc/onionbalance/config.yaml",
            "status-socket-location: status\n"
            "tor: {control: 127.0.0.1:9051, control-password-file: p}\n"
            "services:\n"
            "- key: a.key\n"
            "  name: shop\n"
            "  instances: [{address: " ONE ", name: node}]\n");
  assert_int_equal(f.messages.n, 0);
  assert_string_equal(f.config.status_socket, "status");
  assert_string_equal(f.config.tor_control_password_file, "/etc/onionbalance/p");
  assert_int_equal(f.config.tor_control.port, 9051);
  assert_int_equal(f.config.n_services, 1);
  assert_string_equal(f.config.services[0].key_path, "/etc/onionbalance/a.key");
  assert_string_equal(f.config.services[0].name, "shop");
  assert_int_equal(f.config.services[0].place.line, 4);
  assert_int_equal(f.config.services[0].n_instances, 1);
  assert_string_equal(f.config.services[0].instances[0].name, "node");
  tear_down(&f);
}

static void test_paths_without_folder(void **state)
{
  struct fixture f;

  (void)state;
  read_text(&f, "config.yaml", "services: [{key: k/a.key, instances: [{address: " ONE "}]}]\n");
  assert_string_equal(f.config.services[0].key_path, "k/a.key");
  tear_down(&f);
}

/* Reads services of so many instances each, all by aliases of one instance. */
static void read_many(struct fixture *f, const char *instance, size_t services, size_t instances)
{
  struct buf yaml = {0};

  buf_addf(&yaml, "i: &i %s\nl: &l\n", instance);
  for (size_t i = 0; i < instances; i++) {
    buf_add_str(&yaml, "- *i\n");
  }
  buf_add_str(&yaml, "services:\n");
  for (size_t i = 0; i < services; i++) {
    buf_addf(&yaml, "- {key: %zu, instances: *l}\n", i);
  }
  read_text(f, "f", buf_str(&yaml));
  buf_deinit(&yaml);
}

static void test_instances_limit(void **state)
{
  struct fixture f;

  (void)state;
  read_many(&f, "{address: " ONE "}", 1, LIMIT_INSTANCES_PER_SERVICE);
  assert_int_equal(f.messages.n_errors, 0);
  assert_int_equal(f.config.services[0].n_instances, LIMIT_INSTANCES_PER_SERVICE);
  tear_down(&f);
  read_many(&f, "{address: " ONE "}", 1, LIMIT_INSTANCES_PER_SERVICE + 1);
  assert_int_equal(f.messages.n_errors, 1);
  assert_string_equal(f.messages.items[f.messages.n - 1].text,
                      "instances: has more than 5000 items");
  tear_down(&f);
}

/* In the next two an instance has no address, which is quick: so each of them
 * counts as one error. */
static void test_services_limit(void **state)
{
  struct fixture f;

  (void)state;
  read_many(&f, "{}", LIMIT_SERVICES, 1);
  assert_int_equal(f.config.n_services, LIMIT_SERVICES);
  assert_int_equal(f.messages.n_errors, LIMIT_SERVICES);
  tear_down(&f);
  read_many(&f, "{}", LIMIT_SERVICES + 1, 1);
  assert_int_equal(f.config.n_services, LIMIT_SERVICES);
  assert_int_equal(f.messages.n_errors, LIMIT_SERVICES + 1);
  tear_down(&f);
}

/* Aliases can multiply: the sum is bounded too. */
static void test_items_limit(void **state)
{
  struct fixture f;

  (void)state;
  read_many(&f, "{}", 80, 4999);
  assert_int_equal(f.messages.n_errors, 80 * 4999);
  tear_down(&f);
  read_many(&f, "{}", 81, 4999);
  assert_int_equal(f.config.n_services, 80);
  assert_int_equal(f.messages.n_errors, 80 * 4999 + 1);
  tear_down(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),          cmocka_unit_test(test_paths_without_folder),
      cmocka_unit_test(test_instances_limit), cmocka_unit_test(test_services_limit),
      cmocka_unit_test(test_items_limit),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
