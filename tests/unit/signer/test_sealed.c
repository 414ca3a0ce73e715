/* The files sealed_*.pem are ed25519.pem (sealed_x25519.pem: x25519.pem) with
 * the passphrase FIXTURE_PASSPHRASE, by openssl 3.0 "pkcs8 -topk8" with
 *   aes128          -v2 aes128
 *   aes192_sha512   -v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 3000
 *   aes256          -v2 aes256
 *   sha1, sha384    -v2 aes256 -v2prf hmacWithSHA1, hmacWithSHA384
 *   scrypt          -scrypt
 *   scrypt_aes128   -scrypt -scrypt_N 1024 -scrypt_r 4 -scrypt_p 2 -v2 aes128
 *   slow            -v2 aes256 -iter 20000000
 *   des3, v1        -v2 des3, -v1 PBE-SHA1-3DES
 *   x25519          -v2 aes256 -iter 1
 * by "openssl pkey -aes256" (pkey) and by the Python package cryptography 48
 * with BestAvailableEncryption (python). */
#include "signer/sealed.h"

#include "base/limits.h"
#include "crypto/ed25519.h"
#include "signer/der.h"
#include "signer/pem.h"
#include "signer/pkcs8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

/* The DER inside of a PEM file. */
static void load_der(const char *name, struct buf *out)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct pem pem CLEANUP(pem_deinit) = {0};

  fixture_load(name, &text);
  assert_int_equal(pem_parse(buf_slice(&text), &pem), 0);
  buf_add(out, secret_peek(pem.der), pem.size);
}

/* What comes out of a file, parsed as a key; an error of any step. */
static int open_with(const char *name, const char *passphrase, uint8_t seed[ED25519_SEED_SIZE])
{
  struct buf der CLEANUP(buf_deinit) = {0};
  uint8_t plain[256];
  struct sealed s;
  size_t n;

  load_der(name, &der);
  TRY(sealed_parse(buf_slice(&der), &s));
  assert_true(s.data.n <= sizeof plain);
  TRY(sealed_open(&s, slice_str(passphrase), plain, &n));
  return pkcs8_parse(slice_of(plain, n), seed);
}

static void opens_what_others_sealed(void **state)
{
  static const char *const names[] = {
      "sealed_aes128.pem", "sealed_aes192_sha512.pem", "sealed_aes256.pem",
      "sealed_sha1.pem",   "sealed_sha384.pem",        "sealed_scrypt.pem",
      "sealed_pkey.pem",   "sealed_scrypt_aes128.pem", "sealed_python.pem"};
  struct buf der CLEANUP(buf_deinit) = {0};
  uint8_t want[ED25519_SEED_SIZE];

  (void)state;
  load_der("ed25519.pem", &der);
  assert_int_equal(pkcs8_parse(buf_slice(&der), want), 0);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    uint8_t seed[ED25519_SEED_SIZE] = {0};

    assert_int_equal(open_with(names[i], FIXTURE_PASSPHRASE, seed), 0);
    assert_memory_equal(seed, want, sizeof want);
  }
}

static void does_not_open_with_others(void **state)
{
  static const char *const wrong[] = {"", "Correct horse", "correct horse ", "correct hors"};
  static const char *const names[] = {"sealed_sha1.pem", "sealed_scrypt_aes128.pem"};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
      uint8_t seed[ED25519_SEED_SIZE];

      assert_true(open_with(names[i], wrong[k], seed) < 0);
    }
  }
}

static void passphrases_are_bounded(void **state)
{
  struct buf der CLEANUP(buf_deinit) = {0};
  struct buf passphrase CLEANUP(buf_deinit) = {0};
  uint8_t plain[256];
  struct sealed s;
  size_t n = 1;

  (void)state;
  load_der("sealed_aes128.pem", &der);
  assert_int_equal(sealed_parse(buf_slice(&der), &s), 0);
  buf_add_fill(&passphrase, 'x', LIMIT_PASSPHRASE_BYTES);
  assert_int_not_equal(sealed_open(&s, buf_slice(&passphrase), plain, &n), ERR_TOO_LONG);
  buf_add_u8(&passphrase, 'x');
  assert_int_equal(sealed_open(&s, buf_slice(&passphrase), plain, &n), ERR_TOO_LONG);
  assert_int_equal(n, 0);
}

