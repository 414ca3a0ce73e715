#include "daemon/keeper.h"

#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
  struct suite *suite;
  struct event_base *base;
  struct logger *logger;
  char path[64];
  struct keeper *keeper;
  char restored[256]; /* "kind:body;" */
};

static void on_event(void *ctx, const struct event *e)
{
  struct fixture *f = ctx;
  size_t n = strlen(f->restored);

  assert_int_equal(e->kind, EVENT_RESTORED);
  snprintf(f->restored + n, sizeof f->restored - n, "%d:%.*s;", (int)e->memo->kind,
           SLICE_ARGS(e->memo->body));
}

static void begin(struct fixture *f)
{
  struct keeper_config config = {.base = f->base,
                                 .logger = f->logger,
                                 .suite = f->suite,
                                 .path = f->path,
                                 .event = on_event,
                                 .ctx = f};

  keeper_free(f->keeper);
  f->restored[0] = '\0';
  f->keeper = keeper_new(&config);
  keeper_open(f->keeper);
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  memcpy(f->path, "/tmp/obtest.XXXXXX", sizeof "/tmp/obtest.XXXXXX");
  f->suite = suite_new();
  f->base = loop_new();
  f->logger = logger_new(LOG_LEVEL_CRITICAL);
  *state = f;
  return mkdtemp(f->path) == NULL;
}

static void remove_file(const struct fixture *f, const char *name)
{
  char path[512];

  snprintf(path, sizeof path, "%s/%s", f->path, name);
  unlink(path);
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  keeper_free(f->keeper);
  remove_file(f, "counters");
  remove_file(f, "runtime");
  remove_file(f, "lock");
  rmdir(f->path);
  logger_free(f->logger);
  loop_free(f->base);
  suite_free(f->suite);
  free(f);
  return 0;
}

static void keep(struct fixture *f, enum memo_kind kind, const char *body)
{
  struct memo m = {.kind = kind, .body = slice_str(body)};
  struct action a = {.kind = ACTION_KEEP, .memo = kind};

  if (body[0] != '\0') {
    memo_build(f->suite, &m, &a.text);
  }
  keeper_do(f->keeper, &a);
  buf_deinit(&a.text);
}

static void what_was_kept_comes_back(void **state)
{
  struct fixture *f = *state;

  begin(f);
  keep(f, MEMO_COUNTERS, "body");
  begin(f);
  assert_string_equal(f->restored, "0:body;");
  keep(f, MEMO_COUNTERS, "");
  keep(f, MEMO_RUNTIME, "other");
  begin(f); /* what waits is written at the end */
  assert_string_equal(f->restored, "2:other;");
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
  char path[128];
  FILE *file;

  snprintf(path, sizeof path, "%s/%s", f->path, name);
  file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static bool has_file(const struct fixture *f, const char *name)
{
  char path[128];

  snprintf(path, sizeof path, "%s/%s", f->path, name);
  return access(path, F_OK) == 0;
}

static size_t remove_damaged(const struct fixture *f)
{
  DIR *dir = opendir(f->path);
  const struct dirent *entry;
  size_t n = 0;

  assert_non_null(dir);
  while ((entry = readdir(dir)) != NULL) {
    if (strstr(entry->d_name, "counters.damaged-") != NULL) {
      remove_file(f, entry->d_name);
      n++;
    }
  }
  closedir(dir);
  return n;
}

static void only_damage_is_set_aside(void **state)
{
  struct fixture *f = *state;

  write_file(f, "counters", "onionbalance-state 1 counters\n");
  write_file(f, "runtime", "onionbalance-state 2 runtime\n");
  begin(f);
  assert_string_equal(f->restored, "");
  assert_false(has_file(f, "counters"));
  assert_true(has_file(f, "runtime"));
  keeper_free(f->keeper);
  f->keeper = NULL;
  assert_int_equal(remove_damaged(f), 1);
}

static void without_a_keeper_nothing_happens(void **state)
{
  struct fixture *f = *state;

  keep(f, MEMO_COUNTERS, "body");
  assert_null(f->keeper);
}

static void assert_choice(const char *configured, const char *environment, const char *wanted)
{
  char *chosen = keeper_choose(configured, environment);

  if (wanted == NULL) {
    assert_null(chosen);
  } else {
    assert_string_equal(chosen, wanted);
  }
  free(chosen);
}

static void the_file_stands_above_the_environment(void **state)
{
  (void)state;
  assert_choice("/a", "/b", "/a");
  assert_choice(NULL, "/b", "/b");
  assert_choice(NULL, "/b:/c", "/b");
  assert_choice("/a:x", NULL, "/a:x");
  assert_choice(NULL, "", NULL);
  assert_choice(NULL, NULL, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_was_kept_comes_back, setup, teardown),
      cmocka_unit_test_setup_teardown(only_damage_is_set_aside, setup, teardown),
      cmocka_unit_test_setup_teardown(without_a_keeper_nothing_happens, setup, teardown),
      cmocka_unit_test(the_file_stands_above_the_environment),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
