/* The program onionbalance-signer itself, started as onionbalance starts it,
 * and talked to by our client. SIGNER_PROGRAM names it. */
#include "crypto/blind.h"
#include "signer/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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

static int setup(void **state)
{
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  return sodium_init() < 0 ? -1 : 0;
}

static void run_program(char *const *argv)
{
  execv(getenv("SIGNER_PROGRAM"), argv);
  _exit(127);
}

/* "onionbalance-signer --fd 3" and the given words, up to NULL. */
static void build_argv(const char *const *words, char *argv[MAX_WORDS])
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
static void start_with(struct signer *s, const char *const *words, struct screen *pty)
{
  char *argv[MAX_WORDS];
  int pair[2];

  build_argv(words, argv);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  s->pid = pty == NULL ? fork() : forkpty(&pty->master, NULL, NULL, NULL);
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    close(pair[0]);
    dup2(pair[1], CHILD_FD);
    if (pty == NULL) {
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    }
    run_program(argv);
  }
  close(pair[1]);
  s->fd = pair[0];
  s->suite = suite_new();
  s->client = client_new(s->suite);
}

/* The same with keys alone. */
static void start(struct signer *s, const char *const *keys)
{
  const char *words[MAX_WORDS] = {NULL};

  for (size_t i = 0; keys[i] != NULL; i++) {
    words[2 * i] = "--key";
    words[2 * i + 1] = keys[i];
  }
  start_with(s, words, NULL);
}

/* Closes the connection; the exit status of the program. */
static int stop(struct signer *s)
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
static void next(struct signer *s, struct client_result *out)
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

static struct wire_period period_now(void)
{
  return (struct wire_period){((uint64_t)time(NULL) / 60 - 720) / 1440, 1440};
}

static uint32_t expiration_now(void)
{
  return cert_desc_expiration((struct wall){time(NULL)});
}

/* Blinds and certifies with one key. The client compares all with what it
 * asked. */
static void use_key(struct signer *s, uint32_t index)
{
  struct client_certify what = {
      .index = index, .period = period_now(), .key = {1}, .expiration_hours = expiration_now()};
  struct client_result r;
  struct cert c;

  assert_int_equal(client_blind(s->client, 1, index, &what.period), 0);
  next(s, &r);
  assert_false(r.refused);
  memcpy(what.blinded, r.public_key, sizeof what.blinded);
  assert_int_equal(client_certify(s->client, 2, &what), 0);
  next(s, &r);
  assert_false(r.refused);
  assert_int_equal(r.kind, WIRE_CERTIFY);
  assert_int_equal(cert_parse(slice_of(r.cert, CERT_SIZE), &c), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, what.blinded, (struct wall){time(NULL)}), 0);
}

static void serves_keys_of_both_formats(void **state)
{
  char pem[FIXTURE_PATH];
  char tor[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), fixture_key("hs_ed25519_secret_key", tor),
                        NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  start(&s, keys);
  client_hello(s.client);
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_TOR_PUBLIC);
  use_key(&s, 0);
  use_key(&s, 1);
  use_key(&s, 0);
  assert_int_equal(stop(&s), 0);
}

static void says_what_is_wrong_with_keys(void **state)
{
  char encrypted[FIXTURE_PATH];
  char good[FIXTURE_PATH];
  const char *keys[] = {"/nonexistent/x.key", fixture_key("encrypted.pem", encrypted),
                        fixture_key("ed25519.pem", good), NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  start(&s, keys);
  client_hello(s.client);
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_UNREADABLE);
  assert_true(slice_is(r.text, "cannot read /nonexistent/x.key: No such file or directory"));
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(slice_has_prefix(r.text, encrypted));
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  use_key(&s, 2); /* the bad ones do not keep the good one from work */
  assert_int_equal(stop(&s), 0);
}

