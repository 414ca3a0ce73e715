#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

#include "program.h"

void program_exec(char *const *argv)
{
  execv(getenv("SIGNER_PROGRAM"), argv);
  _exit(127);
}

/* "onionbalance-signer --fd 3" and the given words, up to NULL. */
static void build_argv(const char *const *words, char *argv[PROGRAM_MAX_WORDS])
{
  size_t n = 0;

  argv[n++] = (char *)(uintptr_t) "onionbalance-signer";
  argv[n++] = (char *)(uintptr_t) "--fd";
  argv[n++] = (char *)(uintptr_t) "3";
  for (size_t i = 0; words[i] != NULL; i++) {
    assert_true(n + 1 < PROGRAM_MAX_WORDS);
    argv[n++] = (char *)(uintptr_t)words[i];
  }
  argv[n] = NULL;
}

void program_start(struct signer *s, const char *const *words, struct screen *screen)
{
  char *argv[PROGRAM_MAX_WORDS];
  int pair[2];

  build_argv(words, argv);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  s->pid = screen == NULL ? fork() : forkpty(&screen->master, NULL, NULL, NULL);
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    close(pair[0]);
    dup2(pair[1], PROGRAM_FD);
    if (screen == NULL) {
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    }
    program_exec(argv);
  }
  close(pair[1]);
  s->fd = pair[0];
  s->suite = suite_new();
  s->client = client_new(s->suite);
}

void program_start_keys(struct signer *s, const char *const *keys)
{
  const char *words[PROGRAM_MAX_WORDS] = {NULL};

  for (size_t i = 0; keys[i] != NULL; i++) {
    words[2 * i] = "--key";
    words[2 * i + 1] = keys[i];
  }
  program_start(s, words, NULL);
}

int program_stop(struct signer *s)
{
  int status = 0;

  close(s->fd);
  client_free(s->client);
  suite_free(s->suite);
  assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

void program_next(struct signer *s, struct client_result *out)
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

struct wire_period program_period(void)
{
  return (struct wire_period){((uint64_t)time(NULL) / 60 - 720) / 1440, 1440};
}

uint32_t program_expiration(void)
{
  return cert_desc_expiration((struct wall){time(NULL)});
}

void program_use(struct signer *s, uint32_t index)
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

struct client_result program_hello(struct signer *s)
{
  struct client_result r;

  client_hello(s->client);
  program_next(s, &r);
  return r;
}
