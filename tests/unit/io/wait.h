/* Setting up and clearing away, and running the loop until something has
 * happened. */
#ifndef TESTS_IO_WAIT_H
#define TESTS_IO_WAIT_H

#include "peer.h"

static inline int bench_setup(void **state)
{
  struct bench *b = calloc(1, sizeof *b);
  char path[FOLDER_PATH_SIZE];

  folder_init(&b->folder);
  b->base = loop_new();
  b->suite = suite_new();
  b->logger = logger_new(LOG_LEVEL_INFO);
  folder_file(&b->folder, "log", path);
  assert_int_equal(logger_open(b->logger, path), 0);
  b->script = polite;
  *state = b;
  return b->suite == NULL ? -1 : 0;
}

static inline int bench_teardown(void **state)
{
  struct bench *b = *state;

  torlink_free(b->link);
  peer_unlisten(b);
  peer_close(b);
  logger_free(b->logger);
  suite_free(b->suite);
  loop_free(b->base);
  folder_deinit(&b->folder);
  buf_deinit(&b->version);
  buf_deinit(&b->why);
  buf_deinit(&b->last_reply);
  buf_deinit(&b->last_event);
  free(b);
  return 0;
}

static inline void bench_run(struct bench *b, int ms)
{
  const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

  event_base_loopexit(b->base, &tv);
  event_base_dispatch(b->base);
}

/* Runs the loop until a counter has reached a value. */
static inline void bench_until(struct bench *b, const int *counter, int value)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_S * 1000);

  while (*counter < value) {
    if (mono_is_due(deadline, clock_mono())) {
      char *log = folder_read(&b->folder, "log");

      print_error("log of the link:\n%s", log);
      free(log);
      fail_msg("waited in vain");
    }
    bench_run(b, 5);
  }
}

/* How often a text stands in the log. */
static inline int bench_count_log(struct bench *b, const char *text)
{
  char *log = folder_read(&b->folder, "log");
  int n = 0;

  for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
    n++;
  }
  free(log);
  return n;
}

/* Runs the loop until a text stands in the log. */
static inline void bench_until_log(struct bench *b, const char *text)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_S * 1000);

  while (bench_count_log(b, text) == 0) {
    if (mono_is_due(deadline, clock_mono())) {
      char *log = folder_read(&b->folder, "log");

      print_error("log of the link:\n%s", log);
      free(log);
      fail_msg("not in the log: %s", text);
    }
    bench_run(b, 5);
  }
}

static inline int bench_send(struct bench *b, uint64_t tag, const char *command)
{
  return torlink_send(b->link, tag, slice_str(command));
}

#endif
