#include "io/statedir.h"

#include "io/clock.h"
#include "io/loop.h"
#include "io/timer.h"
#include "io/vault.h"

#include "folder.h"

#include <fcntl.h>
#include <sys/stat.h>

struct fixture {
  struct folder folder; /* the log is here, and the state in a folder below */
  char path[FOLDER_PATH_SIZE];
  struct event_base *base;
  struct timer *end;
  struct logger *logger;
  struct statedir *dir;
  int64_t patience;
  char found[1024]; /* "name=text;" */
};

static bool on_found(void *ctx, const char *name, struct slice text)
{
  struct fixture *f = ctx;
  size_t n = strlen(f->found);

  snprintf(f->found + n, sizeof f->found - n, "%s=%.*s;", name, SLICE_ARGS(text));
  return !slice_has_prefix(text, "bad");
}

static void on_end(void *ctx)
{
  loop_stop(((struct fixture *)ctx)->base);
}

static void begin(struct fixture *f)
{
  struct statedir_config config = {
      .base = f->base,
      .logger = f->logger,
      .path = f->path,
      .times = {.retry = 30, .pace = 1, .flush = 1000, .patience = f->patience},
      .found = on_found,
      .ctx = f};

  f->found[0] = '\0';
  f->dir = statedir_new(&config);
  statedir_open(f->dir);
}

static void end(struct fixture *f)
{
  statedir_free(f->dir);
  f->dir = NULL;
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  char path[FOLDER_PATH_SIZE];

  folder_init(&f->folder);
  folder_file(&f->folder, "log", path);
  folder_file(&f->folder, "state", f->path);
  f->base = loop_new();
  f->patience = 10000; /* the machine may be slow */
  f->end = timer_new(f->base, on_end, f);
  f->logger = logger_new(LOG_LEVEL_INFO);
  *state = f;
  return logger_open(f->logger, path);
}

static int teardown(void **state)
{
  struct fixture *f = *state;
  struct folder below;

  statedir_free(f->dir);
  timer_free(f->end);
  logger_free(f->logger);
  loop_free(f->base);
  snprintf(below.path, sizeof below.path, "%.60s", f->path);
  chmod(f->path, 0700);
  folder_deinit(&below);
  folder_deinit(&f->folder);
  free(f);
  return 0;
}

static void run(struct fixture *f, int64_t ms)
{
  timer_set(f->end, ms);
  loop_run(f->base);
}

static size_t count_logged(const struct fixture *f, const char *text)
{
  char *log = folder_read(&f->folder, "log");
  size_t n = 0;

  for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
    n++;
  }
  free(log);
  return n;
}

static bool exists(const struct fixture *f, const char *name)
{
  char path[2 * FOLDER_PATH_SIZE];

  snprintf(path, sizeof path, "%s/%s", f->path, name);
  return access(path, F_OK) == 0;
}

static void is_there_at_the_next_start(void **state)
{
  struct fixture *f = *state;

  begin(f);
  assert_string_equal(f->found, "");
  statedir_put(f->dir, "one", slice_str("text"), true);
  end(f);
  begin(f);
  assert_string_equal(f->found, "one=text;");
  statedir_put(f->dir, "one", slice_str(""), true);
  end(f);
  begin(f);
  assert_string_equal(f->found, "");
}

static void at_once_is_at_once(void **state)
{
  struct fixture *f = *state;

  begin(f);
  statedir_put(f->dir, "now", slice_str("text"), true);
  assert_true(exists(f, "now"));
  assert_int_equal(statedir_waiting(f->dir), 0);
  statedir_put(f->dir, "soon", slice_str("text"), false);
  assert_false(exists(f, "soon"));
  run(f, 100);
  assert_true(exists(f, "soon"));
  assert_int_equal(statedir_waiting(f->dir), 0);
}

