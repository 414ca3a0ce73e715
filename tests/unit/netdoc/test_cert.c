#include "netdoc/cert.h"

#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

/* Of a descriptor in src/test/test_hs_descriptor.inc of tor 0.4.9.11. */
static const char tor_cert[] = "AQgABl5+AQoPXRnCGEOxIup3AcjQXb8npNiUFm2Qv7A6JKk/K+EuAQAgBAD18iUD\n"
                               "nbkUblnUvTHzipq4bcr6aPyFVB42Ptobg4xr8s3VjHiJtjs9MDEdr6nXS7UlyhEl\n"
                               "78vsuFEvLp7cvAgGxYY1xGXdn5RdHMCdi8W9yZLKMQX9OuJckmp1C6q+cA4=\n";
#define TOR_EXPIRATION 0x65e7e

/* Places in a certificate with the signing key extension. */
#define AT_TYPE       1
#define AT_EXTENSIONS 39
#define AT_EXT_LENGTH 41
#define AT_EXT_TYPE   42
#define AT_EXT_FLAGS  43
#define AT_EXT_DATA   44

static int setup(void **state)
{
  (void)state;
  return sodium_init() < 0 ? -1 : 0;
}

static void load(struct buf *out)
{
  assert_int_equal(base64_parse_lines(slice_str(tor_cert), out), 0);
  assert_int_equal(out->n, CERT_SIZE);
}

static struct wall hours(int64_t n)
{
  return (struct wall){n * 3600};
}

static void reads_a_certificate_of_tor(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  struct cert c;

  (void)state;
  load(&raw);
  assert_int_equal(cert_parse(buf_slice(&raw), &c), 0);
  assert_int_equal(c.type, CERT_DESC_SIGNING);
  assert_int_equal(c.key_type, 1);
  assert_int_equal(c.expiration_hours, TOR_EXPIRATION);
  assert_memory_equal(c.key, raw.p + 7, 32);
  assert_true(c.has_signing_key);
  assert_memory_equal(c.signing_key, raw.p + AT_EXT_DATA, 32);
  assert_int_equal(c.signed_part.n, CERT_SIZE - 64);
  assert_ptr_equal(c.signed_part.p, raw.p);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, c.signing_key, hours(TOR_EXPIRATION - 54)), 0);
}

static void refuses_every_cut(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  struct cert c;

  (void)state;
  load(&raw);
  for (size_t n = 0; n < raw.n; n++) {
    assert_int_equal(cert_parse(slice_of(raw.p, n), &c), ERR_TRUNCATED);
  }
  buf_add_u8(&raw, 0);
  assert_int_equal(cert_parse(buf_slice(&raw), &c), ERR_SYNTAX);
}

/* The error of the good certificate with one byte changed. */
static int parse_changed(size_t at, uint8_t value)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  struct cert c;

  load(&raw);
  raw.p[at] = value;
  return cert_parse(buf_slice(&raw), &c);
}

static void refuses_what_it_does_not_know(void **state)
{
  (void)state;
  assert_int_equal(parse_changed(0, 2), ERR_UNSUPPORTED);
  assert_int_equal(parse_changed(0, 0), ERR_UNSUPPORTED);
  assert_int_equal(parse_changed(AT_EXT_LENGTH, 31), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_EXT_LENGTH, 33), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_EXT_LENGTH - 1, 0xff), ERR_TRUNCATED);
  assert_int_equal(parse_changed(AT_EXTENSIONS, 0), ERR_SYNTAX);
  assert_int_equal(parse_changed(AT_EXTENSIONS, 255), ERR_TRUNCATED);
}

/* cert-spec.txt section 2.1: an unknown extension counts only with the flag. */
static void unknown_extensions_are_skipped(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  struct cert c;

  (void)state;
  load(&raw);
  raw.p[AT_EXT_TYPE] = 99;
  assert_int_equal(cert_parse(buf_slice(&raw), &c), 0);
  assert_false(c.has_signing_key);
  raw.p[AT_EXT_FLAGS] = 0xfe;
  assert_int_equal(cert_parse(buf_slice(&raw), &c), 0);
  raw.p[AT_EXT_FLAGS] = 1;
  assert_int_equal(cert_parse(buf_slice(&raw), &c), ERR_UNSUPPORTED);
}

static void one_signing_key_is_enough(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  struct buf twice CLEANUP(buf_deinit) = {0};
  struct cert c;

  (void)state;
  load(&raw);
  buf_add(&twice, raw.p, AT_EXT_DATA + 32);
  twice.p[AT_EXTENSIONS] = 2;
  buf_add(&twice, raw.p + AT_EXTENSIONS + 1, 36 + 64);
  assert_int_equal(cert_parse(buf_slice(&twice), &c), ERR_DUPLICATE);
  twice.p[AT_EXT_TYPE] = 5;
  assert_int_equal(cert_parse(buf_slice(&twice), &c), 0);
}

