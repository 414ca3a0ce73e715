/* That what is done with a secret key does not depend on its bytes: neither a branch nor
 * an address. The program runs under valgrind's memcheck, which is told that the secret
 * bytes are undefined; memcheck follows them through our code, libsodium and OpenSSL, and
 * reports each jump and each address that comes from one.
 *
 * Not secret, and shown to memcheck as defined again: a public key and a signature once
 * they are made, and whether a key is good (one answer for all of it).
 *
 * What is left out, since it depends on bytes by its nature or on none that are secret:
 * - the check after signing, which has the public key, the message and the signature;
 * - the lines of a PEM file and its padding: where they end is no secret (signer/pem.c);
 * - the frame of the PKCS#8 around the seed: the same in each file;
 * - what OpenSSL does with a passphrase (signer/sealed.c); its AES is constant-time, scrypt
 *   is not, and happens once, when the operator is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "crypto/blind.h"
#include "crypto/ed25519.h"
#include "signer/pkcs8.h"

#include <sodium.h>
#include <string.h>
#include <valgrind/memcheck.h>

#define SKIPPED 77

/* PKCS#8 of RFC 8410 up to the seed. */
#define FRAME_SIZE 16
static const uint8_t frame[FRAME_SIZE] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                          0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

static const uint8_t seed[ED25519_SEED_SIZE] = {
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};

/* What the same calls give without memcheck looking. */
struct known {
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  uint8_t factor[32];
  uint8_t blinded[ED25519_EXPANDED_SIZE];
  uint8_t revision_key[SHA3_256_SIZE];
  uint8_t signature[ED25519_SIGNATURE_SIZE];
  struct suite *suite;
  unsigned long reports; /* of memcheck, before the test */
};

static struct known known;

static void hide(void *p, size_t n)
{
  (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static void show(void *p, size_t n)
{
  (void)VALGRIND_MAKE_MEM_DEFINED(p, n);
}

/* Whether memcheck has followed a secret to here, in each byte. */
static bool is_hidden(const void *p, size_t n)
{
  uint8_t bits[128] = {0};

  assert_true(n <= sizeof bits);
  assert_int_equal(VALGRIND_GET_VBITS(p, bits, n), 1);
  for (size_t i = 0; i < n; i++) {
    if (bits[i] == 0) {
      return false;
    }
  }
  return true;
}

/* Comes from the secrets, and is what it should be. */
#define assert_secret(p, n, want)                                                                  \
  do {                                                                                             \
    assert_true(is_hidden(p, n));                                                                  \
    show(p, n);                                                                                    \
    assert_memory_equal(p, want, n);                                                               \
  } while (0)

/* Whether a key is good is no secret. */
static int verdict(int err)
{
  show(&err, sizeof err);
  return err;
}

static const struct slice message = {(const uint8_t *)"a certificate", 13};

static int compute_known(void **state)
{
  (void)state;
  known.suite = suite_new();
  ed25519_expand(seed, known.expanded);
  assert_int_equal(ed25519_public_of(known.expanded, known.public_key), 0);
  blind_factor(known.suite, known.public_key, 20780, 1440, known.factor);
  ed25519_blind_secret(known.expanded, known.factor, known.blinded);
  blind_revision_key(known.suite, known.blinded, known.revision_key);
  assert_int_equal(ed25519_sign(known.expanded, known.public_key, &message, 1, known.signature), 0);
  return 0;
}

static int forget_known(void **state)
{
  (void)state;
  suite_free(known.suite);
  return 0;
}

static int note_reports(void **state)
{
  (void)state;
  known.reports = VALGRIND_COUNT_ERRORS;
  return 0;
}

static void assert_no_report(void)
{
  unsigned long now = VALGRIND_COUNT_ERRORS;

  if (now != known.reports) {
    fail_msg("memcheck reports %lu uses of a secret, see above", now - known.reports);
  }
}

/* ---- what must not show ---- */

static void expands(void **state)
{
  uint8_t secret[ED25519_SEED_SIZE], out[ED25519_EXPANDED_SIZE];

  (void)state;
  memcpy(secret, seed, sizeof secret);
  hide(secret, sizeof secret);
  ed25519_expand(secret, out);
  assert_secret(out, sizeof out, known.expanded);
  assert_no_report();
}

static void makes_public_key(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE], out[ED25519_PUBLIC_SIZE];

  (void)state;
  memcpy(secret, known.expanded, sizeof secret);
  hide(secret, sizeof secret);
  assert_int_equal(verdict(ed25519_public_of(secret, out)), 0);
  assert_secret(out, sizeof out, known.public_key);
  assert_no_report();
}

/* Both keys that are bad: the verdict tells, nothing else does. */
static void refuses_key(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE], out[ED25519_SIGNATURE_SIZE];
  static const uint8_t blank[ED25519_SIGNATURE_SIZE];

  (void)state;
  memcpy(secret, known.expanded, sizeof secret);
  memcpy(secret + 32, known.public_key, 32);
  hide(secret, sizeof secret);
  assert_int_equal(verdict(ed25519_public_of(secret, out)), ERR_KEY);
  show(secret, sizeof secret);
  memset(secret + 32, 0, 32);
  hide(secret, sizeof secret);
  assert_int_equal(verdict(ed25519_public_of(secret, out)), ERR_KEY);
  assert_int_equal(verdict(ed25519_sign_unverified(secret, known.public_key, &message, 1, out)),
                   ERR_KEY);
  assert_secret(out, sizeof out, blank);
  assert_no_report();
}