/* The newest text is written, once. */
static void later_texts_replace_earlier_ones(void **state)
{
  struct fixture *f = *state;

  begin(f);
  for (int i = 0; i < 10; i++) {
    statedir_put(f->dir, "one", slice_str(i < 9 ? "old" : "new"), false);
  }
  assert_int_equal(statedir_waiting(f->dir), 1);
  statedir_put(f->dir, "two", slice_str("old"), false);
  statedir_put(f->dir, "two", slice_str("newest"), true); /* overtakes itself */
  assert_int_equal(statedir_waiting(f->dir), 1);
  run(f, 100);
  end(f);
  begin(f);
  assert_non_null(strstr(f->found, "one=new;"));
  assert_non_null(strstr(f->found, "two=newest;"));
}

static void what_waits_is_written_at_the_end(void **state)
{
  struct fixture *f = *state;

  begin(f);
  statedir_put(f->dir, "one", slice_str("text"), false);
  statedir_put(f->dir, "two", slice_str("text"), false);
  end(f);
  assert_true(exists(f, "one"));
  assert_true(exists(f, "two"));
}

static void damage_is_set_aside_and_said(void **state)
{
  struct fixture *f = *state;

  begin(f);
  statedir_put(f->dir, "one", slice_str("bad"), true);
  end(f);
  begin(f);
  assert_int_equal(count_logged(f, "one is damaged: going on without it; it was set aside"), 1);
  assert_false(exists(f, "one"));
  end(f);
  begin(f);
  assert_string_equal(f->found, "");
}

/* What is in the way is said once; when it has gone all that waited is
 * written, and what is there is shown. */
static void waits_until_it_can_be_used(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(mkdir(f->path, 0700), 0);
  assert_int_equal(chmod(f->path, 0777), 0);
  begin(f);
  statedir_put(f->dir, "one", slice_str("text"), true);
  statedir_put(f->dir, "two", slice_str("text"), false);
  run(f, 100);
  assert_int_equal(count_logged(f, "cannot use the state directory"), 1);
  assert_int_equal(statedir_waiting(f->dir), 2);
  assert_int_equal(chmod(f->path, 0700), 0);
  run(f, 200);
  assert_int_equal(statedir_waiting(f->dir), 0);
  assert_int_equal(count_logged(f, "works again"), 1);
  assert_true(exists(f, "one"));
  assert_true(exists(f, "two"));
}

/* The next one takes over when the lock is free. */
static void waits_for_the_lock(void **state)
{
  struct fixture *f = *state;
  struct buf why CLEANUP(buf_deinit) = {0};
  struct vault v;

  assert_int_equal(vault_open(&v, f->path, &why), 0);
  assert_int_equal(vault_write(&v, "one", slice_str("his")), 0);
  begin(f);
  run(f, 100);
  assert_int_equal(count_logged(f, "in use by another onionbalance"), 1);
  assert_string_equal(f->found, "");
  vault_close(&v);
  run(f, 100);
  assert_string_equal(f->found, "one=his;");
}

/* A write that fails is tried again; meanwhile nothing is lost. */
static void failed_writes_are_tried_again(void **state)
{
  struct fixture *f = *state;
  char path[2 * FOLDER_PATH_SIZE];

  begin(f);
  statedir_put(f->dir, "one", slice_str("old"), true);
  snprintf(path, sizeof path, "%s/.one.new", f->path);
  assert_int_equal(mkdir(path, 0700), 0);
  statedir_put(f->dir, "one", slice_str("new"), true);
  statedir_put(f->dir, "two", slice_str("new"), false);
  run(f, 150);
  assert_int_equal(count_logged(f, "cannot write to the state directory"), 1);
  assert_int_equal(statedir_waiting(f->dir), 2);
  rmdir(path);
  run(f, 200);
  assert_int_equal(statedir_waiting(f->dir), 0);
  assert_int_equal(count_logged(f, "works again"), 1);
  end(f);
  begin(f);
  assert_non_null(strstr(f->found, "one=new;"));
  assert_non_null(strstr(f->found, "two=new;"));
}

