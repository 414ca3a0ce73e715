/* The program onionbalance-signer: keys, requests, standard streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <time.h>

#include "program.h"

#include "signer/onion.h"

static int setup(void **state)
{
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  return sodium_init() < 0 ? -1 : 0;
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
  program_start_keys(&s, keys);
  client_hello(s.client);
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_TOR_PUBLIC);
  program_use(&s, 0);
  program_use(&s, 1);
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
}

/* In its sandbox, too: a line for each certificate, none for blinding. */
static void writes_a_journal(void **state)
{
  char folder[FIXTURE_PATH], path[FIXTURE_PATH + 16], key[FIXTURE_PATH];
  char text[4096] = "";
  const char *words[] = {"--journal", path, "--key", fixture_key("ed25519.pem", key), NULL};
  struct signer s;
  FILE *f;

  (void)state;
  fixture_folder(folder);
  snprintf(path, sizeof path, "%s/journal", folder);
  program_start(&s, words, NULL);
  (void)program_hello(&s);
  program_use(&s, 0);
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
  f = fopen(path, "rb");
  assert_non_null(f);
  assert_true(fread(text, 1, sizeof text - 1, f) > 0);
  fclose(f);
  assert_non_null(strstr(text, ".onion period "));
  assert_non_null(strstr(text, " by the one who started it\n"));
  assert_non_null(strchr(strchr(text, '\n') + 1, '\n')); /* two lines */
  unlink(path);
  rmdir(folder);
  words[1] = "/nonexistent/journal";
  program_start(&s, words, NULL);
  assert_int_equal(program_stop(&s), 1);
}

/* In its sandbox, too: what the operator appends is read on. */
static void reads_approvals_as_they_come(void **state)
{
  static const char line[] = "2026-11-22 15:44:40 %s period 1000000/1440 keys 1\n";
  const struct wire_period far = {1000000, 1440};
  char folder[FIXTURE_PATH], path[FIXTURE_PATH + 16], key[FIXTURE_PATH];
  const char *words[] = {"--approvals", path, "--key", fixture_key("ed25519.pem", key), NULL};
  char onion[ONION_TEXT_SIZE];
  struct client_result r;
  struct signer s;
  FILE *f;

  (void)state;
  fixture_folder(folder);
  snprintf(path, sizeof path, "%s/approvals", folder);
  program_start(&s, words, NULL);
  r = program_hello(&s);
  onion_format(s.suite, r.public_key, onion);
  assert_int_equal(client_blind(s.client, 1, 0, &far), 0);
  program_next(&s, &r);
  assert_true(r.refused);
  f = fopen(path, "ab");
  assert_non_null(f);
  assert_true(fprintf(f, line, onion) > 0);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(client_blind(s.client, 2, 0, &far), 0);
  program_next(&s, &r);
  assert_false(r.refused);
  assert_int_equal(program_stop(&s), 0);
  unlink(path);
  rmdir(folder);
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
  program_start_keys(&s, keys);
  client_hello(s.client);
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_UNREADABLE);
  assert_true(slice_is(r.text, "cannot read /nonexistent/x.key: No such file or directory"));
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(slice_has_prefix(r.text, encrypted));
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  program_use(&s, 2); /* the bad ones do not keep the good one from work */
  assert_int_equal(program_stop(&s), 0);
}

static void refuses_the_far_future(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct client_certify what = {.period = program_period(),
                                .expiration_hours = program_expiration() + 999};
  struct wire_period far = {program_period().number + 30, 1440};
  struct client_result r;
  struct signer s;

  (void)state;
  program_start_keys(&s, keys);
  client_hello(s.client);
  program_next(&s, &r);
  assert_int_equal(client_blind(s.client, 1, 0, &far), 0);
  program_next(&s, &r);
  assert_true(r.refused);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
  assert_int_equal(client_certify(s.client, 2, &what), 0);
  program_next(&s, &r);
  assert_true(r.refused);
  assert_int_equal(r.error, WIRE_ERROR_POLICY);
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
}

static void garbage_ends_it(void **state)
{
  char pem[FIXTURE_PATH];
  const char *keys[] = {fixture_key("ed25519.pem", pem), NULL};
  struct signer s;
  char byte;

  (void)state;
  program_start_keys(&s, keys);
  assert_int_equal(send(s.fd, "EHLO example.com\r\n", 18, 0), 18);
  assert_int_equal(recv(s.fd, &byte, 1, 0), 0);
  assert_int_equal(program_stop(&s), 1);
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
  program_start_keys(&s, keys);
  client_hello(s.client);
  program_next(&s, &r); /* it runs, and has set its signals */
  assert_int_equal(kill(s.pid, SIGTERM), 0);
  assert_int_equal(kill(s.pid, SIGINT), 0);
  assert_int_equal(kill(s.pid, SIGHUP), 0);
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
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
  program_start_keys(&s, keys);
  client_hello(s.client);
  program_next(&s, &r);
  snprintf(path, sizeof path, "/proc/%d/mem", (int)s.pid);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_uid, 0); /* what is not dumpable belongs to root */
  assert_int_equal(program_stop(&s), 0);
}

/* Standard input and output, as behind "ssh host onionbalance-signer". The
 * exit status and what it printed for the given command line and input. */
static int run_filter(const char *const *words, struct slice input, struct buf *output)
{
  char *argv[PROGRAM_MAX_WORDS] = {NULL};
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
    program_exec(argv);
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_keys_of_both_formats),
      cmocka_unit_test(writes_a_journal),
      cmocka_unit_test(reads_approvals_as_they_come),
      cmocka_unit_test(says_what_is_wrong_with_keys),
      cmocka_unit_test(refuses_the_far_future),
      cmocka_unit_test(garbage_ends_it),
      cmocka_unit_test(group_signals_do_not_end_it),
      cmocka_unit_test(its_memory_is_closed_to_others),
      cmocka_unit_test(serves_standard_input),
      cmocka_unit_test(exit_statuses),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
