/* The program onionbalance-signer with encrypted keys: each source of a
 * passphrase. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "program.h"

static int setup(void **state)
{
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  return sodium_init() < 0 ? -1 : 0;
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
  program_start(&s, words, NULL);
  r = program_hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  program_next(&s, &r);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, two) && says(&r, "/bad does not fit"));
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
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
  passed = fcntl(ends[0], F_DUPFD, PROGRAM_FD + 1);
  close(ends[0]);
  snprintf(number, sizeof number, "%d", passed);
  assert_int_equal(write(ends[1], lines, sizeof lines - 1), sizeof lines - 1);
  close(ends[1]);
  program_start(&s, words, NULL);
  close(passed);
  r = program_hello(&s);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(r.status, WIRE_STATUS_GOOD);
    assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
    if (i < 2) {
      program_next(&s, &r);
    }
  }
  assert_int_equal(program_stop(&s), 0);
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
  program_start_keys(&s, keys);
  unsetenv("CREDENTIALS_DIRECTORY");
  r = program_hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_int_equal(program_stop(&s), 0);
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
  program_start_keys(&s, keys);
  r = program_hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, path) && says(&r, "nor a terminal to ask on"));
  assert_int_equal(program_stop(&s), 0);
}

static void start_on_terminal(struct signer *s, struct screen *pty, const char *name)
{
  char path[FIXTURE_PATH];
  const char *words[] = {"--key", fixture_key(name, path), NULL};

  *pty = (struct screen){0};
  program_start(s, words, pty);
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
  r = program_hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_GOOD);
  assert_hex(r.public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_true(screen_is_echoing(&pty));
  assert_false(screen_has(&pty, "correct"));
  program_use(&s, 0);
  assert_int_equal(program_stop(&s), 0);
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
  r = program_hello(&s);
  assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
  assert_true(says(&r, "sealed_aes128.pem is encrypted, and the passphrase that was typed does "
                       "not fit"));
  assert_int_equal(program_stop(&s), 0);
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
    r = program_hello(&s);
    assert_int_equal(r.status, WIRE_STATUS_ENCRYPTED);
    assert_true(says(&r, "no passphrase was typed"));
    assert_true(screen_is_echoing(&pty));
    assert_int_equal(program_stop(&s), 0);
  }
}

static void a_question_ends_with_the_publisher(void **state)
{
  struct screen pty CLEANUP(screen_deinit) = {0};
  struct signer s;

  (void)state;
  start_on_terminal(&s, &pty, "sealed_aes256.pem");
  assert_int_equal(program_stop(&s), 0);
  assert_true(screen_is_echoing(&pty));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
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
