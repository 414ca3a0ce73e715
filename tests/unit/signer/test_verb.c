/* What the program does besides serving, from its command line. */
#include "signer/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include <fcntl.h>
#include <glob.h>

struct scene {
  char folder[FIXTURE_PATH], key[FIXTURE_PATH], out[FIXTURE_PATH];
  struct buf said; /* by both streams */
};

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);

  fixture_folder(s->folder);
  fixture_key("ed25519.pem", s->key);
  snprintf(s->out, sizeof s->out, "%.4000s/said", s->folder);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;
  char command[FIXTURE_PATH + 16];

  snprintf(command, sizeof command, "rm -r '%.4000s'", s->folder);
  assert_int_equal(system(command), 0);
  buf_deinit(&s->said);
  free(s);
  return 0;
}

/* Runs the program with these words; its status. */
static int run(struct scene *s, const char *const *words)
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

#define RUN(s, ...) run(s, (const char *const[]){__VA_ARGS__, NULL})

/* The recipient of the folder. */
static void make_recipient(struct scene *s, char out[80])
{
  assert_int_equal(RUN(s, "recipient", s->folder), 0);
  assert_int_equal(s->said.n, 63);
  memcpy(out, s->said.p, 62);
  out[62] = '\0';
}

static void a_recipient_is_made_once(void **state)
{
  struct scene *s = *state;
  char path[FIXTURE_PATH + 16], first[80], second[80];
  struct stat st;

  make_recipient(s, first);
  make_recipient(s, second);
  assert_string_equal(first, second);
  snprintf(path, sizeof path, "%s/recipient.key", s->folder);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(RUN(s, "recipient"), 2);
  assert_int_equal(RUN(s, "recipient", "/nonexistent"), 1);
  assert_true(fixture_has(&s->said, "cannot write /nonexistent/recipient.key: No such file"));
}

static void bundles_are_made_and_installed(void **state)
{
  struct scene *s = *state;
  char recipient[80], pattern[FIXTURE_PATH + 32], offline[FIXTURE_PATH + 16];
  glob_t found;

  make_recipient(s, recipient);
  snprintf(offline, sizeof offline, "%s/offline", s->folder);
  assert_int_equal(mkdir(offline, 0700), 0);
  assert_int_equal(
      RUN(s, "bundle", "--to", recipient, "--days", "30", "--key", s->key, "-o", offline), 0);
  assert_true(fixture_has(&s->said, ".bundle: 3")); /* 31 or 32 time periods */
  assert_int_equal(
      RUN(s, "bundle", "--to", recipient, "--days", "30", "--key", s->key, "-o", offline), 1);
  assert_true(fixture_has(&s->said, "File exists"));
  snprintf(pattern, sizeof pattern, "%s/*.bundle", offline);
  assert_int_equal(glob(pattern, 0, NULL, &found), 0);
  assert_int_equal(found.gl_pathc, 1);
  assert_int_equal(RUN(s, "install", "--into", s->folder, found.gl_pathv[0]), 0);
  assert_int_equal(RUN(s, "install", "--into", s->folder, found.gl_pathv[0]), 0); /* once more */
  assert_true(fixture_has(&s->said, ".bundle: for "));
  assert_int_equal(RUN(s, "install", "--into", offline, found.gl_pathv[0]), 1);
  assert_true(fixture_has(&s->said, "there is no "));
  assert_int_equal(RUN(s, "install", "--into", s->folder, s->key), 1);
  assert_true(fixture_has(&s->said, "is not a bundle of onionbalance-signer"));
  globfree(&found);
}

