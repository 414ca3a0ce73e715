#include "conf/config.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ONE "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"
#define TWO "kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid"

static const char good[] = "services:\n"
                           "- key: a.key\n"
                           "  instances:\n"
                           "  - address: " ONE "\n"
                           "  - address: " TWO "\n"
                           "- key: b.key\n"
                           "  instances:\n"
                           "  - address: " TWO "\n";

static int set_up(void **state)
{
  *state = suite_new();
  return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
  suite_free(*state);
  return 0;
}

/* Loads a file that does not load: err, and the one error it gives. */
static void expect_refused(struct suite *s, const char *file, int err, const char *message)
{
  struct messages m;
  struct config c;
  struct buf out = {0};

  messages_init(&m, file);
  assert_int_equal(config_load(s, NULL, &c, &m), err);
  assert_int_equal(c.n_services, 0);
  assert_int_equal(m.n, 1);
  assert_int_equal(m.n_errors, 1);
  messages_format(&m, 0, &out);
  assert_string_equal(buf_str(&out), message);
  buf_deinit(&out);
  messages_deinit(&m);
}

static void test_cannot_be_read(void **state)
{
  expect_refused(*state, "/nonexistent/config.yaml", ERR_IO,
                 "/nonexistent/config.yaml: cannot be read: No such file or directory");
  expect_refused(*state, "/", ERR_IO, "/: cannot be read: Is a directory");
}

static void test_huge_file(void **state)
{
  char path[] = "/tmp/test-config-XXXXXX";
  int fd = mkstemp(path);
  struct buf want = {0};

  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)LIMIT_CONFIG_BYTES + 1), 0);
  buf_addf(&want, "%s: the file has more than 16777216 bytes", path);
  expect_refused(*state, path, ERR_TOO_LONG, buf_str(&want));
  close(fd);
  unlink(path);
  buf_deinit(&want);
}

static void test_example(void **state)
{
  struct buf path = {0};
  struct messages m;
  struct config c;

  buf_addf(&path, "%s/doc/examples/config.yaml", getenv("TEST_SOURCE"));
  messages_init(&m, buf_str(&path));
  assert_int_equal(config_load(*state, NULL, &c, &m), 0);
  assert_int_equal(m.n, 0);
  assert_int_equal(c.n_services, 1);
  assert_int_equal(c.services[0].n_instances, 2);
  config_deinit(&c);
  messages_deinit(&m);
  buf_deinit(&path);
}

/* A file cut short anywhere gives a configuration or an error, not both. */
static void test_truncated(void **state)
{
  for (size_t n = 0; n <= strlen(good); n++) {
    struct messages m;
    struct config c;
    int err;

    messages_init(&m, "f");
    err = config_parse(*state, slice_of(good, n), &c, &m);
    assert_int_equal(err<0, m.n_errors> 0);
    assert_int_equal(err < 0, c.n_services == 0);
    config_deinit(&c);
    messages_deinit(&m);
  }
}

static void test_own_instance(void **state)
{
  struct address one, two;
  struct messages m;
  struct config c;

  assert_int_equal(address_parse(*state, slice_str(ONE), &one), 0);
  assert_int_equal(address_parse(*state, slice_str(TWO), &two), 0);
  messages_init(&m, "f");
  assert_int_equal(config_parse(*state, slice_str(good), &c, &m), 0);
  assert_int_equal(config_check_frontend(&c, 1, one.public_key, &m), 0);
  assert_int_equal(m.n_errors, 0);
  assert_int_equal(config_check_frontend(&c, 0, two.public_key, &m), ERR_MISMATCH);
  assert_int_equal(m.n_errors, 1);
  assert_int_equal(m.items[0].place.line, 5);
  config_deinit(&c);
  messages_deinit(&m);
}

static void test_same_key(void **state)
{
  struct messages m;
  struct config c;

  messages_init(&m, "f");
  assert_int_equal(config_parse(*state, slice_str(good), &c, &m), 0);
  assert_int_equal(config_check_same_key(&c, 0, 1, &m), ERR_DUPLICATE);
  assert_int_equal(m.items[0].place.line, 6);
  assert_non_null(strstr(m.items[0].text, "line 2"));
  config_deinit(&c);
  messages_deinit(&m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cannot_be_read), cmocka_unit_test(test_huge_file),
      cmocka_unit_test(test_example),        cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_own_instance),   cmocka_unit_test(test_same_key),
  };

  return cmocka_run_group_tests(tests, set_up, tear_down);
}
