#include "tools/flags.h"

#include "place.h"

#define MAX_ARGUMENTS 24

/* Parses the words of a line; flags borrow from line. */
static enum flags_outcome parse(char *line, struct flags *f, struct buf *text)
{
  static char program[] = "onionbalance-config";
  char *argv[MAX_ARGUMENTS + 1] = {program};
  int argc = 1;

  while (*line != 0) {
    char *space = strchr(line, ' ');

    assert_true(argc < MAX_ARGUMENTS);
    argv[argc++] = line;
    line = space == NULL ? line + strlen(line) : space + 1;
    if (space != NULL) {
      *space = 0;
    }
  }
  return flags_parse(f, argc, argv, text);
}

static void defaults(void **state)
{
  char line[] = "";
  struct flags f;
  struct buf text = {0};

  (void)state;
  assert_int_equal(parse(line, &f, &text), FLAGS_RUN);
  assert_null(f.key);
  assert_null(f.password);
  assert_int_equal(f.n_services, 1);
  assert_int_equal(f.n_instances, 2);
  assert_string_equal(f.tag, "node");
  assert_string_equal(f.output, "config/");
  assert_int_equal(f.virtual_port, 80);
  assert_string_equal(f.target, "127.0.0.1:80");
  assert_int_equal(f.level, LOG_LEVEL_INFO);
  assert_true(f.is_interactive);
  assert_int_equal(text.n, 0);
}

static void everything(void **state)
{
  char line[] = "--key k -p pw -n 12 -s=3 -tweb --out o -v debug --service-virtual-port=8080 "
                "--service-target unix:/run/x --hs-version v3";
  struct flags f;
  struct buf text = {0};

  (void)state;
  assert_int_equal(parse(line, &f, &text), FLAGS_RUN);
  assert_string_equal(f.key, "k");
  assert_string_equal(f.password, "pw");
  assert_int_equal(f.n_instances, 12);
  assert_int_equal(f.n_services, 3);
  assert_string_equal(f.tag, "web");
  assert_string_equal(f.output, "o");
  assert_int_equal(f.virtual_port, 8080);
  assert_string_equal(f.target, "unix:/run/x");
  assert_int_equal(f.level, LOG_LEVEL_DEBUG);
  assert_false(f.is_interactive);
}

static void empty_values_are_defaults(void **state)
{
  char line[] = "--key= --password= --tag=";
  struct flags f;
  struct buf text = {0};

  (void)state;
  assert_int_equal(parse(line, &f, &text), FLAGS_RUN);
  assert_null(f.key);
  assert_null(f.password);
  assert_string_equal(f.tag, "node");
}

static void when_it_asks(void **state)
{
  static const struct {
    const char *line;
    bool is_interactive;
  } cases[] = {
      {"", true},
      {"-v debug", true},
      {"-vdebug", false},
      {"-n 2", false},
      {"-v info -n 2", false},
      {"--no-interactive", false},
      {"--no-interactive -v info", false},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char line[100];
    struct flags f;
    struct buf text = {0};

    snprintf(line, sizeof line, "%s", cases[i].line);
    assert_int_equal(parse(line, &f, &text), FLAGS_RUN);
    assert_int_equal(f.is_interactive, cases[i].is_interactive);
  }
}

static void prints(void **state)
{
  char help[] = "-h", version[] = "--vers";
  struct flags f;
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(parse(help, &f, &text), FLAGS_PRINT);
  assert_true(slice_has_prefix(buf_slice(&text), "usage: onionbalance-config"));
  assert_non_null(strstr(buf_str(&text), "exit status"));
  buf_clear(&text);
  assert_int_equal(parse(version, &f, &text), FLAGS_PRINT);
  assert_true(slice_has_prefix(buf_slice(&text), "onionbalance "));
}

static void refuses(void **state)
{
  static const struct {
    const char *line;
    const char *message;
  } cases[] = {
      {"-n 0", "-n: \"0\" is not a number from 1 to"},
      {"-n -1", "-n: \"-1\" is not"},
      {"-n x", "-n: \"x\" is not"},
      {"-n 999999", "-n: \"999999\" is not"},
      {"-s 0", "-s: \"0\" is not"},
      {"-s 20001", "-s: \"20001\" is not"},
      {"-v loud", "-v: \"loud\" is not one of"},
      {"--hs-version v2", "--hs-version: \"v2\" is not v3"},
      {"-t a\tb", "-t/--tag"},
      {"--output=", "--output"},
      {"--service-virtual-port 0", "from 1 to 65535"},
      {"--service-virtual-port 65536", "from 1 to 65535"},
      {"--service-target a#b:80", "--service-target"},
      {"--service-target :80", "--service-target"},
      {"--service-target host:99999", "--service-target"},
      {"--service-target unix:x", "--service-target"},
      {"--service-target localhost", "--service-target"},
      {"-n", "needs a value"},
      {"--key", "needs a value"},
      {"--bogus", "is not known"},
      {"-x", "is not known"},
      {"--service", "is ambiguous"},
      {"--no-interactive=1", "takes no value"},
      {"word", "\"word\" is not known"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    char line[100];
    struct flags f;

    snprintf(line, sizeof line, "%s", cases[i].line);
    assert_int_equal(parse(line, &f, &text), FLAGS_USAGE);
    assert_true(slice_has_prefix(buf_slice(&text), "usage: "));
    if (strstr(buf_str(&text), cases[i].message) == NULL) {
      fail_msg("%s: %s", cases[i].line, buf_str(&text));
    }
  }
}

static void targets(void **state)
{
  static const char *const good[] = {"8080", "127.0.0.1:80", "10.0.0.1", "[::1]:80", "web.lan:80"};

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    char line[100];
    struct flags f;
    struct buf text = {0};

    snprintf(line, sizeof line, "--service-target %s", good[i]);
    assert_int_equal(parse(line, &f, &text), FLAGS_RUN);
    assert_string_equal(f.target, good[i]);
  }
}

static void tag_fault(void **state)
{
  char tag[200];

  (void)state;
  memset(tag, 'a', sizeof tag);
  assert_null(flags_tag_fault(slice_str("eu west #1")));
  assert_null(flags_tag_fault(slice_of(tag, 118)));
  assert_string_equal(flags_tag_fault(slice_of(tag, 119)), "is too long");
  assert_non_null(flags_tag_fault(slice_str("a\nb")));
  assert_non_null(flags_tag_fault(slice_str("K\xc3\xb6ln")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults),
      cmocka_unit_test(everything),
      cmocka_unit_test(empty_values_are_defaults),
      cmocka_unit_test(when_it_asks),
      cmocka_unit_test(prints),
      cmocka_unit_test(refuses),
      cmocka_unit_test(targets),
      cmocka_unit_test(tag_fault),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
