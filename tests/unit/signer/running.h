/* The program run for one command: what it says and how it ends. Include cmocka
 * before. */
#ifndef TEST_SIGNER_RUNNING_H
#define TEST_SIGNER_RUNNING_H

#include "program.h"

#include <fcntl.h>

/* A folder of its own, a PEM key, and a file for what is said. */
struct running {
  char folder[FIXTURE_PATH], key[FIXTURE_PATH], out[FIXTURE_PATH];
  struct buf said; /* by both streams */
};

static inline int running_setup(void **state)
{
  struct running *s = calloc(1, sizeof *s);

  fixture_folder(s->folder);
  fixture_key("ed25519.pem", s->key);
  snprintf(s->out, sizeof s->out, "%.4000s/said", s->folder);
  *state = s;
  return 0;
}

static inline int running_teardown(void **state)
{
  struct running *s = *state;
  char command[FIXTURE_PATH + 16];

  snprintf(command, sizeof command, "rm -r '%.4000s'", s->folder);
  assert_int_equal(system(command), 0);
  buf_deinit(&s->said);
  free(s);
  return 0;
}

/* Runs the program with these words; its status. */
static inline int running_run(struct running *s, const char *const *words)
{
  char *argv[PROGRAM_MAX_WORDS + 2] = {(char *)(uintptr_t) "onionbalance-signer"};
  FILE *f;
  pid_t pid;
  int status;
  size_t n;

  for (size_t i = 0; words[i] != NULL; i++) {
    argv[i + 1] = (char *)(uintptr_t)words[i];
  }
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    int fd = open(s->out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    program_exec(argv);
    _exit(99);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  buf_clear(&s->said);
  f = fopen(s->out, "rb");
  assert_non_null(f);
  n = fread(buf_reserve(&s->said, 65536), 1, 65536, f);
  buf_used(&s->said, n);
  fclose(f);
  return WEXITSTATUS(status);
}

#define RUN(s, ...) running_run(s, (const char *const[]){__VA_ARGS__, NULL})

#endif