static void refuses_the_far_future(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct client_certify what = {.period = period_now(), .expiration_hours = expiration_now() + 999};
  struct wire_period far = {period_now().number + 30, 1440};
  struct client_result r;
  struct signer s;

  (void)state;
  start(&s, keys);
  client_hello(s.client);
  next(&s, &r);
  assert_int_equal(client_blind(s.client, 1, 0, &far), 0);
  next(&s, &r);
  assert_true(r.refused);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
  assert_int_equal(client_certify(s.client, 2, &what), 0);
  next(&s, &r);
  assert_true(r.refused);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
  use_key(&s, 0);
  assert_int_equal(stop(&s), 0);
}

static void garbage_ends_it(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct signer s;
  char byte;

  (void)state;
  start(&s, keys);
  assert_int_equal(send(s.fd, "EHLO example.com\r\n", 18, 0), 18);
  assert_int_equal(recv(s.fd, &byte, 1, 0), 0);
  assert_int_equal(stop(&s), 1);
}

/* Ctrl-C and a service manager's TERM reach the whole process group, and the
 * publisher may still need its signer then. */
static void group_signals_do_not_end_it(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  start(&s, keys);
  client_hello(s.client);
  next(&s, &r); /* it runs, and has set its signals */
  assert_int_equal(kill(s.pid, SIGTERM), 0);
  assert_int_equal(kill(s.pid, SIGINT), 0);
  assert_int_equal(kill(s.pid, SIGHUP), 0);
  use_key(&s, 0);
  assert_int_equal(stop(&s), 0);
}

/* Nobody else of the same user reads its memory. */
static void its_memory_is_closed_to_others(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct client_result r;
  char path[64];
  struct stat st;
  struct signer s;

  (void)state;
  start(&s, keys);
  client_hello(s.client);
  next(&s, &r);
  snprintf(path, sizeof path, "/proc/%d/mem", (int)s.pid);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_uid, 0); /* what is not dumpable belongs to root */
  assert_int_equal(stop(&s), 0);
}

/* Standard input and output, as behind "ssh host onionbalance-signer". The
 * exit status and what it printed for the given command line and input. */
static int run_filter(const char *const *words, struct slice input, struct buf *output)
{
  char *argv[MAX_WORDS] = {NULL};
  int status = 0;
  int to[2];
  int from[2];
  ssize_t n;
  pid_t pid;

  for (size_t i = 0; words[i] != NULL; i++) {
    argv[i] = (char *)(uintptr_t)words[i];
  }
  assert_int_equal(pipe(to), 0);
  assert_int_equal(pipe(from), 0);
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    close(to[1]);
    run_program(argv);
  }
  close(to[0]);
  close(from[1]);
  assert_int_equal(write(to[1], input.p, input.n), input.n);
  close(to[1]);
  while ((n = read(from[0], buf_reserve(output, 4096), 4096)) > 0) {
    buf_used(output, (size_t)n);
  }
  close(from[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void serves_standard_input(void **state)
{
  char pem[FIXTURE_PATH];
  const char *words[] = {"onionbalance-signer", "--key", fixture_key("ed25519.pem", pem), NULL};
  struct buf input CLEANUP(buf_deinit) = {0};
  struct buf output CLEANUP(buf_deinit) = {0};
  struct wire_reply r;
  struct slice body;
  size_t size;

  (void)state;
  wire_request_build(&(struct wire_request){.kind = WIRE_HELLO, .id = 3, .version = WIRE_VERSION},
                     &input);
  assert_int_equal(run_filter(words, buf_slice(&input), &output), 0);
  assert_int_equal(wire_frame_parse(buf_slice(&output), &body, &size), 0);
  assert_int_equal(size, output.n);
  assert_int_equal(wire_reply_parse(body, &r), 0);
  assert_int_equal(r.id, 3);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
}

static void exit_statuses(void **state)
{
  static const char *const help[] = {"onionbalance-signer", "--help", NULL};
  static const char *const wrong[] = {"onionbalance-signer", "--wrong", NULL};
  static const char *const none[] = {"onionbalance-signer", NULL};
  struct buf output CLEANUP(buf_deinit) = {0};

  (void)state;
  assert_int_equal(run_filter(help, slice_of("", 0), &output), 0);
  assert_true(fixture_has(&output, "--key-list"));
  buf_clear(&output);
  assert_int_equal(run_filter(wrong, slice_of("", 0), &output), 2);
  assert_int_equal(run_filter(none, slice_of("", 0), &output), 2);
  assert_int_equal(output.n, 0);
}

/* The first answer: about key 0. The text is borrowed until the next one. */
static struct client_result hello(struct signer *s)
{
  struct client_result r;

  client_hello(s->client);
  next(s, &r);
  return r;
}

static bool says(const struct client_result *r, const char *part)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  buf_add_slice(&text, r->text);
  return fixture_has(&text, part);
}

static void passphrases_from_files(void **state)
{
  char folder[FIXTURE_PATH];
  char good[FIXTURE_PATH];
  char bad[FIXTURE_PATH];
  char one[FIXTURE_PATH];
  char two[FIXTURE_PATH];
  const char *words[] = {"--key", fixture_key("sealed_scrypt.pem", one), "--passphrase-file", good,
                         "--key", fixture_key("sealed_aes256.pem", two), "--passphrase-file", bad,
                         NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  fixture_folder(folder);
  fixture_write(folder, "good", slice_str(FIXTURE_PASSPHRASE "\n"), 0600, good);
  fixture_write(folder, "bad", slice_str("wrong\n"), 0600, bad);
  start_with(&s, words, NULL);
  r = hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, two) && says(&r, "/bad does not fit"));
  use_key(&s, 0);
  assert_int_equal(stop(&s), 0);
  unlink(good);
  unlink(bad);
  rmdir(folder);
}

