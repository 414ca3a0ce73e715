#include "signer/makeverb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "running.h"

#define TOR_ONION "cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion"

/* FOLDER/NAME. */
static const char *place(const struct running *s, const char *name, char path[FIXTURE_PATH])
{
  snprintf(path, FIXTURE_PATH, "%.4000s/%s", s->folder, name);
  return path;
}

static void read_file(const char *path, struct buf *out)
{
  FILE *f = fopen(path, "rb");

  assert_non_null(f);
  buf_used(out, fread(buf_reserve(out, 4096), 1, 4096, f));
  fclose(f);
}

static void assert_same_file(const char *a, const char *b)
{
  struct buf one CLEANUP(buf_deinit) = {0};
  struct buf other CLEANUP(buf_deinit) = {0};

  read_file(a, &one);
  read_file(b, &other);
  assert_true(one.n > 0);
  assert_true(slice_equal(buf_slice(&one), buf_slice(&other)));
}

static void assert_mode(const char *path, mode_t mode)
{
  struct stat st;

  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, mode);
}

static void a_key_is_generated(void **state)
{
  struct running *s = *state;
  char key[FIXTURE_PATH], passphrase[FIXTURE_PATH], named[FIXTURE_PATH], onion[63] = "";

  place(s, "new.key", key);
  assert_int_equal(RUN(s, "generate", "--no-passphrase", "-o", key), 0);
  assert_true(fixture_has(&s->said, "new.key: the key of "));
  assert_true(fixture_has(&s->said, ".onion, not encrypted\n"));
  assert_mode(key, 0600);
  assert_int_equal(RUN(s, "verify", "--key", key), 0);
  assert_int_equal(RUN(s, "generate", "--no-passphrase", "-o", key), 1);
  assert_true(fixture_has(&s->said, "new.key: File exists"));
  /* Into a folder: the address is the name. */
  fixture_write(s->folder, "passphrase", slice_str(FIXTURE_PASSPHRASE "\n"), 0600, passphrase);
  assert_int_equal(RUN(s, "generate", "--new-passphrase-file", passphrase, "-o", s->folder), 0);
  assert_true(fixture_has(&s->said, ".onion, encrypted\n"));
  memcpy(onion, strstr(buf_str(&s->said), ".key: the key of ") + strlen(".key: the key of "), 62);
  snprintf(named, sizeof named, "%.4000s/%.56s.key", s->folder, onion);
  assert_int_equal(
      RUN(s, "verify", "--key", named, "--passphrase-file", passphrase, "--address", onion), 0);
}

static void nothing_is_generated_by_mistake(void **state)
{
  struct running *s = *state;
  char key[FIXTURE_PATH], empty[FIXTURE_PATH];
  struct stat st;

  place(s, "new.key", key);
  assert_int_equal(RUN(s, "generate", key), 2);
  assert_int_equal(RUN(s, "generate", "-o", key, "--format", "der", "--no-passphrase"), 2);
  assert_true(fixture_has(&s->said, "'der' is neither pem nor tor"));
  fixture_write(s->folder, "empty", slice_str("\n"), 0600, empty);
  assert_int_equal(RUN(s, "generate", "-o", key, "--new-passphrase-file", empty), 1);
  assert_true(fixture_has(&s->said, "/empty is empty"));
  assert_int_equal(RUN(s, "generate", "-o", key, "--new-passphrase-file", "/nonexistent"), 1);
  assert_true(stat(key, &st) < 0);
}