static void wrong_use_says_what_is_wrong(void **state)
{
  struct scene *s = *state;
  char to[80];

  make_recipient(s, to);
  assert_int_equal(RUN(s, "bundle", "--to", to, "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "for how long? --days N"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "--to RECIPIENT"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", "obr1x", "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "is it mistyped?"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", to), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "0", "--to", to, "--key", s->key), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "3661", "--to", to, "--key", s->key), 2);
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--from", "x", "--to", to, "--key", s->key), 2);
  assert_true(fixture_has(&s->said, "'x' is not a date"));
  assert_int_equal(
      RUN(s, "bundle", "--days", "3", "--from", "2020-01-01", "--to", to, "--key", s->key), 1);
  assert_true(fixture_has(&s->said, "from 2020-01-01 on are over"));
  assert_int_equal(
      RUN(s, "bundle", "--days", "3", "--from", "2999-01-01", "--to", to, "--key", s->key), 1);
  assert_int_equal(
      RUN(s, "bundle", "--days", "3000", "--period-minutes", "5", "--to", to, "--key", s->key), 1);
  assert_true(fixture_has(&s->said, "take fewer days"));
  assert_int_equal(RUN(s, "bundle", "--days", "3", "--to", to, "--key", "/nonexistent"), 1);
  assert_true(fixture_has(&s->said, "cannot read /nonexistent"));
  assert_int_equal(RUN(s, "install", s->key), 2);
}

static void a_key_is_verified(void **state)
{
  static const char onion[] = "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion";
  struct scene *s = *state;
  char tor[FIXTURE_PATH], sealed[FIXTURE_PATH], passphrase[FIXTURE_PATH];

  fixture_key("hs_ed25519_secret_key", tor);
  assert_int_equal(RUN(s, "verify", "--key", tor, "--address", onion), 0);
  assert_true(fixture_has(&s->said, onion));
  assert_true(fixture_has(&s->said, "it works"));
  assert_int_equal(RUN(s, "verify", "--key", tor, "--key", s->key), 0);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--address", onion), 1);
  assert_true(fixture_has(&s->said, ", and not of 'cdwf"));
  assert_false(fixture_has(&s->said, "it works"));
  fixture_key("sealed_pkey.pem", sealed);
  fixture_write(s->folder, "passphrase", slice_str(FIXTURE_PASSPHRASE), 0600, passphrase);
  assert_int_equal(RUN(s, "verify", "--key", sealed, "--passphrase-file", passphrase), 0);
  fixture_write(s->folder, "passphrase", slice_str("wrong"), 0600, passphrase);
  assert_int_equal(RUN(s, "verify", "--key", sealed, "--passphrase-file", passphrase), 1);
  assert_true(fixture_has(&s->said, "does not fit"));
}

static void verifying_wrongly_says_what_is_wrong(void **state)
{
  struct scene *s = *state;
  char path[FIXTURE_PATH];

  assert_int_equal(RUN(s, "verify"), 2);
  assert_true(fixture_has(&s->said, "no keys; --key FILE"));
  assert_int_equal(RUN(s, "verify", "--key", s->key, s->key), 2);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--key", s->key, "--address", "x"), 2);
  assert_int_equal(RUN(s, "--key", s->key, "--address", "x"), 2);
  assert_true(fixture_has(&s->said, "is an option of 'onionbalance-signer verify'"));
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--address", ""), 1);
  assert_int_equal(RUN(s, "verify", "--key", "/nonexistent"), 1);
  fixture_write(s->folder, "bad", slice_str("x"), 0600, path);
  assert_int_equal(RUN(s, "verify", "--key", s->key, "--key", path), 1);
  assert_false(fixture_has(&s->said, "it works"));
}

