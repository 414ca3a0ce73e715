#include "io/scribe.h"

#include "io/loop.h"
#include "io/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A disk that takes a write when it has read a byte from its gate. It is freed by
 * the scribe. */
struct disk {
  int gate;
  int err;
  int left; /* written to when the disk is left */
  char name[16];
  char text[16];
};

struct fixture {
  struct event_base *base;
  struct scribe *scribe;
  struct disk *disk;
  int gate[2];
  int left[2];
  int n_done;
  int err;
  int errnum;
};

static int write_slowly(void *ctx, const char *name, struct slice text)
{
  struct disk *d = ctx;
  char c;

  if (read(d->gate, &c, 1) != 1) {
    abort();
  }
  strncpy(d->name, name, sizeof d->name - 1);
  memset(d->text, 0, sizeof d->text);
  memcpy(d->text, text.p, text.n);
  errno = d->err < 0 ? ENOSPC : 0;
  return d->err;
}

static void leave(void *ctx)
{
  struct disk *d = ctx;
  int left = d->left;

  free(d);
  if (write(left, "x", 1) != 1) {
    abort();
  }
}

static void on_done(void *ctx, int err, int errnum)
{
  struct fixture *f = ctx;

  f->n_done++;
  f->err = err;
  f->errnum = errnum;
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct scribe_config config = {.write = write_slowly, .leave = leave, .done = on_done, .ctx = f};

  f->disk = calloc(1, sizeof *f->disk);
  f->base = loop_new();
  assert_int_equal(pipe(f->gate), 0);
  assert_int_equal(pipe(f->left), 0);
  f->disk->gate = f->gate[0];
  f->disk->left = f->left[1];
  config.base = f->base;
  config.disk = f->disk;
  f->scribe = scribe_new(&config);
  assert_non_null(f->scribe);
  *state = f;
  return 0;
}

static bool is_left(const struct fixture *f, int ms)
{
  struct pollfd p = {.fd = f->left[0], .events = POLLIN};

  return poll(&p, 1, ms) == 1;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  scribe_free(f->scribe, 60000);
  assert_true(is_left(f, 60000));
  for (int i = 0; i < 2; i++) {
    close(f->gate[i]);
    close(f->left[i]);
  }
  loop_free(f->base);
  free(f);
  return 0;
}

static void open_gate(const struct fixture *f)
{
  assert_int_equal(write(f->gate[1], "x", 1), 1);
}

static void a_write_ends_and_is_told(void **state)
{
  struct fixture *f = *state;

  assert_false(scribe_is_busy(f->scribe));
  assert_true(scribe_wait(f->scribe, 0));
  scribe_write(f->scribe, "one", slice_str("text"));
  assert_true(scribe_is_busy(f->scribe));
  assert_false(scribe_wait(f->scribe, 20));
  assert_int_equal(f->n_done, 0);
  open_gate(f);
  assert_true(scribe_wait(f->scribe, 60000));
  assert_false(scribe_is_busy(f->scribe));
  assert_int_equal(f->n_done, 1);
  assert_int_equal(f->err, 0);
  assert_string_equal(f->disk->name, "one");
  assert_string_equal(f->disk->text, "text");
  assert_true(scribe_wait(f->scribe, 0));
  assert_int_equal(f->n_done, 1); /* once */
}

static void on_end(void *ctx)
{
  loop_stop(ctx);
}

static void the_loop_tells_too(void **state)
{
  struct fixture *f = *state;
  struct timer *end = timer_new(f->base, on_end, f->base);

  scribe_write(f->scribe, "one", slice_str("text"));
  open_gate(f);
  for (int i = 0; i < 1000 && f->n_done == 0; i++) {
    timer_set(end, 20);
    loop_run(f->base);
  }
  assert_int_equal(f->n_done, 1);
  timer_free(end);
}

static void an_error_comes_with_its_reason(void **state)
{
  struct fixture *f = *state;

  f->disk->err = ERR_IO;
  scribe_write(f->scribe, "one", slice_str("text"));
  open_gate(f);
  assert_true(scribe_wait(f->scribe, 60000));
  assert_int_equal(f->err, ERR_IO);
  assert_int_equal(f->errnum, ENOSPC);
  f->disk->err = 0;
  scribe_write(f->scribe, "two", slice_str(""));
  open_gate(f);
  assert_true(scribe_wait(f->scribe, 60000));
  assert_int_equal(f->err, 0);
  assert_string_equal(f->disk->name, "two");
  assert_string_equal(f->disk->text, "");
}

/* The disk belongs to whoever is last. */
static void one_that_hangs_is_left(void **state)
{
  struct fixture *f = *state;

  scribe_write(f->scribe, "one", slice_str("text"));
  scribe_free(f->scribe, 20);
  f->scribe = NULL;
  assert_false(is_left(f, 50));
  open_gate(f); /* teardown sees that it is freed */
  assert_int_equal(f->n_done, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_write_ends_and_is_told),
      TEST(the_loop_tells_too),
      TEST(an_error_comes_with_its_reason),
      TEST(one_that_hangs_is_left),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
