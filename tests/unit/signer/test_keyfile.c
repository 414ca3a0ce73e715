#include "signer/keyfile.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

static char folder[FIXTURE_PATH];

static int setup(void **state)
{
  (void)state;
  fixture_folder(folder);
  return sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  return rmdir(folder);
}

/* Everything that comes back, the secret part judged already. */
struct outcome {
  enum wire_status status;
  bool has_seed;
  uint8_t public_key[32];
  struct buf text;
};

static void outcome_deinit(struct outcome *o)
{
  buf_deinit(&o->text);
}

static void judge_good(const struct keyfile_key *key)
{
  uint8_t public_key[32];
  uint8_t expanded[ED25519_EXPANDED_SIZE];

  assert_int_equal(ed25519_public_of(key->expanded, public_key), 0);
  assert_memory_equal(public_key, key->public_key, 32);
  if (key->has_seed) {
    ed25519_expand(key->seed, expanded);
    assert_memory_equal(expanded, key->expanded, sizeof expanded);
  } else {
    assert_true(sodium_is_zero(key->seed, sizeof key->seed));
  }
}

/* A good key belongs to its public key and its seed; a bad one leaves nothing. */
static void judge(struct outcome *o, const struct keyfile_key *key)
{
  if (o->status == WIRE_STATUS_GOOD) {
    judge_good(key);
  } else {
    assert_true(sodium_is_zero((const uint8_t *)key, sizeof *key));
    assert_true(o->text.n > 0);
  }
  o->has_seed = key->has_seed;
  memcpy(o->public_key, key->public_key, 32);
}

static struct outcome parse(struct slice content)
{
  struct keyfile_key read;
  struct outcome o = {0};

  memset(&read, 0xee, sizeof read);
  o.status = keyfile_parse(content, NULL, &read, &o.text);
  judge(&o, &read);
  return o;
}

static struct outcome parse_vector(const char *name)
{
  struct buf content CLEANUP(buf_deinit) = {0};

  fixture_load(name, &content);
  return parse(buf_slice(&content));
}

static struct outcome load(const char *path)
{
  struct keyfile_key read;
  struct outcome o = {0};

  memset(&read, 0xee, sizeof read);
  o.status = keyfile_load(path, NULL, &read, &o.text);
  judge(&o, &read);
  return o;
}

/* A file of the given content and mode, loaded. */
static struct outcome load_content(struct slice content, mode_t mode)
{
  char path[FIXTURE_PATH];
  struct outcome o;

  fixture_write(folder, "key", content, mode, path);
  o = load(path);
  assert_true(o.text.n == 0 || fixture_has(&o.text, path));
  unlink(path);
  return o;
}

static void reads_both_formats(void **state)
{
  struct outcome pem CLEANUP(outcome_deinit) = parse_vector("ed25519.pem");
  struct outcome tor CLEANUP(outcome_deinit) = parse_vector("hs_ed25519_secret_key");

  (void)state;
  assert_int_equal(pem.status, WIRE_STATUS_GOOD);
  assert_hex(pem.public_key, 32, FIXTURE_PEM_PUBLIC);
  assert_int_equal(pem.text.n, 0);
  assert_int_equal(tor.status, WIRE_STATUS_GOOD);
  assert_hex(tor.public_key, 32, FIXTURE_TOR_PUBLIC);
  assert_int_equal(tor.text.n, 0);
}

