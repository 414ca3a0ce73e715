#include "signer/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

/* The error; if there is none, the content must be "hello world". */
static int parse(const char *text)
{
  struct pem pem CLEANUP(pem_deinit) = {0};

  TRY(pem_parse(slice_str(text), &pem));
  assert_true(slice_is(pem.label, "A B"));
  assert_true(slice_is(slice_of(secret_peek(pem.der), pem.size), "hello world"));
  return 0;
}

#define BEGIN "-----BEGIN A B-----\n"
#define END   "-----END A B-----\n"

static void reads_what_tools_write(void **state)
{
  (void)state;
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ=\n" END), 0);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ\n" END), 0);
  assert_int_equal(parse(BEGIN "aGVsbG8g\nd29ybGQ=\n" END), 0);
  assert_int_equal(parse("-----BEGIN A B-----\r\naGVsbG8gd29ybGQ=\r\n-----END A B-----\r\n"), 0);
  assert_int_equal(parse("Bag Attributes: none\n\n" BEGIN "aGVsbG8gd29ybGQ=  \n" END "more\n"), 0);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ=\n-----END A B-----"), 0);
}

static void refuses_what_is_damaged(void **state)
{
  (void)state;
  assert_int_equal(parse(""), ERR_MISSING);
  assert_int_equal(parse("some text\n"), ERR_MISSING);
  assert_int_equal(parse("-----BEGIN A B----\naGVsbG8gd29ybGQ=\n" END), ERR_MISSING);
  assert_int_equal(parse("-----BEGIN \naGVsbG8gd29ybGQ=\n" END), ERR_MISSING);
  assert_int_equal(parse(BEGIN), ERR_TRUNCATED);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ=\n"), ERR_TRUNCATED);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ=\n-----END B-----\n"), ERR_SYNTAX);
  assert_int_equal(parse(BEGIN END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGV\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ\n=x\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ===\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGQ==\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybG==\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybG====\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVsbG8gd29ybGR=\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "aGVs=G8gd29ybGQ=\n" END), ERR_ENCODING);
  assert_int_equal(parse(BEGIN "Proc-Type: 4,ENCRYPTED\n\naGVsbG8gd29ybGQ=\n" END), ERR_ENCODING);
}

static void refuses_every_cut(void **state)
{
  static const char text[] = BEGIN "aGVsbG8gd29ybGQ=\n-----END A B-----";

  (void)state;
  for (size_t n = 0; n < sizeof text - 1; n++) {
    struct pem pem CLEANUP(pem_deinit) = {0};

    assert_true(pem_parse(slice_of(text, n), &pem) < 0);
  }
}

static void label_is_known_after_an_error(void **state)
{
  struct pem pem CLEANUP(pem_deinit) = {0};

  (void)state;
  assert_int_equal(pem_parse(slice_str(BEGIN "!\n" END), &pem), ERR_ENCODING);
  assert_true(slice_is(pem.label, "A B"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_tools_write),
      cmocka_unit_test(refuses_what_is_damaged),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(label_is_known_after_an_error),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
