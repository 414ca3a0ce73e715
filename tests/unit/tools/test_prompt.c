#include "tools/prompt.h"

#include "place.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>

/* A prompt whose answers come from a pipe; questions go to another. */
struct bench {
  struct prompt p;
  int in[2];
  int out[2];
  struct buf answer;
};

static void start(struct bench *b)
{
  memset(b, 0, sizeof *b);
  assert_int_equal(pipe(b->in), 0);
  assert_int_equal(pipe(b->out), 0);
  assert_int_equal(prompt_init(&b->p, b->in[0], b->out[1]), 0);
}

static void stop(struct bench *b)
{
  prompt_deinit(&b->p);
  buf_deinit(&b->answer);
  for (int i = 0; i < 2; i++) {
    close(b->in[i]);
    close(b->out[i]);
  }
}

static void type(int fd, const char *text)
{
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_answer(struct bench *b, const char *expected)
{
  assert_int_equal(prompt_ask(&b->p, "? ", &b->answer), PROMPT_ANSWER);
  assert_string_equal(buf_str(&b->answer), expected);
}

static void answers(void **state)
{
  struct bench b CLEANUP(stop);
  char shown[100] = {0};

  (void)state;
  start(&b);
  type(b.in[1], "one\n\n two \r\nlast");
  assert_answer(&b, "one");
  assert_answer(&b, "");
  assert_answer(&b, " two ");
  close(b.in[1]);
  b.in[1] = -1;
  assert_answer(&b, "last");
  assert_int_equal(prompt_ask(&b.p, "? ", &b.answer), PROMPT_END);
  assert_int_equal(b.answer.n, 0);
  assert_int_equal(read(b.out[0], shown, sizeof shown), 10);
  assert_string_equal(shown, "? ? ? ? ? ");
}

static void interrupted(void **state)
{
  struct bench b CLEANUP(stop);

  (void)state;
  start(&b);
  raise(SIGINT);
  assert_int_equal(prompt_ask(&b.p, "? ", &b.answer), PROMPT_INTERRUPTED);
  type(b.in[1], "x\n");
  assert_answer(&b, "x"); /* it is over */
}

static void too_long(void **state)
{
  struct bench b CLEANUP(stop);
  char line[LIMIT_PATH_BYTES + 2];

  (void)state;
  start(&b);
  memset(line, 'a', sizeof line);
  line[LIMIT_PATH_BYTES] = '\n';
  line[LIMIT_PATH_BYTES + 1] = 0;
  type(b.in[1], line);
  assert_int_equal(prompt_ask(&b.p, "", &b.answer), PROMPT_ANSWER);
  assert_int_equal(b.answer.n, LIMIT_PATH_BYTES);
  line[LIMIT_PATH_BYTES] = 'a';
  type(b.in[1], line);
  type(b.in[1], "\n");
  assert_int_equal(prompt_ask(&b.p, "", &b.answer), PROMPT_TOO_LONG);
}

static void broken(void **state)
{
  struct bench b CLEANUP(stop);

  (void)state;
  start(&b);
  b.p.in = open("/", O_RDONLY | O_DIRECTORY);
  assert_int_equal(prompt_ask(&b.p, "", &b.answer), PROMPT_ERROR);
  assert_int_equal(errno, EISDIR);
  close(b.p.in);
  b.p.out = -1;
  assert_int_equal(prompt_ask(&b.p, "?", &b.answer), PROMPT_ERROR);
  assert_int_equal(errno, EBADF);
}

static void signals_come_back(void **state)
{
  struct bench b;
  sigset_t before, after;

  (void)state;
  sigprocmask(SIG_SETMASK, NULL, &before);
  start(&b);
  stop(&b);
  sigprocmask(SIG_SETMASK, NULL, &after);
  assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers), cmocka_unit_test(interrupted),       cmocka_unit_test(too_long),
      cmocka_unit_test(broken),  cmocka_unit_test(signals_come_back),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