static void names_what_other_files_are(void **state)
{
  static const struct {
    const char *name;
    enum wire_status status;
    const char *part;
  } files[] = {
      {"encrypted.pem", WIRE_STATUS_ENCRYPTED, "is encrypted"},
      {"x25519.pem", WIRE_STATUS_FORMAT, "another kind than Ed25519"},
      {"public.pem", WIRE_STATUS_FORMAT, "'PUBLIC KEY'"},
      {"ec_old.pem", WIRE_STATUS_FORMAT, "'EC PRIVATE KEY'"},
      {"ec_old_encrypted.pem", WIRE_STATUS_FORMAT, "'EC PRIVATE KEY'"},
      {"hs_ed25519_public_key", WIRE_STATUS_FORMAT, "holds a public key"},
      {"sealed_scrypt.pem", WIRE_STATUS_ENCRYPTED, "needs a passphrase"},
      {"sealed_slow.pem", WIRE_STATUS_FORMAT,
       "more work than we are ready to do (PBKDF2: 10000000"},
      {"sealed_des3.pem", WIRE_STATUS_FORMAT, "encrypted in a way that cannot be read"},
      {"sealed_v1.pem", WIRE_STATUS_FORMAT, "encrypted in a way that cannot be read"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    struct outcome o CLEANUP(outcome_deinit) = parse_vector(files[i].name);

    assert_int_equal(o.status, files[i].status);
    assert_true(fixture_has(&o.text, files[i].part));
  }
}

static void refuses_every_cut(void **state)
{
  static const char *const names[] = {"ed25519.pem", "hs_ed25519_secret_key", "sealed_python.pem",
                                      "sealed_scrypt.pem"};

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct buf content CLEANUP(buf_deinit) = {0};

    fixture_load(names[i], &content);
    /* A PEM file may lack its last line end. */
    for (size_t n = 0; n < content.n - 1; n++) {
      struct outcome o CLEANUP(outcome_deinit) = parse(slice_of(content.p, n));

      assert_int_equal(o.status, WIRE_STATUS_FORMAT);
    }
  }
}

static void refuses_tor_keys_that_are_no_keys(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct outcome o;

  (void)state;
  fixture_load("hs_ed25519_secret_key", &content);
  buf_add_u8(&content, 0);
  o = parse(buf_slice(&content));
  assert_int_equal(o.status, WIRE_STATUS_FORMAT);
  assert_true(fixture_has(&o.text, "97 bytes"));
  outcome_deinit(&o);
  content.n--;
  content.p[25] = '1'; /* type1 */
  o = parse(buf_slice(&content));
  assert_int_equal(o.status, WIRE_STATUS_FORMAT);
  outcome_deinit(&o);
}

/* The second half lost: what a rewrite of Onionbalance did in 2026. */
static void refuses_half_a_key(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct outcome o;

  (void)state;
  fixture_load("hs_ed25519_secret_key", &content);
  memset(content.p + 64, 0, 32);
  o = parse(buf_slice(&content));
  assert_int_equal(o.status, WIRE_STATUS_WEAK);
  outcome_deinit(&o);
  memset(content.p + 32, 0, 32);
  o = parse(buf_slice(&content));
  assert_int_equal(o.status, WIRE_STATUS_WEAK);
  outcome_deinit(&o);
}

/* A seed and its public key, as libsodium and Go keep them, under tor's header. */
static void refuses_a_pair(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  struct outcome o;

  (void)state;
  fixture_load("hs_ed25519_secret_key", &content);
  ed25519_expand(content.p + 32, expanded);
  assert_int_equal(ed25519_public_of(expanded, content.p + 64), 0);
  o = parse(buf_slice(&content));
  assert_int_equal(o.status, WIRE_STATUS_WEAK);
  outcome_deinit(&o);
}

/* What comes of an encrypted key and one passphrase. */
static struct outcome parse_sealed(const char *name, const char *passphrase)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct slice value = slice_str(passphrase);
  struct keyfile_key read;
  struct outcome o = {0};

  memset(&read, 0xee, sizeof read);
  fixture_load(name, &content);
  o.status = keyfile_parse(buf_slice(&content), &value, &read, &o.text);
  judge(&o, &read);
  return o;
}