static void other_ways_are_named(void **state)
{
  static const struct {
    const char *name;
    int err;
  } files[] = {
      {"sealed_des3.pem", ERR_UNSUPPORTED},
      {"sealed_v1.pem", ERR_UNSUPPORTED},
      {"sealed_slow.pem", ERR_RANGE},
      {"ed25519.pem", ERR_SYNTAX},
  };

  (void)state;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    struct buf der CLEANUP(buf_deinit) = {0};
    struct sealed s;

    load_der(files[i].name, &der);
    assert_int_equal(sealed_parse(buf_slice(&der), &s), files[i].err);
  }
}

static void refuses_every_cut(void **state)
{
  static const char *const names[] = {"sealed_python.pem", "sealed_scrypt.pem"};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct buf der CLEANUP(buf_deinit) = {0};
    struct sealed s;

    load_der(names[i], &der);
    for (size_t n = 0; n < der.n; n++) {
      struct buf cut CLEANUP(buf_deinit) = {0};

      buf_add(&cut, der.p, n); /* so that a sanitizer sees its end */
      assert_true(sealed_parse(buf_slice(&cut), &s) < 0);
    }
    buf_add_u8(&der, 0);
    assert_int_equal(sealed_parse(buf_slice(&der), &s), ERR_SYNTAX);
  }
}

/* Each byte changed, one at a time. CBC has no checksum, so damage inside of the
 * seed gives another seed; the size of what comes out stays in any case. */
static void damage_stays_inside(void **state)
{
  struct buf der CLEANUP(buf_deinit) = {0};

  (void)state;
  load_der("sealed_scrypt_aes128.pem", &der);
  for (size_t i = 0; i < der.n; i++) {
    uint8_t seed[ED25519_SEED_SIZE];
    uint8_t plain[4096];
    struct sealed s;
    size_t n;

    der.p[i] ^= 1;
    if (sealed_parse(buf_slice(&der), &s) == 0 && s.cost * s.block * s.lanes < 1U << 16 &&
        sealed_open(&s, slice_str(FIXTURE_PASSPHRASE), plain, &n) == 0 &&
        pkcs8_parse(slice_of(plain, n), seed) == 0) {
      assert_int_equal(n, 48);
    }
    der.p[i] ^= 1;
  }
}

/* What a file says, for the bounds. */
struct form {
  const char *kdf;  /* object identifier, in hex */
  uint64_t ints[4]; /* up to 0 */
  const char *tail; /* behind them, in hex */
  const char *cipher;
  size_t iv;
  size_t data;
};

#define PBKDF2 "06092a864886f70d01050c"
#define SCRYPT "06092b06010401da47040b"
#define AES128 "0609608648016503040102"
#define AES256 "060960864801650304012a"
#define SHA256 "300c06082a864886f70d02090500"

static void add_hex(struct buf *b, const char *hex)
{
  size_t n = strlen(hex) / 2;

  assert_int_equal(hex_parse(slice_str(hex), buf_reserve(b, n), n), 0);
  buf_used(b, n);
}

static void add_element(struct buf *b, uint8_t tag, struct slice content)
{
  buf_add_u8(b, tag);
  buf_add_u8(b, 0x82);
  buf_add_u16(b, (uint16_t)content.n);
  buf_add_slice(b, content);
}

static void add_zeros(struct buf *b, size_t n)
{
  struct buf zeros CLEANUP(buf_deinit) = {0};

  if (n > 0) {
    buf_add_fill(&zeros, 0, n);
  }
  add_element(b, DER_OCTET_STRING, buf_slice(&zeros));
}

static void add_integer(struct buf *b, uint64_t value)
{
  struct buf bytes CLEANUP(buf_deinit) = {0};

  buf_add_u8(&bytes, 0);
  buf_add_u64(&bytes, value);
  add_element(b, DER_INTEGER, buf_slice(&bytes));
}

/* The parameters of the key derivation. */
static void add_kdf(struct buf *b, const struct form *f)
{
  struct buf params CLEANUP(buf_deinit) = {0};
  struct buf kdf CLEANUP(buf_deinit) = {0};

  add_zeros(&params, 8);
  for (size_t i = 0; i < 4 && f->ints[i] != 0; i++) {
    add_integer(&params, f->ints[i]);
  }
  add_hex(&params, f->tail);
  add_hex(&kdf, f->kdf);
  add_element(&kdf, DER_SEQUENCE, buf_slice(&params));
  add_element(b, DER_SEQUENCE, buf_slice(&kdf));
}