/* On a terminal: the passphrase is typed twice, and not shown. */
static void passphrases_are_typed_twice(void **state)
{
  struct running *s = *state;
  char key[FIXTURE_PATH], passphrase[FIXTURE_PATH];
  char *argv[] = {(char *)(uintptr_t) "onionbalance-signer", (char *)(uintptr_t) "generate",
                  (char *)(uintptr_t) "-o", key, NULL};
  struct screen screen = {0};
  int status;
  pid_t pid;

  place(s, "new.key", key);
  pid = forkpty(&screen.master, NULL, NULL, NULL);
  assert_true(pid >= 0);
  if (pid == 0) {
    program_exec(argv);
  }
  screen_expect(&screen, "Passphrase for the new file (empty: none): ", 1);
  screen_type(&screen, "one\n");
  screen_expect(&screen, "The same again: ", 1);
  screen_type(&screen, "other\n");
  screen_expect(&screen, "They differ. Passphrase for the new file", 1);
  screen_type(&screen, FIXTURE_PASSPHRASE "\n");
  screen_expect(&screen, "The same again: ", 2);
  screen_type(&screen, FIXTURE_PASSPHRASE "\n");
  screen_expect(&screen, ".onion, encrypted", 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_false(screen_has(&screen, FIXTURE_PASSPHRASE));
  screen_deinit(&screen);
  fixture_write(s->folder, "passphrase", slice_str(FIXTURE_PASSPHRASE), 0600, passphrase);
  assert_int_equal(RUN(s, "verify", "--key", key, "--passphrase-file", passphrase), 0);
}

/* From the paper the same file comes back. */
static void a_backup_restores_the_key(void **state)
{
  struct running *s = *state;
  char tor[FIXTURE_PATH], paper[FIXTURE_PATH], again[FIXTURE_PATH], pem[FIXTURE_PATH];

  fixture_key("hs_ed25519_secret_key", tor);
  place(s, "paper", paper);
  place(s, "again", again);
  place(s, "pem", pem);
  assert_int_equal(RUN(s, "backup", "--key", tor, "-o", paper), 0);
  assert_true(fixture_has(&s->said, "these words are the key itself"));
  assert_mode(paper, 0600);
  assert_int_equal(RUN(s, "restore", "--check", paper), 0);
  assert_true(fixture_has(&s->said, "the backup is the key of " TOR_ONION "; it works\n"));
  assert_int_equal(RUN(s, "restore", "-o", again, paper), 0);
  assert_same_file(tor, again);
  assert_int_equal(RUN(s, "restore", "-o", pem, "--format", "pem", paper), 1);
  assert_true(fixture_has(&s->said, "cannot become a PEM file"));
  unlink(paper);
  assert_int_equal(RUN(s, "backup", "--key", s->key), 0);
  assert_true(fixture_has(&s->said, "onionbalance-key 1 seed\naddress "));
  assert_int_equal(RUN(s, "backup", "--key", s->key, "-o", paper), 0);
  assert_int_equal(RUN(s, "restore", "--no-passphrase", "-o", pem, paper), 0);
  assert_same_file(s->key, pem);
}

static void bad_backups_are_refused(void **state)
{
  struct running *s = *state;
  char paper[FIXTURE_PATH], key[FIXTURE_PATH];
  struct stat st;

  place(s, "key", key);
  fixture_write(s->folder, "paper", slice_str("onionbalance-key 1 seed\naddress x\n1 babad\n"),
                0600, paper);
  assert_int_equal(RUN(s, "restore", "--no-passphrase", "-o", key, paper), 1);
  assert_true(fixture_has(&s->said, "/paper ends in row 1 before word 2"));
  assert_int_equal(RUN(s, "restore", "--check", "/nonexistent"), 1);
  assert_int_equal(RUN(s, "restore", paper, paper), 2);
  assert_int_equal(RUN(s, "backup"), 2);
  assert_true(fixture_has(&s->said, "backup: needs --key FILE, once"));
  assert_int_equal(RUN(s, "backup", "--key", s->key, "--key", s->key), 2);
  assert_int_equal(RUN(s, "backup", "--key", "/nonexistent"), 1);
  assert_int_equal(RUN(s, "backup", "--key", s->key, "-o", "/nonexistent/paper"), 1);
  assert_true(stat(key, &st) < 0);
}

static void keys_are_imported(void **state)
{
  struct running *s = *state;
  char sealed[FIXTURE_PATH], passphrase[FIXTURE_PATH], open[FIXTURE_PATH], tor[FIXTURE_PATH];

  fixture_key("sealed_pkey.pem", sealed);
  fixture_write(s->folder, "passphrase", slice_str(FIXTURE_PASSPHRASE), 0600, passphrase);
  place(s, "open", open);
  place(s, "tor", tor);
  assert_int_equal(RUN(s, "import", "--key", sealed, "--passphrase-file", passphrase, "-o", open,
                       "--no-passphrase"),
                   0);
  assert_same_file(s->key, open); /* the same key, as openssl encrypted it */
  assert_int_equal(RUN(s, "import", "--key", s->key, "-o", tor, "--format", "tor"), 0);
  assert_true(fixture_has(&s->said, ".onion, in Tor's format\n"));
  assert_int_equal(RUN(s, "import", "--key", tor, "-o", sealed), 1);
  assert_true(fixture_has(&s->said, "File exists"));
  assert_int_equal(RUN(s, "import", "--key", tor, "--new-passphrase-file", passphrase), 1);
  assert_true(fixture_has(&s->said, "stays in Tor's format, which has no encryption"));
}

/* Tor's folder: the key, its public key and the hostname belong together. */
static void what_tor_wrote_beside_is_compared(void **state)
{
  struct running *s = *state;
  struct buf content CLEANUP(buf_deinit) = {0};
  char key[FIXTURE_PATH], path[FIXTURE_PATH], out[FIXTURE_PATH];

  fixture_load("hs_ed25519_secret_key", &content);
  fixture_write(s->folder, "hs_ed25519_secret_key", buf_slice(&content), 0600, key);
  fixture_write(s->folder, "hostname", slice_str(TOR_ONION "\n"), 0600, path);
  place(s, "one", out);
  assert_int_equal(RUN(s, "import", "--key", key, "-o", out), 0);
  assert_same_file(key, out);
  fixture_write(s->folder, "hostname", slice_str("other.onion\n"), 0600, path);
  place(s, "three", out);
  assert_int_equal(RUN(s, "import", "--key", key, "-o", out), 1);
  assert_true(fixture_has(&s->said, "/hostname is not of the key beside it, "));
  unlink(path);
  fixture_write(s->folder, "hs_ed25519_public_key", slice_str("x"), 0600, path);
  assert_int_equal(RUN(s, "import", "--key", key, "-o", out), 1);
  assert_true(fixture_has(&s->said, "/hs_ed25519_public_key is not of the key beside it, "));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_key_is_generated, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(nothing_is_generated_by_mistake, running_setup,
                                      running_teardown),
      cmocka_unit_test_setup_teardown(passphrases_are_typed_twice, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(a_backup_restores_the_key, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(bad_backups_are_refused, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(keys_are_imported, running_setup, running_teardown),
      cmocka_unit_test_setup_teardown(what_tor_wrote_beside_is_compared, running_setup,
                                      running_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
