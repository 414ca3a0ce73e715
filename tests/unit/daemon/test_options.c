#include "daemon/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 16

/* The environment of a test: NAME=VALUE. */
static const char *const *environment;

static char *fake_getenv(const char *name)
{
  size_t n = strlen(name);

  for (const char *const *e = environment; e != NULL && *e != NULL; e++) {
    if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') {
      return strchr(*e, '=') + 1;
    }
  }
  return NULL;
}

/* Parses a command line given as words with one space between; the strings
 * live in line until the next call. */
static enum options_outcome parse(struct options *o, const char *words, struct buf *text)
{
  static char line[256];
  char *argv[WORDS_MAX] = {(char *)(uintptr_t) "onionbalance"};
  int argc = 1;

  assert_true(strlen(words) < sizeof line);
  strcpy(line, words);
  for (char *word = line; *word != 0;) {
    char *end = strchrnul(word, ' ');
    bool is_last = *end == 0;

    *end = 0;
    assert_true(argc < WORDS_MAX - 1);
    argv[argc++] = word;
    word = is_last ? end : end + 1;
  }
  buf_clear(text);
  return options_parse(o, argc, argv, fake_getenv, text);
}

static void expect_run(struct options *o, const char *words)
{
  struct buf text = {0};

  assert_int_equal(parse(o, words, &text), OPTIONS_RUN);
  assert_int_equal(text.n, 0);
  buf_deinit(&text);
}

/* A usage error: the usage, then one line with that text. */
static void expect_usage(const char *words, const char *line)
{
  struct buf text = {0};
  struct options o;
  const char *found;

  assert_int_equal(parse(&o, words, &text), OPTIONS_USAGE);
  assert_true(slice_has_prefix(buf_slice(&text), "usage: onionbalance "));
  found = strstr(buf_str(&text), "onionbalance: error: ");
  assert_non_null(found);
  assert_string_equal(found + strlen("onionbalance: error: "), line);
  buf_deinit(&text);
}

/* The endpoints that are tried, as "A B". */
static void expect_control(const struct options *o, const char *endpoints)
{
  struct buf text = {0};

  for (size_t i = 0; i < o->n_control; i++) {
    buf_add_str(&text, i == 0 ? "" : " ");
    endpoint_build(&o->control[i], &text);
  }
  assert_string_equal(buf_str(&text), endpoints);
  buf_deinit(&text);
}

static int clear_environment(void **state)
{
  (void)state;
  environment = NULL;
  return 0;
}

static void test_defaults(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "");
  assert_string_equal(o.config_path, "config.yaml");
  assert_int_equal(o.verbosity, LOG_LEVEL_INFO);
  assert_false(o.is_testnet);
  assert_null(o.log_location);
  assert_null(o.status_socket);
  assert_false(o.is_control_given);
  expect_control(&o, "unix:/var/run/tor/control 127.0.0.1:9051");
}

static void test_help(void **state)
{
  static const char *const flags[] = {"--hs-version", "--ip",         "--port",
                                      "--socket",     "--config",     "--verbosity",
                                      "--version",    "--is-testnet", "--check"};
  struct buf text = {0};
  struct options o;

  (void)state;
  assert_int_equal(parse(&o, "-h", &text), OPTIONS_PRINT);
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
    assert_non_null(strstr(buf_str(&text), flags[i]));
  }
  assert_int_equal(parse(&o, "--help", &text), OPTIONS_PRINT);
  assert_int_equal(parse(&o, "-p 1 --hel", &text), OPTIONS_PRINT);
  buf_deinit(&text);
}

static void test_version(void **state)
{
  struct buf text = {0};
  struct options o;

  (void)state;
  assert_int_equal(parse(&o, "--version", &text), OPTIONS_PRINT);
  assert_true(slice_has_prefix(buf_slice(&text), "onionbalance "));
  assert_int_equal(text.p[text.n - 1], '\n');
  assert_in_range(text.p[strlen("onionbalance ")], '0', '9');
  buf_deinit(&text);
}

static void test_forms(void **state)
{
  static const char *const forms[] = {"-p 9151",   "-p9151",   "--port 9151", "--port=9151",
                                      "--po 9151", "--p=9151", "-p=9151"};

  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    struct options o;

    expect_run(&o, forms[i]);
    expect_control(&o, "127.0.0.1:9151");
  }
}

static void test_all_flags(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "--hs-version v3 -i ::1 -p 1 -s /s -c /c --verb debug --is-testnet");
  assert_string_equal(o.config_path, "/c");
  assert_int_equal(o.verbosity, LOG_LEVEL_DEBUG);
  assert_true(o.is_testnet);
  assert_true(o.is_control_given);
  expect_control(&o, "unix:/s [::1]:1");
}