static void tells_pair(void **state)
{
  uint8_t pair[ED25519_EXPANDED_SIZE];

  (void)state;
  memcpy(pair, seed, 32);
  memcpy(pair + 32, known.public_key, 32);
  hide(pair, sizeof pair);
  assert_int_equal(verdict(ed25519_is_pair(pair)), 1);
  memcpy(pair, known.expanded, sizeof pair);
  hide(pair, sizeof pair);
  assert_int_equal(verdict(ed25519_is_pair(pair)), 0);
  assert_no_report();
}

static void signs(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE], out[ED25519_SIGNATURE_SIZE];

  (void)state;
  memcpy(secret, known.expanded, sizeof secret);
  hide(secret, sizeof secret);
  assert_int_equal(verdict(ed25519_sign_unverified(secret, known.public_key, &message, 1, out)), 0);
  assert_secret(out, sizeof out, known.signature);
  assert_no_report();
}

static void blinds(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE], out[ED25519_EXPANDED_SIZE];

  (void)state;
  memcpy(secret, known.expanded, sizeof secret);
  hide(secret, sizeof secret);
  ed25519_blind_secret(secret, known.factor, out);
  assert_secret(out, sizeof out, known.blinded);
  assert_no_report();
}

static void makes_revision_key(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE], out[SHA3_256_SIZE];

  (void)state;
  memcpy(secret, known.blinded, sizeof secret);
  hide(secret, sizeof secret);
  blind_revision_key(known.suite, secret, out);
  assert_secret(out, sizeof out, known.revision_key);
  assert_no_report();
}

/* The digits of a PEM file. */
static void make_digits(struct buf *text)
{
  uint8_t der[FRAME_SIZE + ED25519_SEED_SIZE];

  memcpy(der, frame, FRAME_SIZE);
  memcpy(der + FRAME_SIZE, seed, sizeof seed);
  base64_build(slice_of(der, sizeof der), text);
}

static void decodes(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t out[FRAME_SIZE + ED25519_SEED_SIZE];

  (void)state;
  make_digits(&text);
  hide(text.p, text.n);
  assert_int_equal(verdict(base64_parse_secret(buf_slice(&text), out, sizeof out)), 0);
  assert_true(is_hidden(out, sizeof out));
  show(out, sizeof out);
  assert_memory_equal(out, frame, FRAME_SIZE);
  assert_memory_equal(out + FRAME_SIZE, seed, sizeof seed);
  show(text.p, text.n);
  text.p[30] = '~';
  hide(text.p, text.n);
  assert_int_equal(verdict(base64_parse_secret(buf_slice(&text), out, sizeof out)), ERR_ENCODING);
  assert_no_report();
}

static void reads_pkcs8(void **state)
{
  uint8_t der[FRAME_SIZE + ED25519_SEED_SIZE], out[ED25519_SEED_SIZE];

  (void)state;
  memcpy(der, frame, FRAME_SIZE);
  memcpy(der + FRAME_SIZE, seed, sizeof seed);
  hide(der + FRAME_SIZE, sizeof seed);
  assert_int_equal(pkcs8_parse(slice_of(der, sizeof der), out), 0);
  assert_secret(out, sizeof out, seed);
  assert_no_report();
}

/* ---- that memcheck would tell ---- */

static volatile unsigned sink;

static void a_branch_is_reported(void **state)
{
  uint8_t secret[ED25519_SEED_SIZE];

  (void)state;
  memcpy(secret, seed, sizeof secret);
  hide(secret, sizeof secret);
  if ((secret[7] & 1) != 0) {
    sink = 1;
  }
  assert_int_equal(VALGRIND_COUNT_ERRORS, known.reports + 1);
}

static void an_index_is_reported(void **state)
{
  static volatile uint8_t table[256];
  uint8_t secret[ED25519_SEED_SIZE];

  (void)state;
  memcpy(secret, seed, sizeof secret);
  hide(secret, sizeof secret);
  sink = table[secret[7]];
  assert_int_equal(VALGRIND_COUNT_ERRORS, known.reports + 1);
}

/* The decoder for what is public has a table, and leaves at the first bad character. */
static void a_table_is_reported(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t out[FRAME_SIZE + ED25519_SEED_SIZE];

  (void)state;
  make_digits(&text);
  hide(text.p, text.n);
  (void)verdict(base64_parse(buf_slice(&text), out, sizeof out));
  assert_true(VALGRIND_COUNT_ERRORS > known.reports);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(expands, note_reports),
      cmocka_unit_test_setup(makes_public_key, note_reports),
      cmocka_unit_test_setup(refuses_key, note_reports),
      cmocka_unit_test_setup(tells_pair, note_reports),
      cmocka_unit_test_setup(signs, note_reports),
      cmocka_unit_test_setup(blinds, note_reports),
      cmocka_unit_test_setup(makes_revision_key, note_reports),
      cmocka_unit_test_setup(decodes, note_reports),
      cmocka_unit_test_setup(reads_pkcs8, note_reports),
      cmocka_unit_test_setup(a_branch_is_reported, note_reports),
      cmocka_unit_test_setup(an_index_is_reported, note_reports),
      cmocka_unit_test_setup(a_table_is_reported, note_reports),
  };

  if (!RUNNING_ON_VALGRIND) {
    return SKIPPED;
  }
  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, compute_known, forget_known);
}
