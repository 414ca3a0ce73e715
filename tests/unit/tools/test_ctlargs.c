#include "tools/ctlargs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static char *no_variable(const char *name)
{
  (void)name;
  return NULL;
}

static char *a_variable(const char *name)
{
  static char path[] = "/else/where";

  return strcmp(name, "ONIONBALANCE_ADMIN_SOCKET") == 0 ? path : NULL;
}

/* Parses words that are separated by single spaces. */
static enum ctlargs_outcome parse(const char *line, struct ctlargs *a, struct buf *text)
{
  static char words[512]; /* argv outlives the arguments */
  char *argv[32] = {words};
  int argc = 0;

  assert_true(strlen(line) < sizeof words);
  memcpy(words, line, strlen(line) + 1);
  for (char *p = words; p != NULL; p = strchr(p, ' ')) {
    if (argc > 0) {
      *p++ = 0;
    }
    argv[argc++] = p;
  }
  buf_clear(text);
  return ctlargs_parse(a, argc, argv, no_variable, text);
}

static void check_good(const char *line, enum verb_id verb, size_t n)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct ctlargs a;

  if (parse(line, &a, &text) != CTLARGS_RUN) {
    fail_msg("%s: %s", line, buf_str(&text));
  }
  assert_int_equal(a.verb, verb);
  assert_int_equal(a.n, n);
}

static void test_commands(void **state)
{
  (void)state;
  check_good("ctl status", VERB_STATUS, 1);
  check_good("ctl show instance", VERB_SHOW_INSTANCE, 2);
  check_good("ctl show instance node1", VERB_SHOW_INSTANCE, 3);
  check_good("ctl --json instance drain --timeout 5s node1", VERB_INSTANCE_DRAIN, 3);
  check_good("ctl wait ready", VERB_WAIT, 2);
  check_good("ctl wait instance node1 safe-to-stop", VERB_WAIT, 4);
}

static void test_options(void **state)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct ctlargs a;
  char name[] = "ctl", word[] = "status";
  char *argv[] = {name, word};

  (void)state;
  assert_int_equal(parse("ctl -s /x status --json --timeout=2min", &a, &text), CTLARGS_RUN);
  assert_string_equal(a.socket, "/x");
  assert_true(a.is_json);
  assert_true(a.has_timeout);
  assert_int_equal(a.timeout, 120);
  assert_int_equal(parse("ctl status", &a, &text), CTLARGS_RUN);
  assert_string_equal(a.socket, "/run/onionbalance/admin");
  assert_false(a.has_timeout);
  assert_int_equal(ctlargs_parse(&a, 2, argv, a_variable, &text), CTLARGS_RUN);
  assert_string_equal(a.socket, "/else/where");
}

static void test_times(void **state)
{
  static const struct {
    const char *line;
    uint64_t seconds; /* 0: refused */
  } lines[] = {
      {"ctl status --timeout 30", 30},   {"ctl status --timeout 30s", 30},
      {"ctl status --timeout 5m", 300},  {"ctl status --timeout 5min", 300},
      {"ctl status --timeout 2h", 7200}, {"ctl status --timeout 7d", 604800},
      {"ctl status --timeout 8d", 0},    {"ctl status --timeout 604801", 0},
      {"ctl status --timeout 0", 0},     {"ctl status --timeout -1", 0},
      {"ctl status --timeout 5x", 0},    {"ctl status --timeout s", 0},
      {"ctl status --timeout 1h30", 0},  {"ctl status --timeout 99999999999999999999", 0},
  };

  (void)state;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    CLEANUP(buf_deinit) struct buf text = {0};
    struct ctlargs a;
    enum ctlargs_outcome outcome = parse(lines[i].line, &a, &text);

    assert_int_equal(outcome, lines[i].seconds == 0 ? CTLARGS_USAGE : CTLARGS_RUN);
    assert_true(outcome == CTLARGS_USAGE || a.timeout == lines[i].seconds);
  }
}

static void test_keep(void **state)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct ctlargs a;

  (void)state;
  assert_int_equal(parse("ctl instance drain a", &a, &text), CTLARGS_RUN);
  assert_false(a.has_keep);
  assert_int_equal(a.n, 3);
  assert_int_equal(parse("ctl instance drain a --keep state", &a, &text), CTLARGS_RUN);
  assert_int_equal(a.n, 3);
  assert_int_equal(a.keep, CTLARGS_KEEP_STATE);
  assert_int_equal(parse("ctl instance weight a 5 --keep=no", &a, &text), CTLARGS_RUN);
  assert_int_equal(a.n, 5);
  assert_string_equal(a.words[4], "unkept");
  assert_int_equal(parse("ctl --keep file instance enable a", &a, &text), CTLARGS_RUN);
  assert_int_equal(a.keep, CTLARGS_KEEP_FILE);
  assert_int_equal(a.n, 3);
  assert_int_equal(parse("ctl --keep file instance remove a", &a, &text), CTLARGS_RUN);
}

static void check_refused(const char *line, const char *reason)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct ctlargs a;

  assert_int_equal(parse(line, &a, &text), CTLARGS_USAGE);
  if (strstr(buf_str(&text), reason) == NULL) {
    fail_msg("%s: %s", line, buf_str(&text));
  }
}

static void test_refused(void **state)
{
  (void)state;
  check_refused("ctl", "which command?");
  check_refused("ctl statsu", "there is no command \"statsu\": did you mean \"status\"?");
  check_refused("ctl drian node1", "did you mean \"instance drain\"?");
  check_refused("ctl hsdri", "did you mean \"show hsdir\"?");
  check_refused("ctl qwertyuiop", "there is no command \"qwertyuiop\"\n");
  check_refused("ctl show", "one of these: service, instance, upload, hsdir, tor\n");
  check_refused("ctl show foo", "one of these");
  check_refused("ctl instance drain", "it is: instance drain NAME");
  check_refused("ctl instance drain a b", "it is: instance drain NAME");
  check_refused("ctl instance weight a 5 unkept", "it is: instance weight NAME WEIGHT");
  check_refused("ctl instance drain a --keep never", "neither \"state\" nor \"file\" nor \"no\"");
  check_refused("ctl status --keep no", "changes nothing that could be kept");
  check_refused("ctl instance remove a --keep no", "is always kept in a file");
  check_refused("ctl --frob status", "\"--frob\" is not known here");
  check_refused("ctl status --socket", "\"--socket\" needs a value");
  check_refused("ctl show instance ", "is empty");
  check_refused("ctl a b c d e f g h i j k l m", "one too many");
}

static void test_printed(void **state)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct ctlargs a;

  (void)state;
  assert_int_equal(parse("ctl --version", &a, &text), CTLARGS_PRINT);
  assert_non_null(strstr(buf_str(&text), "onionbalancectl "));
  assert_int_equal(parse("ctl status -h", &a, &text), CTLARGS_PRINT);
  for (size_t i = 0; i < VERBS; i++) {
    bool is_there = strstr(buf_str(&text), verb_table[i].help) != NULL;

    assert_int_equal(is_there, !verb_table[i].is_internal);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_commands), cmocka_unit_test(test_options),
      cmocka_unit_test(test_times),    cmocka_unit_test(test_keep),
      cmocka_unit_test(test_refused),  cmocka_unit_test(test_printed),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