/* Opening a pipe that nobody reads takes as long as a disk that has gone. */
static int make_pipe(const struct fixture *f, char path[2 * FOLDER_PATH_SIZE])
{
  snprintf(path, 2 * FOLDER_PATH_SIZE, "%s/.one.new", f->path);
  return mkfifo(path, 0600);
}

/* Nobody waits for a disk that hangs, but for the first time, and then not long. */
static void a_hanging_disk_stops_nobody(void **state)
{
  struct fixture *f = *state;
  char path[2 * FOLDER_PATH_SIZE];
  int64_t start;
  int reader;

  f->patience = 100;
  begin(f);
  statedir_put(f->dir, "zero", slice_str("before"), true);
  assert_int_equal(make_pipe(f, path), 0);
  statedir_put(f->dir, "one", slice_str("old"), true);
  assert_int_equal(count_logged(f, "does not answer"), 1);
  start = clock_mono().ms;
  for (int i = 0; i < 100; i++) {
    statedir_put(f->dir, "two", slice_str("while it hangs"), true);
  }
  statedir_put(f->dir, "one", slice_str("new"), true);
  assert_in_range(clock_mono().ms - start, 0, 100 * f->patience / 2);
  run(f, 300);
  assert_int_equal(count_logged(f, "does not answer"), 1);
  assert_int_equal(statedir_waiting(f->dir), 2);
  reader = open(path, O_RDONLY | O_NONBLOCK);
  assert_true(reader >= 0);
  for (int i = 0; i < 100 && statedir_waiting(f->dir) > 0; i++) {
    run(f, 50);
  }
  close(reader);
  assert_int_equal(statedir_waiting(f->dir), 0);
  end(f);
  f->patience = 10000;
  begin(f);
  assert_non_null(strstr(f->found, "one=new;"));
  assert_non_null(strstr(f->found, "two=while it hangs;"));
  assert_int_equal(count_logged(f, "works again"), 1);
}

/* ... and the end comes all the same. */
static void a_hanging_disk_can_be_left(void **state)
{
  struct fixture *f = *state;
  char path[2 * FOLDER_PATH_SIZE];
  int reader;

  f->patience = 100;
  begin(f);
  assert_int_equal(make_pipe(f, path), 0);
  statedir_put(f->dir, "one", slice_str("never written"), true);
  statedir_put(f->dir, "two", slice_str("nor this"), false);
  end(f);
  reader = open(path, O_RDONLY | O_NONBLOCK); /* lets the thread go */
  assert_true(reader >= 0);
  for (int i = 0; i < 200 && access(path, F_OK) == 0; i++) {
    run(f, 10);
  }
  close(reader);
  assert_int_not_equal(access(path, F_OK), 0);
}

/* Memory is bounded while nothing can be written. */
static void what_waits_is_bounded(void **state)
{
  struct fixture *f = *state;
  struct buf text CLEANUP(buf_deinit) = {0};

  assert_int_equal(mkdir(f->path, 0700), 0);
  assert_int_equal(chmod(f->path, 0777), 0);
  begin(f);
  buf_add_fill(&text, 'x', (size_t)15 << 20);
  for (int i = 0; i < 8; i++) {
    char name[] = "name-0";

    name[5] = (char)('0' + i);
    statedir_put(f->dir, name, buf_slice(&text), false);
  }
  assert_int_equal(statedir_waiting(f->dir), 4);
  statedir_put(f->dir, "name-0", slice_str("short"), false);
  statedir_put(f->dir, "small", slice_str("fits"), false);
  assert_int_equal(statedir_waiting(f->dir), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(is_there_at_the_next_start),
      TEST(at_once_is_at_once),
      TEST(later_texts_replace_earlier_ones),
      TEST(what_waits_is_written_at_the_end),
      TEST(damage_is_set_aside_and_said),
      TEST(waits_until_it_can_be_used),
      TEST(waits_for_the_lock),
      TEST(failed_writes_are_tried_again),
      TEST(a_hanging_disk_stops_nobody),
      TEST(a_hanging_disk_can_be_left),
      TEST(what_waits_is_bounded),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
