#include "conf/dropin.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE1 "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"
#define NODE2 "kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid"
#define NODE3 "zt744spobno2bhvsfmgvpxjwoj6bri3r5ukwsuhgxlccqmirhehu54yd"

#define ONE_SERVICE                                                                                \
  "services:\n- key: keys/one.key\n  name: shop\n  instances:\n  - address: " NODE1 "\n"
#define TWO_SERVICES ONE_SERVICE "- key: two.key\n  instances:\n  - address: " NODE2 "\n"

struct fixture {
  struct suite *suite;
  char folder[64];
  char path[128]; /* of the configuration file */
  struct messages messages;
  struct config config;
  int err;
};

static void write_file(const struct fixture *f, const char *name, const char *text)
{
  char path[256];
  FILE *file;

  snprintf(path, sizeof path, "%s/%s", f->folder, name);
  file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static int setup(void **state)
{
  struct fixture *f = test_calloc(1, sizeof *f);
  char path[128];

  f->suite = suite_new();
  snprintf(f->folder, sizeof f->folder, "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->path, sizeof f->path, "%s/config.yaml", f->folder);
  snprintf(path, sizeof path, "%s/instances.d", f->folder);
  assert_int_equal(mkdir(path, 0700), 0);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;
  char command[128];

  config_deinit(&f->config);
  messages_deinit(&f->messages);
  suite_free(f->suite);
  snprintf(command, sizeof command, "%s/instances.d", f->folder);
  static const char *const names[] = {"instances.d/a.yaml", "instances.d/b.yml", "instances.d/c",
                                      "instances.d/.d.yaml", "config.yaml"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char path[256];

    snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
    unlink(path);
  }
  rmdir(command);
  rmdir(f->folder);
  test_free(f);
  return 0;
}

static void load(struct fixture *f)
{
  messages_init(&f->messages, f->path);
  f->err = config_load(f->suite, NULL, &f->config, &f->messages);
}

/* Some message, as it is shown, has both texts. */
static void assert_said(const struct fixture *f, const char *a, const char *b)
{
  for (size_t i = 0; i < f->messages.n; i++) {
    CLEANUP(buf_deinit) struct buf line = {0};

    messages_format(&f->messages, i, &line);
    if (strstr(buf_str(&line), a) != NULL && strstr(buf_str(&line), b) != NULL) {
      return;
    }
  }
  fail_msg("nothing with \"%s\" and \"%s\" among %zu messages", a, b, f->messages.n);
}

static void test_adds(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", TWO_SERVICES);
  write_file(f, "instances.d/a.yaml",
             "service: shop\ninstances:\n- {address: " NODE3 ", name: node3}\n");
  write_file(f, "instances.d/b.yml", "service: two.key\ninstances: [{address: " NODE3 "}]\n");
  write_file(f, "instances.d/c", "not: read\n");
  write_file(f, "instances.d/.d.yaml", "nor: this\n");
  load(f);
  assert_int_equal(f->err, 0);
  assert_int_equal(f->messages.n, 0);
  assert_int_equal(f->config.services[0].n_instances, 2);
  assert_null(f->config.services[0].instances[0].dropin);
  assert_string_equal(f->config.services[0].instances[1].name, "node3");
  assert_non_null(strstr(f->config.services[0].instances[1].dropin, "/instances.d/a.yaml"));
  assert_int_equal(f->config.services[1].n_instances, 2);
}

static void test_only_service(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", ONE_SERVICE);
  write_file(f, "instances.d/a.yaml", "instances:\n- address: " NODE3 "\n");
  load(f);
  assert_int_equal(f->err, 0);
  assert_int_equal(f->config.services[0].n_instances, 2);
}

static void check_refused(struct fixture *f, const char *text, const char *reason)
{
  write_file(f, "config.yaml", TWO_SERVICES);
  write_file(f, "instances.d/a.yaml", text);
  load(f);
  assert_int_equal(f->err, ERR_SYNTAX);
  assert_int_equal(f->config.n_services, 0);
  assert_said(f, "instances.d/a.yaml", reason);
  messages_deinit(&f->messages);
}

static void test_refused(void **state)
{
  struct fixture *f = *state;

  check_refused(f, "", "the file is empty");
  check_refused(f, "service: shop\n", "has no \"instances\"");
  check_refused(f, "service: shop\ninstances: []\n", "is empty");
  check_refused(f, "instances: [{address: " NODE3 "}]\n", "service: is missing");
  check_refused(f, "service: shpo\ninstances: [{address: " NODE3 "}]\n",
                "\"shpo\" is no service of the configuration");
  check_refused(f, "service: shop\ninstances:\n- {address: x}\n", ":3:13: address: \"x\"");
  check_refused(f, "service: shop\ninstances: [{address: " NODE1 "}]\n",
                "is an instance of this service already");
  check_refused(f, "service: shop\ninstances: [{address: " NODE3 "}, {address: " NODE3 "}]\n",
                "twice");
  check_refused(f, "changes: [{address: " NODE1 ", state: burning}]\n", "burning");
  check_refused(f, "changes: [{state: drain}]\n", "has no \"address\"");
  check_refused(f, "service: [\n", "instances.d/a.yaml:");
}

static void test_changes(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", TWO_SERVICES "  - {address: " NODE1 ", weight: 7}\n");
  write_file(f, "instances.d/a.yaml",
             "changes:\n- {address: " NODE1 ", state: maintenance}\n"
             "- {address: " NODE3 ", weight: 3}\n");
  write_file(f, "instances.d/b.yml",
             "service: shop\ninstances: [{address: " NODE3 "}]\n"
             "changes: [{address: " NODE1 ", weight: 0}]\n");
  load(f);
  assert_int_equal(f->err, 0);
  assert_int_equal(f->messages.n, 0);
  assert_int_equal(f->config.services[0].instances[0].weight, 0);
  assert_int_equal(f->config.services[0].instances[0].state, CONFIG_STATE_MAINTENANCE);
  assert_int_equal(f->config.services[0].instances[1].weight, 3); /* that a later file adds */
  assert_int_equal(f->config.services[1].instances[0].weight, CONFIG_WEIGHT);
  assert_int_equal(f->config.services[1].instances[0].state, CONFIG_STATE_NOT_GIVEN);
  assert_int_equal(f->config.services[1].instances[1].weight, 7); /* of another service */
  assert_int_equal(f->config.services[1].instances[1].state, CONFIG_STATE_MAINTENANCE);
}

/* It may have been taken away since. */
static void test_change_of_nobody(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", TWO_SERVICES);
  write_file(f, "instances.d/a.yaml",
             "service: shop\nchanges: [{address: " NODE2 ", weight: 0}]\n");
  load(f);
  assert_int_equal(f->err, 0);
  assert_said(f, "a.yaml:2:", "is no instance");
  assert_int_equal(f->config.services[1].instances[0].weight, CONFIG_WEIGHT);
}

/* The publisher may read a copy, which has drop-ins of its own. */
static void test_copy(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", ONE_SERVICE);
  write_file(f, "instances.d/a.yaml", "instances:\n- address: " NODE3 "\n");
  messages_init(&f->messages, "/somewhere/else.yaml");
  f->err = config_parse(f->suite, slice_str(ONE_SERVICE), &f->config, &f->messages);
  assert_int_equal(f->err, 0);
  assert_int_equal(dropin_load(f->suite, f->path, &f->config, &f->messages), 0);
  assert_int_equal(f->config.services[0].n_instances, 2);
  assert_string_equal(f->config.services[0].instances[1].dropin, "/somewhere/instances.d/a.yaml");
}

static void test_unknown_key(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", ONE_SERVICE);
  write_file(f, "instances.d/a.yaml", "instnces: 5\ninstances:\n- address: " NODE3 "\n");
  load(f);
  assert_int_equal(f->err, 0);
  assert_said(f, "instances.d/a.yaml:1:1", "did you mean \"instances\"?");
}

static void test_size_limit(void **state)
{
  struct fixture *f = *state;
  CLEANUP(buf_deinit) struct buf text = {0};

  buf_add_fill(&text, '#', LIMIT_DROPIN_BYTES + 1);
  check_refused(f, buf_str(&text), "more than");
}

/* Cut anywhere: good or refused, and nothing is left behind. */
static void test_every_truncation(void **state)
{
  static const char text[] = "service: shop\ninstances:\n- address: " NODE3 "\n  name: node3\n";
  struct fixture *f = *state;

  for (size_t n = 0; n < sizeof text; n++) {
    struct config_service sv;
    struct messages m;
    int err;

    messages_init(&m, "x.yaml");
    err = dropin_parse(f->suite, slice_of(text, n), &sv, &m);
    assert_true(err < 0 ? m.n_errors > 0 && sv.instances == NULL : sv.n_instances == 1);
    config_service_deinit(&sv);
    messages_deinit(&m);
  }
}

static void check_reference(const struct fixture *f, size_t service, const char *expected)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  dropin_reference(f->suite, &f->config, service, &out);
  assert_string_equal(buf_str(&out), expected);
}

static void test_reference(void **state)
{
  struct fixture *f = *state;

  write_file(f, "config.yaml", TWO_SERVICES);
  load(f);
  check_reference(f, 0, "shop");
  check_reference(f, 1, "two.key");
  free(f->config.services[1].name);
  f->config.services[1].name = strdup("shop"); /* the name alone would mean both */
  check_reference(f, 0, "one.key");
}

static void test_folder(void **state)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  (void)state;
  dropin_folder("/etc/onionbalance/config.yaml", &out);
  buf_add_str(&out, " ");
  dropin_folder("config.yaml", &out);
  assert_string_equal(buf_str(&out), "/etc/onionbalance/instances.d instances.d");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_adds),
      TEST(test_changes),
      TEST(test_change_of_nobody),
      TEST(test_copy),
      TEST(test_only_service),
      TEST(test_refused),
      TEST(test_unknown_key),
      TEST(test_size_limit),
      TEST(test_every_truncation),
      TEST(test_reference),
      cmocka_unit_test(test_folder),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
