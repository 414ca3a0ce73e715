#include "io/logger.h"

#include "folder.h"

#include <errno.h>
#include <time.h>

#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"

/* The texts of the lines, without their times. */
static void assert_lines(const struct folder *f, const char *name, const char *expected)
{
  char *text = folder_read(f, name);
  char *all = calloc(1, strlen(text) + 1);

  for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    assert_true(end - line > 24);
    assert_int_equal(line[23], ' ');
    strncat(all, line + 24, (size_t)(end - line) - 23);
  }
  assert_string_equal(all, expected);
  free(all);
  free(text);
}

static int setup(void **state)
{
  struct folder *f = calloc(1, sizeof *f);

  folder_init(f);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  folder_deinit(*state);
  free(*state);
  return 0;
}

static struct logger *open_log(struct folder *f, enum log_level level)
{
  struct logger *l = logger_new(level);
  char path[FOLDER_PATH_SIZE];

  folder_file(f, "log", path);
  assert_int_equal(logger_open(l, path), 0);
  return l;
}

static void levels(void **state)
{
  struct logger *l = open_log(*state, LOG_LEVEL_WARNING);

  assert_false(logger_has(l, LOG_LEVEL_INFO));
  assert_true(logger_has(l, LOG_LEVEL_ERROR));
  logger_write(l, LOG_LEVEL_INFO, slice_str("no"));
  logger_writef(l, LOG_LEVEL_WARNING, "%d backends", 3);
  logger_set_level(l, LOG_LEVEL_DEBUG);
  logger_writef(l, LOG_LEVEL_DEBUG, "now");
  logger_write(l, LOG_LEVEL_CRITICAL, slice_str("a\r\n\x1b[31m\xc3\xbc"));
  logger_free(l);
  assert_lines(*state, "log",
               "[WARNING]: 3 backends\n[DEBUG]: now\n"
               "[CRITICAL]: a\\x0d\\x0a\\x1b[31m\\xc3\\xbc\n");
}

static void appends(void **state)
{
  folder_write(*state, "log", "2026-11-22 15:44:40,569 [INFO]: before\n");
  for (int i = 0; i < 2; i++) {
    struct logger *l = open_log(*state, LOG_LEVEL_INFO);

    logger_writef(l, LOG_LEVEL_INFO, "run %d", i);
    logger_free(l);
  }
  assert_lines(*state, "log", "[INFO]: before\n[INFO]: run 0\n[INFO]: run 1\n");
}

static void rotation(void **state)
{
  char path[FOLDER_PATH_SIZE], old[FOLDER_PATH_SIZE];
  struct logger *l = open_log(*state, LOG_LEVEL_INFO);

  folder_file(*state, "log", path);
  folder_file(*state, "log.1", old);
  logger_writef(l, LOG_LEVEL_INFO, "one");
  assert_int_equal(rename(path, old), 0);
  logger_writef(l, LOG_LEVEL_INFO, "two");
  assert_int_equal(logger_reopen(l), 0);
  logger_writef(l, LOG_LEVEL_INFO, "three");
  assert_lines(*state, "log.1", "[INFO]: one\n[INFO]: two\n");
  assert_lines(*state, "log", "[INFO]: three\n");
  logger_free(l);
}

/* A log that cannot be opened leaves the old one in use. */
static void bad_path(void **state)
{
  struct logger *l = open_log(*state, LOG_LEVEL_INFO);
  char path[FOLDER_PATH_SIZE];

  folder_file(*state, "none/log", path);
  assert_int_equal(logger_open(l, path), ERR_IO);
  assert_int_equal(errno, ENOENT);
  logger_writef(l, LOG_LEVEL_INFO, "still here");
  assert_lines(*state, "log", "[INFO]: still here\n");
  logger_free(l);
  l = logger_new(LOG_LEVEL_CRITICAL);
  assert_int_equal(logger_reopen(l), 0);
  logger_free(l);
  logger_free(NULL);
}

static void scrubbing(void **state)
{
  struct logger *l = open_log(*state, LOG_LEVEL_DEBUG);

  logger_writef(l, LOG_LEVEL_INFO, "%s", ADDRESS ".onion");
  logger_set_scrub(l, true);
  logger_writef(l, LOG_LEVEL_INFO, "to %s.onion and %s: a%s", ADDRESS, ADDRESS, ADDRESS);
  logger_writef(l, LOG_LEVEL_WARNING, "%s", ADDRESS);
  logger_writef(l, LOG_LEVEL_DEBUG, "%s", "");
  logger_free(l);
  assert_lines(*state, "log",
               "[INFO]: " ADDRESS ".onion\n"
               "[INFO]: to [scrubbed].onion and [scrubbed]: a" ADDRESS "\n"
               "[WARNING]: " ADDRESS "\n"
               "[DEBUG]: \n");
}

/* The time of the zone, as Python's logging writes it. */
static void local_time(void **state)
{
  struct logger *l;
  char expected[32];
  time_t before, after;
  char *text;

  setenv("TZ", "XYZ-05:30", 1);
  l = open_log(*state, LOG_LEVEL_INFO);
  do { /* both in the same minute */
    before = time(NULL);
    logger_writef(l, LOG_LEVEL_INFO, "x");
    after = time(NULL);
  } while (before / 60 != after / 60);
  logger_free(l);
  before += 5 * 3600 + 30 * 60;
  strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:", gmtime(&before));
  text = folder_read(*state, "log");
  assert_memory_equal(text, expected, strlen(expected));
  assert_int_equal(text[19], ',');
  assert_memory_equal(text + 23, " [INFO]: x\n", 11);
  free(text);
  unsetenv("TZ");
}

static void hear(void *ctx, enum log_level level, struct slice text)
{
  buf_addf(ctx, "%s %.*s;", log_level_name(level), SLICE_ARGS(text));
}

/* The ear hears warnings and errors, whether they are written or not. */
static void ear(void **state)
{
  struct logger *l = open_log(*state, LOG_LEVEL_CRITICAL);
  struct buf heard CLEANUP(buf_deinit) = {0};

  logger_set_ear(l, hear, &heard);
  logger_writef(l, LOG_LEVEL_INFO, "no");
  logger_writef(l, LOG_LEVEL_WARNING, "a %d", 1);
  logger_write(l, LOG_LEVEL_ERROR, slice_str(ADDRESS));
  logger_set_ear(l, NULL, NULL);
  logger_writef(l, LOG_LEVEL_ERROR, "no more");
  assert_string_equal(buf_str(&heard), "WARNING a 1;ERROR " ADDRESS ";");
  assert_lines(*state, "log", "");
  logger_free(l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(levels, setup, teardown),
      cmocka_unit_test_setup_teardown(appends, setup, teardown),
      cmocka_unit_test_setup_teardown(rotation, setup, teardown),
      cmocka_unit_test_setup_teardown(bad_path, setup, teardown),
      cmocka_unit_test_setup_teardown(scrubbing, setup, teardown),
      cmocka_unit_test_setup_teardown(local_time, setup, teardown),
      cmocka_unit_test_setup_teardown(ear, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
