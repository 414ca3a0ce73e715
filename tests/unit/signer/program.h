/* The program onionbalance-signer itself, started as onionbalance starts it,
 * and talked to by our client. SIGNER_PROGRAM names it. Include cmocka
 * before. */
#ifndef TEST_SIGNER_PROGRAM_H
#define TEST_SIGNER_PROGRAM_H

#include "crypto/blind.h"
#include "signer/client.h"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture.h"
#include "screen.h"

#define CHILD_FD  3
#define MAX_WORDS 20

/* The running program, and our side of the connection. */
struct signer {
  pid_t pid;
  int fd;
  struct suite *suite;
  struct client *client;
};

static inline void program_exec(char *const *argv)
{
  execv(getenv("SIGNER_PROGRAM"), argv);
  _exit(127);
}

/* "onionbalance-signer --fd 3" and the given words, up to NULL. */
static inline void program_argv(const char *const *words, char *argv[MAX_WORDS])
{
  size_t n = 0;

  argv[n++] = (char *)(uintptr_t) "onionbalance-signer";
  argv[n++] = (char *)(uintptr_t) "--fd";
  argv[n++] = (char *)(uintptr_t) "3";
  for (size_t i = 0; words[i] != NULL; i++) {
    assert_true(n + 1 < MAX_WORDS);
    argv[n++] = (char *)(uintptr_t)words[i];
  }
  argv[n] = NULL;
}

/* Starts it with the given words, up to NULL, on a socket pair; on a terminal
 * of its own if pty is not NULL, otherwise without one. */
static inline void program_start(struct signer *s, const char *const *words, struct screen *pty)
{
  char *argv[MAX_WORDS];
  int pair[2];

  program_argv(words, argv);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  s->pid = pty == NULL ? fork() : forkpty(&pty->master, NULL, NULL, NULL);
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    close(pair[0]);
    dup2(pair[1], CHILD_FD);
    if (pty == NULL) {
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    }
    program_exec(argv);
  }
  close(pair[1]);
  s->fd = pair[0];
  s->suite = suite_new();
  s->client = client_new(s->suite);
}

/* The same with keys alone. */
static inline void program_start_keys(struct signer *s, const char *const *keys)
{
  const char *words[MAX_WORDS] = {NULL};

  for (size_t i = 0; keys[i] != NULL; i++) {
    words[2 * i] = "--key";
    words[2 * i + 1] = keys[i];
  }
  program_start(s, words, NULL);
}

/* Closes the connection; the exit status of the program. */
static inline int program_stop(struct signer *s)
{
  int status = 0;

  close(s->fd);
  client_free(s->client);
  suite_free(s->suite);
  assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* Sends what the client has to send and waits for its next result. */
static inline void program_next(struct signer *s, struct client_result *out)
{
  struct buf *b = client_output(s->client);
  uint8_t bytes[512];
  bool has = false;

  while (b->n > 0) {
    ssize_t n = send(s->fd, b->p, b->n, 0);

    assert_true(n > 0);
    buf_consume(b, (size_t)n);
  }
  assert_int_equal(client_next(s->client, out, &has), 0);
  while (!has) {
    ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);

    assert_true(n > 0);
    client_feed(s->client, slice_of(bytes, (size_t)n));
    assert_int_equal(client_next(s->client, out, &has), 0);
  }
}

static inline struct wire_period program_period(void)
{
  return (struct wire_period){((uint64_t)time(NULL) / 60 - 720) / 1440, 1440};
}

static inline uint32_t program_expiration(void)
{
  return cert_desc_expiration((struct wall){time(NULL)});
}

/* Blinds and certifies with one key. The client compares all with what it
 * asked. */
static inline void program_use(struct signer *s, uint32_t index)
{
  struct client_certify what = {.index = index,
                                .period = program_period(),
                                .key = {1},
                                .expiration_hours = program_expiration()};
  struct client_result r;
  struct cert c;

  assert_int_equal(client_blind(s->client, 1, index, &what.period), 0);
  program_next(s, &r);
  assert_false(r.refused);
  memcpy(what.blinded, r.public_key, sizeof what.blinded);
  assert_int_equal(client_certify(s->client, 2, &what), 0);
  program_next(s, &r);
  assert_false(r.refused);
  assert_int_equal(r.kind, WIRE_CERTIFY);
  assert_int_equal(cert_parse(slice_of(r.cert, CERT_SIZE), &c), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, what.blinded, (struct wall){time(NULL)}), 0);
}

/* The first answer: about key 0. The text is borrowed until the next one. */
static inline struct client_result program_hello(struct signer *s)
{
  struct client_result r;

  client_hello(s->client);
  program_next(s, &r);
  return r;
}

#endif