static void passphrases_open_keys(void **state)
{
  static const struct {
    const char *name;
    const char *passphrase;
    enum wire_status status;
    const char *part;
  } rows[] = {
      {"sealed_aes256.pem", FIXTURE_PASSPHRASE, WIRE_STATUS_GOOD, NULL},
      {"sealed_scrypt.pem", FIXTURE_PASSPHRASE, WIRE_STATUS_GOOD, NULL},
      {"ed25519.pem", FIXTURE_PASSPHRASE, WIRE_STATUS_GOOD, NULL}, /* not needed */
      {"sealed_aes256.pem", "x", WIRE_STATUS_ENCRYPTED, "does not open with this passphrase"},
      {"sealed_aes256.pem", "", WIRE_STATUS_ENCRYPTED, "does not open with this passphrase"},
      {"sealed_x25519.pem", FIXTURE_PASSPHRASE, WIRE_STATUS_FORMAT, "another kind than Ed25519"},
      {"sealed_x25519.pem", "x", WIRE_STATUS_ENCRYPTED, "does not open"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct outcome o CLEANUP(outcome_deinit) = parse_sealed(rows[i].name, rows[i].passphrase);

    assert_int_equal(o.status, rows[i].status);
    if (rows[i].part == NULL) {
      assert_hex(o.public_key, 32, FIXTURE_PEM_PUBLIC);
      assert_int_equal(o.text.n, 0);
    } else {
      assert_true(fixture_has(&o.text, rows[i].part));
    }
  }
}

/* One wrong passphrase in 256 leaves no sign of it in the padding: what comes
 * out is no key then. */
static void no_wrong_passphrase_passes(void **state)
{
  (void)state;
  for (unsigned i = 0; i < 600; i++) {
    struct outcome o CLEANUP(outcome_deinit) = {0};
    char passphrase[16];

    snprintf(passphrase, sizeof passphrase, "%u", i);
    o = parse_sealed("sealed_x25519.pem", passphrase); /* one round */
    assert_int_equal(o.status, WIRE_STATUS_ENCRYPTED);
  }
}

/* A key and the file of its passphrase, both of the given modes, loaded. */
static struct outcome load_locked(const char *passphrase, mode_t key_mode, mode_t mode)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct passphrase_sources sources = {.fd = -1, .publisher = -1, .is_silent = true};
  struct keyfile_lock lock = {.sources = &sources};
  struct keyfile_key read;
  char key[FIXTURE_PATH];
  char file[FIXTURE_PATH] = "";
  struct outcome o = {0};

  fixture_load("sealed_scrypt_aes128.pem", &content);
  fixture_write(folder, "key", buf_slice(&content), key_mode, key);
  if (passphrase != NULL) {
    fixture_write(folder, "pass", slice_str(passphrase), mode, file);
    lock.file = file;
  }
  o.status = keyfile_load(key, &lock, &read, &o.text);
  judge(&o, &read);
  unlink(key);
  unlink(file);
  return o;
}

static void locked_files_are_opened(void **state)
{
  static const struct {
    const char *passphrase;
    mode_t key_mode;
    mode_t mode;
    enum wire_status status;
    const char *part; /* NULL: no text */
  } rows[] = {
      {FIXTURE_PASSPHRASE "\n", 0600, 0600, WIRE_STATUS_GOOD, NULL},
      {FIXTURE_PASSPHRASE, 0600, 0400, WIRE_STATUS_GOOD, NULL},
      {FIXTURE_PASSPHRASE, 0644, 0600, WIRE_STATUS_GOOD, "/key is open to the group"},
      {FIXTURE_PASSPHRASE, 0600, 0640, WIRE_STATUS_GOOD, "/pass is open to the group"},
      {FIXTURE_PASSPHRASE, 0640, 0640, WIRE_STATUS_GOOD, "chmod 600 it; "},
      {FIXTURE_PASSPHRASE, 0600, 0602, WIRE_STATUS_PERMISSIONS, "replaced the passphrase"},
      {"wrong", 0600, 0640, WIRE_STATUS_ENCRYPTED, "/pass does not fit (or the file is damaged)"},
      {"", 0600, 0600, WIRE_STATUS_ENCRYPTED, "/pass is empty"},
      {NULL, 0600, 0600, WIRE_STATUS_ENCRYPTED, "no passphrase was given"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct outcome o CLEANUP(outcome_deinit) =
        load_locked(rows[i].passphrase, rows[i].key_mode, rows[i].mode);

    assert_int_equal(o.status, rows[i].status);
    if (rows[i].part == NULL) {
      assert_int_equal(o.text.n, 0);
    } else {
      assert_true(fixture_has(&o.text, rows[i].part));
    }
    assert_true(o.status == WIRE_STATUS_GOOD || fixture_has(&o.text, "/key"));
  }
}

static void permissions_are_judged(void **state)
{
  static const struct {
    mode_t mode;
    enum wire_status status;
    const char *part; /* NULL: no text */
  } modes[] = {
      {0600, WIRE_STATUS_GOOD, NULL},
      {0400, WIRE_STATUS_GOOD, NULL},
      {0640, WIRE_STATUS_GOOD, "mode 0640"},
      {0604, WIRE_STATUS_GOOD, "mode 0604"},
      {0620, WIRE_STATUS_GOOD, "mode 0620"},
      {0602, WIRE_STATUS_PERMISSIONS, "written by anybody"},
      {0666, WIRE_STATUS_PERMISSIONS, "mode 0666"},
  };
  struct buf content CLEANUP(buf_deinit) = {0};

  (void)state;
  fixture_load("ed25519.pem", &content);
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    struct outcome o CLEANUP(outcome_deinit) = load_content(buf_slice(&content), modes[i].mode);

    assert_int_equal(o.status, modes[i].status);
    if (modes[i].part == NULL) {
      assert_int_equal(o.text.n, 0);
    } else {
      assert_true(fixture_has(&o.text, modes[i].part));
    }
  }
}

