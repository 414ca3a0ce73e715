#include "io/argparse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { HELP, PORT, VERBOSITY, VERSION, COUNT };

static const struct option options[] = {
    {"help", no_argument, NULL, HELP},
    {"port", required_argument, NULL, PORT},
    {"verbosity", required_argument, NULL, VERBOSITY},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

/* One argument, or two, and what comes of it. */
struct row {
  const char *first, *second;
  int number;
  const char *value; /* or after ARGPARSE_BAD the fault */
};

static void check(const struct row *row)
{
  char first[32], second[32];
  char *argv[] = {(char *)(uintptr_t) "program", first, second, NULL};
  struct argparse p = {
      .options = options, .letters = "hpv-n", .argc = row->second == NULL ? 2 : 3, .argv = argv};
  char *value;
  int number;

  strncpy(first, row->first, sizeof first - 1);
  strncpy(second, row->second == NULL ? "" : row->second, sizeof second - 1);
  first[31] = second[31] = '\0';
  argv[2] = row->second == NULL ? NULL : second;
  argparse_begin(&p);
  number = argparse_next(&p, &value);
  assert_int_equal(number, row->number);
  if (number == ARGPARSE_BAD) {
    assert_string_equal(p.fault, row->value);
    assert_int_equal(strncmp(p.argument, row->first, strlen(p.argument)), 0);
    return;
  }
  assert_int_equal(value == NULL, row->value == NULL);
  if (value != NULL) {
    assert_string_equal(value, row->value);
  }
}

static void reads_one_option(void **state)
{
  static const struct row rows[] = {
      {"-h", NULL, HELP, NULL},
      {"--help", NULL, HELP, NULL},
      {"--he", NULL, HELP, NULL},
      {"-p", "9051", PORT, "9051"},
      {"-p9051", NULL, PORT, "9051"},
      {"-p=9051", NULL, PORT, "9051"},
      {"-p", "=9051", PORT, "=9051"},
      {"--port", "9051", PORT, "9051"},
      {"--port=9051", NULL, PORT, "9051"},
      {"--port==9051", NULL, PORT, "=9051"},
      {"--port=", NULL, PORT, ""},
      {"--po=9051", NULL, PORT, "9051"},
      {"--vers", NULL, VERSION, NULL},
      {"-v", "debug", VERBOSITY, "debug"},
      {"-n", "3", COUNT, "3"},
      {"-n3", NULL, COUNT, "3"},
      {"-n", NULL, ARGPARSE_BAD, "needs a value"},
      {"--", "-h", ARGPARSE_END, NULL},
      {"-p", NULL, ARGPARSE_BAD, "needs a value"},
      {"--port", NULL, ARGPARSE_BAD, "needs a value"},
      {"--help=no", NULL, ARGPARSE_BAD, "takes no value"},
      {"--ver", NULL, ARGPARSE_BAD, "is ambiguous"},
      {"--ver=1", NULL, ARGPARSE_BAD, "is ambiguous"},
      {"--other", NULL, ARGPARSE_BAD, "is not known"},
      {"-x", NULL, ARGPARSE_BAD, "is not known"},
      {"--", NULL, ARGPARSE_END, NULL},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    check(&rows[i]);
  }
}

static void reads_all_and_then_the_rest(void **state)
{
  char words[][12] = {"program", "file", "-h", "-p=1", "more"};
  char *argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
  struct argparse p = {.options = options, .letters = "hpv-n", .argc = 5, .argv = argv};
  char *value;

  (void)state;
  argparse_begin(&p);
  assert_int_equal(argparse_next(&p, &value), HELP);
  assert_int_equal(argparse_next(&p, &value), PORT);
  assert_string_equal(value, "1");
  assert_int_equal(argparse_next(&p, &value), ARGPARSE_END);
  assert_string_equal(argparse_rest(&p), "file");
}

static void nothing_is_left(void **state)
{
  char name[] = "program";
  char *argv[] = {name, NULL};
  struct argparse p = {.options = options, .letters = "hpv-n", .argc = 1, .argv = argv};
  char *value;

  (void)state;
  argparse_begin(&p);
  assert_int_equal(argparse_next(&p, &value), ARGPARSE_END);
  assert_null(argparse_rest(&p));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_one_option),
      cmocka_unit_test(reads_all_and_then_the_rest),
      cmocka_unit_test(nothing_is_left),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