/* One line for each encrypted key, in order; other keys take none. */
static void passphrases_from_a_descriptor(void **state)
{
  char paths[3][FIXTURE_PATH];
  char number[16];
  const char *words[] = {"--passphrase-fd",
                         number,
                         "--key",
                         fixture_key("sealed_aes128.pem", paths[0]),
                         "--key",
                         fixture_key("ed25519.pem", paths[1]),
                         "--key",
                         fixture_key("sealed_python.pem", paths[2]),
                         NULL};
  static const char lines[] = FIXTURE_PASSPHRASE "\n" FIXTURE_PASSPHRASE "\n";
  struct client_result r;
  struct signer s;
  int ends[2];
  int passed;

  (void)state;
  assert_int_equal(pipe(ends), 0);
  passed = fcntl(ends[0], F_DUPFD, CHILD_FD + 1);
  close(ends[0]);
  snprintf(number, sizeof number, "%d", passed);
  assert_int_equal(write(ends[1], lines, sizeof lines - 1), sizeof lines - 1);
  close(ends[1]);
  start_with(&s, words, NULL);
  close(passed);
  r = hello(&s);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(r.status, WIRE_STATUS_GOOD);
    assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
    if (i < 2) {
      next(&s, &r);
    }
  }
  assert_int_equal(stop(&s), 0);
}

static void passphrases_from_credentials(void **state)
{
  char folder[FIXTURE_PATH];
  char credential[FIXTURE_PATH];
  char path[FIXTURE_PATH];
  const char *keys[] = {fixture_key("sealed_pkey.pem", path), NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  fixture_folder(folder);
  fixture_write(folder, "sealed_pkey.pem.passphrase", slice_str(FIXTURE_PASSPHRASE), 0400,
                credential);
  setenv("CREDENTIALS_DIRECTORY", folder, 1);
  start(&s, keys);
  unsetenv("CREDENTIALS_DIRECTORY");
  r = hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_int_equal(stop(&s), 0);
  unlink(credential);
  rmdir(folder);
}

/* As behind a service manager, and at a reload without a terminal. */
static void no_passphrase_and_no_terminal(void **state)
{
  char path[FIXTURE_PATH];
  const char *keys[] = {fixture_key("sealed_aes256.pem", path), NULL};
  struct client_result r;
  struct signer s;

  (void)state;
  start(&s, keys);
  r = hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, path) && says(&r, "nor a terminal to ask on"));
  assert_int_equal(stop(&s), 0);
}

