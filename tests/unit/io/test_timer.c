#include "io/timer.h"

#include "io/clock.h"
#include "io/loop.h"

#include "folder.h"

#include <signal.h>

struct fixture {
  struct event_base *base;
  struct timer *timer;
  int n_fired;
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  f->base = loop_new();
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  timer_free(f->timer);
  loop_free(f->base);
  free(f);
  return 0;
}

static void fire(void *ctx)
{
  struct fixture *f = ctx;

  f->n_fired++;
}

static void fires_once(void **state)
{
  struct fixture *f = *state;
  struct mono before = clock_mono();

  f->timer = timer_new(f->base, fire, f);
  timer_set(f->timer, 0);
  timer_set(f->timer, 20); /* the later call counts */
  loop_run(f->base);       /* ends when nothing is left to wait for */
  assert_int_equal(f->n_fired, 1);
  assert_true(clock_mono().ms - before.ms >= 19);
  timer_set(f->timer, 0);
  loop_run(f->base);
  assert_int_equal(f->n_fired, 2);
}

static void cancelled(void **state)
{
  struct fixture *f = *state;

  f->timer = timer_new(f->base, fire, f);
  timer_set(f->timer, 5);
  timer_cancel(f->timer);
  loop_run(f->base);
  assert_int_equal(f->n_fired, 0);
  timer_free(NULL);
}

static void fire_and_free(void *ctx)
{
  struct fixture *f = ctx;

  fire(ctx);
  timer_free(f->timer);
  f->timer = NULL;
}

static void freed_by_its_callback(void **state)
{
  struct fixture *f = *state;

  f->timer = timer_new(f->base, fire_and_free, f);
  timer_set(f->timer, 0);
  loop_run(f->base);
  assert_int_equal(f->n_fired, 1);
}

static void fire_and_stop(void *ctx)
{
  struct fixture *f = ctx;

  fire(ctx);
  loop_stop(f->base);
}

static void signals(void **state)
{
  struct fixture *f = *state;

  f->timer = timer_new_signal(f->base, SIGUSR1, fire_and_stop, f);
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(raise(SIGUSR1), 0);
    loop_run(f->base);
    assert_int_equal(f->n_fired, i);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(fires_once, setup, teardown),
      cmocka_unit_test_setup_teardown(cancelled, setup, teardown),
      cmocka_unit_test_setup_teardown(freed_by_its_callback, setup, teardown),
      cmocka_unit_test_setup_teardown(signals, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
