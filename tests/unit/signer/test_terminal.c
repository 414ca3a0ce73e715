/* Each question is asked by a process whose terminal is played by the test. */
#include "signer/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "screen.h"

#define ANSWER_SIZE 16

/* What the process reports. */
struct report {
  enum terminal_outcome outcome;
  size_t n;
  uint8_t bytes[ANSWER_SIZE];
};

/* The process that asks, its terminal, the pipe of its report and the stream
 * that it watches. */
struct asker {
  pid_t pid;
  struct screen pty;
  int reports;
  int watched;
};

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

static void ask(int watch, int out)
{
  struct secret *answer = secret_new(ANSWER_SIZE);
  struct report r = {0};

  r.outcome = terminal_ask("Open\x1b \xc3\xa9: ", watch, answer, &r.n);
  for (size_t i = 0; i < r.n; i++) {
    r.bytes[i] = secret_peek(answer)[i];
  }
  (void)!write(out, &r, sizeof r);
}

/* As a shell does: runs the question as a job of its own, continues it when it
 * was stopped, and says so on the terminal. */
static void ask_as_job(int watch, int out)
{
  int status = 0;
  int go[2];
  pid_t pid;
  char byte;

  signal(SIGTTOU, SIG_IGN);
  (void)!pipe(go);
  pid = fork();
  if (pid == 0) {
    signal(SIGTTOU, SIG_DFL);
    setpgid(0, 0);
    (void)!read(go[0], &byte, 1);
    ask(watch, out);
    _exit(0);
  }
  setpgid(pid, pid);
  tcsetpgrp(STDIN_FILENO, pid);
  (void)!write(go[1], "", 1);
  while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
    (void)!write(STDOUT_FILENO, "[stopped]\n", 10);
    kill(pid, SIGCONT);
  }
}

/* In a process group that is not the one of the terminal. */
static void ask_in_background(int watch, int out)
{
  pid_t pid = fork();

  if (pid == 0) {
    setpgid(0, 0);
    ask(watch, out);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

static void ask_with_ignored_signals(int watch, int out)
{
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  ask(watch, out);
}

static void ask_without_input(int watch, int out)
{
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  ask(watch, out);
}

static void start(struct asker *a, void (*how)(int watch, int out))
{
  int pair[2];
  int ends[2];

  *a = (struct asker){0};
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(pipe(ends), 0);
  a->pid = forkpty(&a->pty.master, NULL, NULL, NULL);
  assert_true(a->pid >= 0);
  if (a->pid == 0) {
    close(pair[0]);
    how(pair[1], ends[1]);
    _exit(0);
  }
  close(pair[1]);
  close(ends[1]);
  a->watched = pair[0];
  a->reports = ends[0];
}

/* The report; the terminal must be as it was before. */
static struct report finish(struct asker *a)
{
  struct report r = {0};

  assert_int_equal(read(a->reports, &r, sizeof r), sizeof r);
  assert_true(screen_is_echoing(&a->pty));
  close(a->reports);
  close(a->watched);
  screen_deinit(&a->pty);
  waitpid(a->pid, NULL, 0);
  return r;
}

static void an_answer_is_not_shown(void **state)
{
  struct asker a;
  struct report r;

  (void)state;
  start(&a, ask);
  screen_expect(&a.pty, "Open? \xc3\xa9: ", 1);
  assert_false(screen_is_echoing(&a.pty));
  screen_type(&a.pty, "sesamX\x7f"
                      "e\n");
  screen_expect(&a.pty, "\r\n", 1);
  assert_false(screen_has(&a.pty, "sesam"));
  r = finish(&a);
  assert_int_equal(r.outcome, TERMINAL_ANSWER);
  assert_int_equal(r.n, 6);
  assert_memory_equal(r.bytes, "sesame", 6);
}

static void an_empty_answer_is_one(void **state)
{
  struct asker a;
  struct report r;

  (void)state;
  start(&a, ask);
  screen_expect(&a.pty, ": ", 1);
  screen_type(&a.pty, "\n");
  r = finish(&a);
  assert_int_equal(r.outcome, TERMINAL_ANSWER);
  assert_int_equal(r.n, 0);
}

static void answers_are_bounded(void **state)
{
  static const char *const lines[] = {"123456789012345\n", "1234567890123456\n"};
  static const enum terminal_outcome outcomes[] = {TERMINAL_ANSWER, TERMINAL_TOO_LONG};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct asker a;

    start(&a, ask);
    screen_expect(&a.pty, ": ", 1);
    screen_type(&a.pty, lines[i]);
    assert_int_equal(finish(&a).outcome, outcomes[i]);
  }
}

/* What the test does to end a question. */
static void press_interrupt(struct asker *a)
{
  screen_type(&a->pty, "ses\x03");
}

static void press_end(struct asker *a)
{
  screen_type(&a->pty, "\x04");
}

static void send_term(struct asker *a)
{
  kill(a->pid, SIGTERM);
}

static void send_hup(struct asker *a)
{
  kill(a->pid, SIGHUP);
}

static void close_watched(struct asker *a)
{
  shutdown(a->watched, SHUT_RDWR);
}

static void is_ended_and_restored(void **state)
{
  static const struct {
    void (*how)(int watch, int out);
    void (*end)(struct asker *a);
  } rows[] = {
      {ask, press_interrupt},
      {ask, press_end},
      {ask, send_term},
      {ask, send_hup},
      {ask, close_watched},
      {ask_with_ignored_signals, press_interrupt},
      {ask_with_ignored_signals, send_term},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct asker a;

    start(&a, rows[i].how);
    screen_expect(&a.pty, ": ", 1);
    rows[i].end(&a);
    assert_int_equal(finish(&a).outcome, TERMINAL_ENDED);
  }
}

static void may_be_stopped_and_continued(void **state)
{
  struct asker a;
  struct report r;

  (void)state;
  start(&a, ask_as_job);
  screen_expect(&a.pty, ": ", 1);
  screen_type(&a.pty, "ses\x1a");
  screen_expect(&a.pty, "[stopped]", 1);
  screen_expect(&a.pty, ": ", 2);
  screen_type(&a.pty, "sesame\n");
  r = finish(&a);
  assert_int_equal(r.outcome, TERMINAL_ANSWER);
  assert_int_equal(r.n, 6);
}

static void nobody_to_ask(void **state)
{
  struct asker a;

  (void)state;
  start(&a, ask_in_background);
  assert_int_equal(finish(&a).outcome, TERMINAL_NONE);
  start(&a, ask_without_input);
  assert_int_equal(finish(&a).outcome, TERMINAL_NONE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_is_not_shown), cmocka_unit_test(an_empty_answer_is_one),
      cmocka_unit_test(answers_are_bounded),    cmocka_unit_test(is_ended_and_restored),
      cmocka_unit_test(nobody_to_ask),          cmocka_unit_test(may_be_stopped_and_continued),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