static void start_on_terminal(struct signer *s, struct screen *pty, const char *name)
{
  char path[FIXTURE_PATH];
  const char *words[] = {"--key", fixture_key(name, path), NULL};

  *pty = (struct screen){0};
  start_with(s, words, pty);
  screen_expect(pty, "Passphrase of ", 1);
  screen_expect(pty, name, 1);
  screen_expect(pty, ": ", 1);
}

static void a_person_may_mistype(void **state)
{
  struct screen pty CLEANUP(screen_deinit) = {0};
  struct client_result r;
  struct signer s;

  (void)state;
  start_on_terminal(&s, &pty, "sealed_aes256.pem");
  assert_false(screen_is_echoing(&pty));
  screen_type(&pty, "correct hose\n");
  screen_expect(&pty, "It does not fit. Passphrase of ", 1);
  screen_type(&pty, "\n");
  screen_expect(&pty, "It does not fit. Passphrase of ", 2);
  screen_type(&pty, FIXTURE_PASSPHRASE "\n");
  r = hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_true(screen_is_echoing(&pty));
  assert_false(screen_has(&pty, "correct"));
  use_key(&s, 0);
  assert_int_equal(stop(&s), 0);
}

static void three_times(void **state)
{
  struct screen pty CLEANUP(screen_deinit) = {0};
  struct client_result r;
  struct signer s;

  (void)state;
  start_on_terminal(&s, &pty, "sealed_aes128.pem");
  for (unsigned i = 1; i <= 3; i++) {
    screen_expect(&pty, "Passphrase of ", i);
    screen_type(&pty, "wrong\n");
  }
  r = hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, "sealed_aes128.pem is encrypted, and the passphrase that was typed does "
                       "not fit"));
  assert_int_equal(stop(&s), 0);
}

/* Ctrl-C, or the publisher that is told to end: the terminal is as before, and
 * no second question follows. */
static void a_question_can_be_ended(void **state)
{
  for (unsigned i = 0; i < 2; i++) {
    struct screen pty CLEANUP(screen_deinit) = {0};
    struct client_result r;
    struct signer s;

    (void)state;
    start_on_terminal(&s, &pty, "sealed_aes256.pem");
    if (i == 0) {
      screen_type(&pty, "corr\x03");
    } else {
      assert_int_equal(kill(s.pid, SIGTERM), 0);
    }
    r = hello(&s);
    assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
    assert_true(says(&r, "no passphrase was typed"));
    assert_true(screen_is_echoing(&pty));
    assert_int_equal(stop(&s), 0);
  }
}

static void a_question_ends_with_the_publisher(void **state)
{
  struct screen pty CLEANUP(screen_deinit) = {0};
  struct signer s;

  (void)state;
  start_on_terminal(&s, &pty, "sealed_aes256.pem");
  assert_int_equal(stop(&s), 0);
  assert_true(screen_is_echoing(&pty));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_keys_of_both_formats),
      cmocka_unit_test(says_what_is_wrong_with_keys),
      cmocka_unit_test(refuses_the_far_future),
      cmocka_unit_test(garbage_ends_it),
      cmocka_unit_test(group_signals_do_not_end_it),
      cmocka_unit_test(its_memory_is_closed_to_others),
      cmocka_unit_test(serves_standard_input),
      cmocka_unit_test(exit_statuses),
      cmocka_unit_test(passphrases_from_files),
      cmocka_unit_test(passphrases_from_a_descriptor),
      cmocka_unit_test(passphrases_from_credentials),
      cmocka_unit_test(no_passphrase_and_no_terminal),
      cmocka_unit_test(a_person_may_mistype),
      cmocka_unit_test(three_times),
      cmocka_unit_test(a_question_can_be_ended),
      cmocka_unit_test(a_question_ends_with_the_publisher),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