/* A port or address that is given wins over a socket that is not. */
static void test_control(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "-p 9151");
  expect_control(&o, "127.0.0.1:9151");
  assert_true(o.is_control_given);
  expect_run(&o, "-i 10.0.0.1");
  expect_control(&o, "10.0.0.1:9051");
  expect_run(&o, "-s /s");
  expect_control(&o, "unix:/s 127.0.0.1:9051");
  expect_run(&o, "-s /s -p 9151");
  expect_control(&o, "unix:/s 127.0.0.1:9151");
}

/* As scripts write them whose variables may be empty. */
static void test_empty_values(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "--socket=");
  expect_control(&o, "127.0.0.1:9051");
  assert_true(o.is_control_given);
  expect_run(&o, "--socket= -p 9151");
  expect_control(&o, "127.0.0.1:9151");
  expect_run(&o, "--verbosity=");
  assert_int_equal(o.verbosity, LOG_LEVEL_INFO);
  expect_run(&o, "-v error --verbosity=");
  assert_int_equal(o.verbosity, LOG_LEVEL_ERROR);
}

/* Python's argparse drops the sign between a letter and its value, not one that
 * the value itself begins with. */
static void test_equals_sign(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "-c=file -s=/s -v=error");
  assert_string_equal(o.config_path, "file");
  assert_int_equal(o.verbosity, LOG_LEVEL_ERROR);
  expect_control(&o, "unix:/s 127.0.0.1:9051");
  expect_run(&o, "-c =file");
  assert_string_equal(o.config_path, "=file");
}

static void test_check(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "-c file");
  assert_false(o.is_check);
  expect_run(&o, "--check -c file");
  assert_true(o.is_check);
  expect_run(&o, "--ch");
  assert_true(o.is_check);
  expect_run(&o, "--c file");
  assert_false(o.is_check);
  assert_string_equal(o.config_path, "file");
  expect_run(&o, "--co file");
  assert_string_equal(o.config_path, "file");
}

static void test_last_one_counts(void **state)
{
  struct options o;

  (void)state;
  expect_run(&o, "-c one -c two -v error -v INFO");
  assert_string_equal(o.config_path, "two");
  assert_int_equal(o.verbosity, LOG_LEVEL_INFO);
}

static void test_usage_errors(void **state)
{
  (void)state;
  expect_usage("--hs-version v2", "--hs-version: \"v2\" is not v3, the only one\n");
  expect_usage("-p x", "-p/--port: \"x\" is not a number from 1 to 65535\n");
  expect_usage("-p 0", "-p/--port: \"0\" is not a number from 1 to 65535\n");
  expect_usage("-p 65536", "-p/--port: \"65536\" is not a number from 1 to 65535\n");
  expect_usage("-p -1", "-p/--port: \"-1\" is not a number from 1 to 65535\n");
  expect_usage("-i tor.example", "-i/--ip: \"tor.example\" is not an IPv4 or IPv6 address\n");
  expect_usage("-p ==1", "-p/--port: \"==1\" is not a number from 1 to 65535\n");
  expect_usage("-p==1", "-p/--port: \"=1\" is not a number from 1 to 65535\n");
  expect_usage("-v loud",
               "-v/--verbosity: \"loud\" is not one of debug, info, warning, error, critical\n");
  expect_usage("--nonsense", "argument: \"--nonsense\" is not known\n");
  expect_usage("-x", "argument: \"-x\" is not known\n");
  expect_usage("-xp 1", "argument: \"-x\" is not known\n");
  expect_usage("--i 1", "argument: \"--i\" is ambiguous\n");
  expect_usage("--ver", "argument: \"--ver\" is ambiguous\n");
  expect_usage("--help=yes", "argument: \"--help=yes\" takes no value\n");
  expect_usage("-p", "argument: \"-p\" needs a value\n");
  expect_usage("--port", "argument: \"--port\" needs a value\n");
  expect_usage("word", "argument: \"word\" is not known\n");
  expect_usage("-p 1 -- word", "argument: \"word\" is not known\n");
}

static void test_signer(void **state)
{
  static const char *const set[] = {"ONIONBALANCE_SIGNER=unix:/e/s", NULL};
  static const char *const empty[] = {"ONIONBALANCE_SIGNER=", NULL};
  static const char *const bad[] = {"ONIONBALANCE_SIGNER=/e/s", NULL};
  struct options o;

  (void)state;
  environment = NULL;
  expect_run(&o, "");
  assert_null(o.signer);
  assert_null(o.handover);
  assert_null(o.config_fallback);
  expect_run(&o, "--signer unix:/s --hand-over /h --fallback-config /f");
  assert_string_equal(o.signer, "unix:/s");
  assert_string_equal(o.handover, "/h");
  assert_string_equal(o.config_fallback, "/f");
  expect_usage("--signer /s",
               "--signer: \"/s\" is neither unix:PATH nor exec:COMMAND ARGUMENT...\n");
  expect_run(&o, "--s /socket"); /* as before there was --signer */
  assert_true(o.is_control_given);
  environment = set;
  expect_run(&o, "");
  assert_string_equal(o.signer, "unix:/e/s");
  expect_run(&o, "--signer unix:/s");
  assert_string_equal(o.signer, "unix:/s");
  environment = empty;
  expect_run(&o, "");
  assert_null(o.signer);
  environment = bad;
  expect_usage("",
               "ONIONBALANCE_SIGNER: \"/e/s\" is neither unix:PATH nor exec:COMMAND ARGUMENT...\n");
  environment = NULL;
}