static void check_names_what_is_wrong(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  uint8_t other[32] = {1};
  uint8_t signer[32];
  struct cert c;

  (void)state;
  load(&raw);
  assert_int_equal(cert_parse(buf_slice(&raw), &c), 0);
  memcpy(signer, c.signing_key, 32);
  assert_int_equal(cert_check(&c, CERT_INTRO_AUTH, signer, hours(1)), ERR_MISMATCH);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, other, hours(1)), ERR_MISMATCH);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, signer, hours(TOR_EXPIRATION)), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, signer, wall_plus(hours(TOR_EXPIRATION), 1)),
                   ERR_EXPIRED);
  c.has_signing_key = false; /* then only the signature can tell */
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, signer, hours(1)), 0);
  assert_int_equal(cert_check(&c, CERT_DESC_SIGNING, other, hours(1)), ERR_SIGNATURE);
}

static void every_byte_is_signed(void **state)
{
  struct buf raw CLEANUP(buf_deinit) = {0};
  uint8_t signer[32];
  struct cert c;

  (void)state;
  load(&raw);
  memcpy(signer, raw.p + AT_EXT_DATA, 32);
  for (size_t i = 0; i < raw.n; i++) {
    int err;

    raw.p[i] ^= 0x80;
    err = cert_parse(buf_slice(&raw), &c);
    if (err == 0) {
      err = cert_check(&c, CERT_DESC_SIGNING, signer, hours(0));
    }
    assert_true(err < 0);
    raw.p[i] ^= 0x80;
  }
}

static void make_request(struct cert_request *r, uint8_t secret[ED25519_EXPANDED_SIZE])
{
  uint8_t seed[ED25519_SEED_SIZE] = {9};

  *r = (struct cert_request){.type = CERT_INTRO_ENC, .expiration_hours = 500000, .key = {3}};
  ed25519_expand(seed, secret);
  assert_int_equal(ed25519_public_of(secret, r->signer), 0);
}

static void builds_what_it_reads(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE];
  uint8_t raw[CERT_SIZE];
  uint8_t again[CERT_SIZE];
  struct cert_request r;
  struct cert c;

  (void)state;
  make_request(&r, secret);
  assert_int_equal(cert_build(&r, secret, raw), 0);
  assert_int_equal(cert_parse(slice_of(raw, sizeof raw), &c), 0);
  assert_int_equal(c.key_type, 1);
  assert_int_equal(c.expiration_hours, 500000);
  assert_memory_equal(c.key, r.key, 32);
  assert_memory_equal(c.signing_key, r.signer, 32);
  assert_int_equal(cert_check(&c, CERT_INTRO_ENC, r.signer, hours(500000)), 0);
  r.unverified = true;
  assert_int_equal(cert_build(&r, secret, again), 0);
  assert_memory_equal(raw, again, sizeof raw);
}

static void does_not_sign_with_a_key_that_does_not_fit(void **state)
{
  uint8_t secret[ED25519_EXPANDED_SIZE];
  uint8_t raw[CERT_SIZE];
  struct cert_request r;

  (void)state;
  make_request(&r, secret);
  r.signer[0] ^= 1;
  assert_int_equal(cert_build(&r, secret, raw), ERR_KEY);
  r.signer[0] ^= 1;
  memset(secret + 32, 0, 32);
  assert_int_equal(cert_build(&r, secret, raw), ERR_KEY);
  r.unverified = true;
  assert_int_equal(cert_build(&r, secret, raw), ERR_KEY);
}

/* hs_service.c of tor: CEIL_DIV(now + 54 h, 1 h) for the one, and now - (now %
 * 3600) + 54 h for the other. */
static void expirations_round_as_tor(void **state)
{
  (void)state;
  assert_int_equal(cert_desc_expiration(hours(1000)), 1054);
  assert_int_equal(cert_desc_expiration(wall_plus(hours(1000), 1)), 1055);
  assert_int_equal(cert_desc_expiration(wall_plus(hours(1000), 3599)), 1055);
  assert_int_equal(cert_intro_expiration(hours(1000)), 1054);
  assert_int_equal(cert_intro_expiration(wall_plus(hours(1000), 3599)), 1054);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_certificate_of_tor),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(refuses_what_it_does_not_know),
      cmocka_unit_test(unknown_extensions_are_skipped),
      cmocka_unit_test(one_signing_key_is_enough),
      cmocka_unit_test(check_names_what_is_wrong),
      cmocka_unit_test(every_byte_is_signed),
      cmocka_unit_test(builds_what_it_reads),
      cmocka_unit_test(does_not_sign_with_a_key_that_does_not_fit),
      cmocka_unit_test(expirations_round_as_tor),
  };

  return cmocka_run_group_tests(tests, setup, NULL);
}