static int parse_form(const struct form *f)
{
  struct buf cipher CLEANUP(buf_deinit) = {0};
  struct buf both CLEANUP(buf_deinit) = {0};
  struct buf scheme CLEANUP(buf_deinit) = {0};
  struct buf info CLEANUP(buf_deinit) = {0};
  struct buf der CLEANUP(buf_deinit) = {0};
  struct sealed s;

  add_kdf(&both, f);
  add_hex(&cipher, f->cipher);
  add_zeros(&cipher, f->iv);
  add_element(&both, DER_SEQUENCE, buf_slice(&cipher));
  add_hex(&scheme, "06092a864886f70d01050d");
  add_element(&scheme, DER_SEQUENCE, buf_slice(&both));
  add_element(&info, DER_SEQUENCE, buf_slice(&scheme));
  add_zeros(&info, f->data);
  add_element(&der, DER_SEQUENCE, buf_slice(&info));
  return sealed_parse(buf_slice(&der), &s);
}

static void bounds_are_held(void **state)
{
  static const struct {
    struct form form;
    int err;
  } rows[] = {
      {{PBKDF2, {2048}, SHA256, AES256, 16, 64}, 0},
      {{PBKDF2, {LIMIT_PBKDF2_ROUNDS}, SHA256, AES256, 16, 64}, 0},
      {{PBKDF2, {LIMIT_PBKDF2_ROUNDS + 1}, SHA256, AES256, 16, 64}, ERR_RANGE},
      {{PBKDF2, {UINT64_MAX}, SHA256, AES256, 16, 64}, ERR_RANGE},
      {{PBKDF2, {0}, "020100" SHA256, AES256, 16, 64}, ERR_SYNTAX},
      {{PBKDF2, {0}, "", AES256, 16, 64}, ERR_TRUNCATED},
      {{PBKDF2, {1, 32}, SHA256, AES256, 16, 64}, 0},
      {{PBKDF2, {1, 32}, "", AES256, 16, 64}, 0},
      {{PBKDF2, {1, 16}, SHA256, AES128, 16, 64}, 0},
      {{PBKDF2, {1, 16}, SHA256, AES256, 16, 64}, ERR_MISMATCH},
      {{PBKDF2, {1, 33}, SHA256, AES256, 16, 64}, ERR_RANGE},
      {{PBKDF2, {1}, "300a06082a864886f70d0209", AES256, 16, 64}, 0}, /* no NULL */
      {{PBKDF2, {1}, "300c06082a864886f70d02050500", AES256, 16, 64}, ERR_UNSUPPORTED}, /* MD5 */
      {{PBKDF2, {1}, "300c06082a864886f70d02090100", AES256, 16, 64}, ERR_SYNTAX},
      {{PBKDF2, {1}, SHA256 "0500", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 16, 64}, 0},
      {{SCRYPT, {1U << 18, 8, LIMIT_SCRYPT_LANES}, "", AES256, 16, 64}, 0},
      {{SCRYPT, {1U << 18, 8, LIMIT_SCRYPT_LANES + 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {1U << 18, 9, 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {1U << 19, 8, 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {2, 1U << 20, 1}, "", AES256, 16, 64}, 0},
      {{SCRYPT, {2, (1U << 20) + 1, 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {2, UINT64_MAX, 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {1ULL << 32, 8, 1}, "", AES256, 16, 64}, ERR_RANGE},
      {{SCRYPT, {1, 8, 1}, "", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {1000, 8, 1}, "", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384}, "020100020101", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8}, "020100", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1, 32}, "", AES256, 16, 64}, 0},
      {{SCRYPT, {16384, 8, 1, 24}, "", AES256, 16, 64}, ERR_MISMATCH},
      {{SCRYPT, {16384, 8, 1}, "0500", AES256, 16, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 15, 64}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 16, 0}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 16, 63}, ERR_SYNTAX},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 16, 16}, 0},
      {{SCRYPT, {16384, 8, 1}, "", AES256, 16, LIMIT_KEY_FILE_BYTES}, ERR_TOO_LONG},
      {{"06092a864886f70d010503", {1}, "", AES256, 16, 64}, ERR_UNSUPPORTED},
      {{PBKDF2, {1}, "", "0609608648016503040103", 16, 64}, ERR_UNSUPPORTED}, /* AES-OFB */
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (parse_form(&rows[i].form) != rows[i].err) {
      print_error("row %zu: %s\n", i, err_text(parse_form(&rows[i].form)));
    }
    assert_int_equal(parse_form(&rows[i].form), rows[i].err);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_what_others_sealed), cmocka_unit_test(does_not_open_with_others),
      cmocka_unit_test(passphrases_are_bounded),  cmocka_unit_test(other_ways_are_named),
      cmocka_unit_test(refuses_every_cut),        cmocka_unit_test(damage_stays_inside),
      cmocka_unit_test(bounds_are_held),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
