#include "io/child.h"

#include "base/buf.h"
#include "io/clock.h"
#include "io/loop.h"

#include "folder.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>

#define PATIENCE_S 20

struct fixture {
  struct event_base *base;
  struct child *child;
  struct buf status;   /* what the ended callback was told */
  struct buf received; /* from the child */
  int n_ended;
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

  child_free(f->child);
  loop_free(f->base);
  buf_deinit(&f->status);
  buf_deinit(&f->received);
  free(f);
  return 0;
}

static void on_ended(void *ctx, const char *status)
{
  struct fixture *f = ctx;

  buf_add_str(&f->status, status);
  f->n_ended++;
  event_base_loopbreak(f->base);
}

static void on_bytes(void *ctx, struct slice bytes)
{
  struct fixture *f = ctx;

  buf_add_slice(&f->received, bytes);
  event_base_loopbreak(f->base);
}

static int start_with(struct fixture *f, const char *script, bool is_standard)
{
  char sh[] = "/bin/sh", c[] = "-c";
  char *text = strdup(script);
  char *argv[] = {sh, c, text, NULL};
  struct child_config config = {
      .base = f->base, .argv = argv, .is_standard = is_standard, .ended = on_ended, .ctx = f};
  int err = child_start(&config, &f->child);

  free(text);
  if (err == 0) {
    assert_non_null(child_stream(f->child));
    child_listen(f->child, on_bytes, f);
  }
  return err;
}

static int start(struct fixture *f, const char *script)
{
  return start_with(f, script, false);
}

/* Runs the loop until text has been received and so many children ended. */
static void run_until(struct fixture *f, const char *text, int n_ended)
{
  const struct mono deadline = mono_plus(clock_mono(), PATIENCE_S * 1000);
  const struct timeval step = {.tv_usec = 200000};

  while (strstr(buf_str(&f->received), text) == NULL || f->n_ended < n_ended) {
    assert_false(mono_is_due(deadline, clock_mono()));
    event_base_loopexit(f->base, &step);
    event_base_dispatch(f->base);
  }
}

static void talks(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(start(f, "exec cat <&3 >&3"), 0);
  assert_true(child_pid(f->child) > 0);
  child_send(f->child, slice_str("hello"));
  run_until(f, "hello", 0);
  assert_int_equal(f->n_ended, 0);
}

/* As a command that leads elsewhere does: ssh and its like. */
static void talks_by_standard_streams(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(start_with(f, "test -e /proc/$$/fd/3 && echo open; exec cat", true), 0);
  child_send(f->child, slice_str("hello"));
  run_until(f, "hello", 0);
  assert_string_equal(buf_str(&f->received), "hello");
}

static void is_ignored(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(start(f, "echo one >&3; sleep 0.2; echo two >&3"), 0);
  run_until(f, "one", 0);
  child_ignore(f->child);
  run_until(f, "", 1);
  assert_string_equal(buf_str(&f->received), "one\n");
}

static void end_with_status(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(start(f, "echo bye >&3; exit 3"), 0);
  run_until(f, "bye\n", 1);
  assert_string_equal(buf_str(&f->status), "exited with status 3");
}

static void end_by_signal(void **state)
{
  struct fixture *f = *state;

  assert_int_equal(start(f, "kill -9 $$"), 0);
  run_until(f, "", 1);
  assert_string_equal(buf_str(&f->status), "killed by signal 9 (Killed)");
  assert_int_equal(f->n_ended, 1);
}

/* Two children: each is told of its own end only. */
static void two_children(void **state)
{
  struct fixture *f = *state;
  struct fixture other = {.base = f->base};

  assert_int_equal(start(f, "read x <&3"), 0);
  assert_int_equal(start(&other, "exit 0"), 0);
  run_until(&other, "", 1);
  assert_string_equal(buf_str(&other.status), "exited with status 0");
  assert_int_equal(f->n_ended, 0);
  child_free(other.child);
  buf_deinit(&other.status);
  buf_deinit(&other.received);
  child_send(f->child, slice_str("\n"));
  run_until(f, "", 1);
}

/* Nothing but 0 to 3 is open, and signals are as in a fresh process although
 * ours ignores SIGPIPE and blocks another. (The two that glibc keeps for
 * itself, 32 and 33, are ignored in every spawned process.) */
static void inherits_little(void **state)
{
  struct fixture *f = *state;
  int extra = dup(STDERR_FILENO);
  sigset_t blocked;

  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  assert_true(extra > CHILD_FD);
  assert_int_equal(start(f, "for n in 0 1 2 3 4 5 6 7 8 9; do"
                            " test -e /proc/$$/fd/$n && printf %s $n >&3; done;"
                            " grep -E '^Sig(Blk|Ign)' /proc/self/status >&3; echo done >&3"),
                   0);
  run_until(f, "done", 1);
  assert_string_equal(buf_str(&f->received), "0123"
                                             "SigBlk:\t0000000000000000\n"
                                             "SigIgn:\t0000000180000000\ndone\n");
  sigprocmask(SIG_UNBLOCK, &blocked, NULL);
  close(extra);
}

static void no_such_program(void **state)
{
  struct fixture *f = *state;
  char name[] = "/nonexistent/x";
  char *argv[] = {name, NULL};
  struct child_config config = {.base = f->base, .argv = argv};

  assert_int_equal(child_start(&config, &f->child), ERR_IO);
  assert_int_equal(errno, ENOENT);
  child_free(NULL);
}

/* A child that ends when its stream does is not waited for long. */
static void freed_while_running(void **state)
{
  struct fixture *f = *state;
  struct mono before;
  pid_t pid;

  assert_int_equal(start(f, "echo up >&3; exec cat <&3 >/dev/null"), 0);
  run_until(f, "up", 0);
  before = clock_mono();
  pid = child_pid(f->child);
  child_free(f->child);
  f->child = NULL;
  assert_true(clock_mono().ms - before.ms < 900);
  assert_int_equal(kill(pid, 0), -1);
  assert_int_equal(f->n_ended, 0);
}

/* One that ignores both its stream and SIGTERM is killed. */
static void freed_while_stubborn(void **state)
{
  struct fixture *f = *state;
  pid_t pid;

  assert_int_equal(start(f, "trap '' TERM; echo up >&3; while :; do sleep 0.1; done"), 0);
  run_until(f, "up", 0);
  pid = child_pid(f->child);
  child_free(f->child);
  f->child = NULL;
  assert_int_equal(kill(pid, 0), -1);
  assert_int_equal(errno, ESRCH);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(talks, setup, teardown),
      cmocka_unit_test_setup_teardown(talks_by_standard_streams, setup, teardown),
      cmocka_unit_test_setup_teardown(is_ignored, setup, teardown),
      cmocka_unit_test_setup_teardown(end_with_status, setup, teardown),
      cmocka_unit_test_setup_teardown(end_by_signal, setup, teardown),
      cmocka_unit_test_setup_teardown(two_children, setup, teardown),
      cmocka_unit_test_setup_teardown(inherits_little, setup, teardown),
      cmocka_unit_test_setup_teardown(no_such_program, setup, teardown),
      cmocka_unit_test_setup_teardown(freed_while_running, setup, teardown),
      cmocka_unit_test_setup_teardown(freed_while_stubborn, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