static void key_files_are_inspected(void **state)
{
  struct scene *s = *state;
  struct buf secret = {0};
  char tor[FIXTURE_PATH], sealed[FIXTURE_PATH], other[FIXTURE_PATH], open[FIXTURE_PATH];

  fixture_key("hs_ed25519_secret_key", tor);
  assert_int_equal(RUN(s, "inspect", tor), 0);
  assert_true(fixture_has(&s->said, "format:  Tor's hs_ed25519_secret_key, not encrypted\n"));
  assert_true(fixture_has(&s->said, "address: cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxceb"));
  fixture_load("ed25519.pem", &secret);
  fixture_write(s->folder, "open", buf_slice(&secret), 0640, open);
  assert_int_equal(RUN(s, "inspect", open), 0);
  assert_true(fixture_has(&s->said, "format:  PEM (PKCS#8), not encrypted\n  mode:    0640\n"));
  assert_true(fixture_has(&s->said, "onionbalance-signer: ")); /* the warning */
  fixture_key("sealed_pkey.pem", sealed);
  assert_int_equal(RUN(s, "inspect", sealed), 0);
  assert_true(fixture_has(&s->said, "format:  PEM (PKCS#8), encrypted\n"));
  assert_true(fixture_has(&s->said, "not to be known without the passphrase"));
  fixture_key("x25519.pem", other);
  assert_int_equal(RUN(s, "inspect", tor, other), 1);
  assert_true(fixture_has(&s->said, "another kind than Ed25519"));
  assert_int_equal(RUN(s, "inspect", "/nonexistent"), 1);
  assert_int_equal(RUN(s, "inspect"), 2);
  buf_deinit(&secret);
}

#define ADDRESS "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion"

/* Only a file that is there: a signer has made it. */
static void approvals_are_appended(void **state)
{
  struct scene *s = *state;
  char path[FIXTURE_PATH];
  const char *words[] = {"allow",    "--approvals", path,    "--keys", "7",
                         "--period", "20779/1440",  ADDRESS, NULL};
  const char *bad[] = {"allow", "--approvals", path, "--period", "20779/1440", "x" ADDRESS, NULL};
  CLEANUP(buf_deinit) struct buf content = {0};
  FILE *f;

  snprintf(path, sizeof path, "%.4000s/nothing", s->folder);
  assert_int_equal(run(s, words), 1);
  assert_true(fixture_has(&s->said, "No such file or directory (a signer makes it"));
  fixture_write(s->folder, "approvals", slice_str("cut"), 0600, path);
  assert_int_equal(run(s, words), 0);
  assert_true(fixture_has(&s->said, " " ADDRESS " period 20779/1440 keys 7\n"));
  words[3] = "--keys=1000";
  words[4] = "--period=20780/1440";
  words[5] = ADDRESS;
  words[6] = NULL;
  assert_int_equal(run(s, words), 0);
  f = fopen(path, "rb");
  assert_non_null(f);
  buf_used(&content, fread(buf_reserve(&content, 4096), 1, 4096, f));
  fclose(f);
  assert_memory_equal(buf_str(&content), "cut\n20", 6);
  assert_true(fixture_has(&content, " keys 7\n20"));
  assert_true(fixture_has(&content, " period 20780/1440 keys 1000\n"));
  assert_int_equal(run(s, bad), 2);
  assert_true(fixture_has(&s->said, "is no address of a frontend"));
  bad[4] = "20779";
  assert_int_equal(run(s, bad), 2);
  assert_true(fixture_has(&s->said, "is not NUMBER/MINUTES"));
  bad[5] = NULL;
  assert_int_equal(run(s, bad), 2);
  assert_true(fixture_has(&s->said, "allow: needs --approvals FILE"));
}

static void knows_its_verbs(void **state)
{
  (void)state;
  assert_true(verb_is("bundle") && verb_is("install") && verb_is("recipient"));
  assert_false(verb_is("bundles") || verb_is("") || verb_is("/etc/key"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_recipient_is_made_once, setup, teardown),
      cmocka_unit_test_setup_teardown(bundles_are_made_and_installed, setup, teardown),
      cmocka_unit_test_setup_teardown(wrong_use_says_what_is_wrong, setup, teardown),
      cmocka_unit_test_setup_teardown(a_key_is_verified, setup, teardown),
      cmocka_unit_test_setup_teardown(verifying_wrongly_says_what_is_wrong, setup, teardown),
      cmocka_unit_test_setup_teardown(key_files_are_inspected, setup, teardown),
      cmocka_unit_test_setup_teardown(approvals_are_appended, setup, teardown),
      cmocka_unit_test(knows_its_verbs),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