static void sizes_are_bounded(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct outcome o;

  (void)state;
  o = load_content(slice_of("", 0), 0600);
  assert_int_equal(o.status, WIRE_STATUS_FORMAT);
  assert_true(fixture_has(&o.text, "is empty"));
  outcome_deinit(&o);
  fixture_load("ed25519.pem", &content);
  buf_add_fill(&content, '\n', LIMIT_KEY_FILE_BYTES - content.n);
  o = load_content(buf_slice(&content), 0600);
  assert_int_equal(o.status, WIRE_STATUS_GOOD);
  outcome_deinit(&o);
  buf_add_u8(&content, '\n');
  o = load_content(buf_slice(&content), 0600);
  assert_int_equal(o.status, WIRE_STATUS_FORMAT);
  assert_true(fixture_has(&o.text, "too large"));
  outcome_deinit(&o);
}

static void what_cannot_be_read_is_named(void **state)
{
  char path[FIXTURE_PATH];
  struct outcome o;

  (void)state;
  o = load("/nonexistent/x.key");
  assert_int_equal(o.status, WIRE_STATUS_UNREADABLE);
  assert_string_equal(buf_str(&o.text),
                      "cannot read /nonexistent/x.key: No such file or directory");
  outcome_deinit(&o);
  o = load(folder);
  assert_int_equal(o.status, WIRE_STATUS_UNREADABLE);
  assert_true(fixture_has(&o.text, ": Is a directory"));
  outcome_deinit(&o);
  snprintf(path, sizeof path, "%.4000s/fifo", folder);
  assert_int_equal(mkfifo(path, 0600), 0);
  o = load(path); /* must not wait for a writer */
  assert_int_equal(o.status, WIRE_STATUS_UNREADABLE);
  assert_true(fixture_has(&o.text, ": Not a regular file"));
  outcome_deinit(&o);
  unlink(path);
}

static void no_permission_is_named(void **state)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct outcome o CLEANUP(outcome_deinit) = {0};
  char path[FIXTURE_PATH];
  uid_t self = geteuid();

  (void)state;
  fixture_load("ed25519.pem", &content);
  fixture_write(folder, "key", buf_slice(&content), 0, path);
  if (self == 0) { /* who may read everything */
    assert_int_equal(seteuid(65534), 0);
  }
  o = load(path);
  assert_int_equal(seteuid(self), 0);
  unlink(path);
  assert_int_equal(o.status, WIRE_STATUS_UNREADABLE);
  assert_true(fixture_has(&o.text, ": Permission denied; it must belong to the user that"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_both_formats),
      cmocka_unit_test(names_what_other_files_are),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(refuses_tor_keys_that_are_no_keys),
      cmocka_unit_test(refuses_half_a_key),
      cmocka_unit_test(refuses_a_pair),
      cmocka_unit_test(permissions_are_judged),
      cmocka_unit_test(sizes_are_bounded),
      cmocka_unit_test(what_cannot_be_read_is_named),
      cmocka_unit_test(no_permission_is_named),
      cmocka_unit_test(passphrases_open_keys),
      cmocka_unit_test(locked_files_are_opened),
      cmocka_unit_test(no_wrong_passphrase_passes),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