static void test_environment(void **state)
{
  static const char *const set[] = {"ONIONBALANCE_CONFIG=/e/config",
                                    "ONIONBALANCE_TOR_CONTROL_SOCKET=/e/socket",
                                    "ONIONBALANCE_STATUS_SOCKET_LOCATION=/e/status",
                                    "ONIONBALANCE_LOG_LEVEL=warning",
                                    "ONIONBALANCE_LOG_LOCATION=/e/log",
                                    NULL};
  struct options o;

  (void)state;
  environment = set;
  expect_run(&o, "");
  assert_string_equal(o.config_path, "/e/config");
  assert_int_equal(o.verbosity, LOG_LEVEL_WARNING);
  assert_string_equal(o.log_location, "/e/log");
  assert_string_equal(o.status_socket, "/e/status");
  assert_true(o.is_control_given);
  expect_control(&o, "unix:/e/socket 127.0.0.1:9051");
}

static void test_flags_win_over_environment(void **state)
{
  static const char *const set[] = {"ONIONBALANCE_CONFIG=/e/config",
                                    "ONIONBALANCE_TOR_CONTROL_SOCKET=/e/socket",
                                    "ONIONBALANCE_LOG_LEVEL=nonsense", NULL};
  struct options o;

  (void)state;
  environment = set;
  expect_run(&o, "-c c -v error -s /s");
  assert_string_equal(o.config_path, "c");
  assert_int_equal(o.verbosity, LOG_LEVEL_ERROR);
  expect_control(&o, "unix:/s 127.0.0.1:9051");
  expect_run(&o, "-v error -p 1");
  expect_control(&o, "127.0.0.1:1");
}

static void test_bad_environment(void **state)
{
  static const char *const level[] = {"ONIONBALANCE_LOG_LEVEL=loud", NULL};
  static char long_path[200] = "ONIONBALANCE_TOR_CONTROL_SOCKET=";
  static const char *const socket_path[] = {long_path, NULL};
  struct buf text = {0};
  struct options o;

  (void)state;
  environment = level;
  expect_usage("", "ONIONBALANCE_LOG_LEVEL: \"loud\" is not one of debug, info, warning, error, "
                   "critical\n");
  memset(long_path + strlen(long_path), 'x', 150);
  environment = socket_path;
  assert_int_equal(parse(&o, "", &text), OPTIONS_USAGE);
  assert_non_null(strstr(buf_str(&text), "ONIONBALANCE_TOR_CONTROL_SOCKET: "));
  buf_deinit(&text);
}

static void test_empty_variables_are_not_there(void **state)
{
  static const char *const set[] = {"ONIONBALANCE_CONFIG=",
                                    "ONIONBALANCE_TOR_CONTROL_SOCKET=",
                                    "ONIONBALANCE_STATUS_SOCKET_LOCATION=",
                                    "ONIONBALANCE_LOG_LEVEL=",
                                    "ONIONBALANCE_LOG_LOCATION=",
                                    NULL};
  struct options o;

  (void)state;
  environment = set;
  expect_run(&o, "");
  assert_string_equal(o.config_path, "config.yaml");
  assert_null(o.status_socket);
  assert_null(o.log_location);
  assert_false(o.is_control_given);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_defaults, clear_environment),
      cmocka_unit_test_setup(test_help, clear_environment),
      cmocka_unit_test_setup(test_version, clear_environment),
      cmocka_unit_test_setup(test_forms, clear_environment),
      cmocka_unit_test_setup(test_all_flags, clear_environment),
      cmocka_unit_test_setup(test_control, clear_environment),
      cmocka_unit_test_setup(test_empty_values, clear_environment),
      cmocka_unit_test_setup(test_equals_sign, clear_environment),
      cmocka_unit_test_setup(test_check, clear_environment),
      cmocka_unit_test_setup(test_last_one_counts, clear_environment),
      cmocka_unit_test_setup(test_usage_errors, clear_environment),
      cmocka_unit_test_setup(test_signer, clear_environment),
      cmocka_unit_test_setup(test_environment, clear_environment),
      cmocka_unit_test_setup(test_flags_win_over_environment, clear_environment),
      cmocka_unit_test_setup(test_bad_environment, clear_environment),
      cmocka_unit_test_setup(test_empty_variables_are_not_there, clear_environment),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
