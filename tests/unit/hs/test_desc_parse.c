#include "hs/desc_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/cursor.h"
#include "file.h"
#include "hs/desc_crypt.h"
#include "hs/desc_plain.h"
#include "hs/schedule.h"
#include "sample.h"
#include "text.h"

/* tests/vectors/descriptor.md */
#define TOR_ADDRESS "zzy7g77emp4fbfh3c7r5owpnxdazj3rsnch3sxgmot7ihlg3hgmjz3id"
#define TOR_BLINDED "u/B0TKf7GvEoNJ+TCIWse0fESXUWaOKgVNLvGOQrUFA"
#define TOR_TIME    ((struct wall){1795373858})
#define TOR_MINUTES 4U

static struct sample sample;
static struct buf good; /* of three points, revision 12345678 */

static int setup(void **state)
{
  (void)state;
  sample_init(&sample, 4, SAMPLE_NOW);
  sample_descriptor(&sample, 3, 12345678, SAMPLE_NOW, &good);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  buf_deinit(&good);
  sample_deinit(&sample);
  return 0;
}

static int outer_error(const struct buf *text)
{
  struct desc_outer outer;

  return desc_outer_parse(buf_slice(text), SAMPLE_NOW, &outer);
}

static int decrypt(const struct buf *text, const uint8_t *subcredential, struct desc_inner *out)
{
  struct desc_outer outer;

  assert_int_equal(desc_outer_parse(buf_slice(text), SAMPLE_NOW, &outer), 0);
  return desc_inner_decrypt(sample.suite, &outer, subcredential, SAMPLE_NOW, out);
}

static void reads_what_we_build(void **state)
{
  struct desc_outer outer;
  struct desc_inner inner;

  (void)state;
  assert_int_equal(desc_outer_parse(buf_slice(&good), SAMPLE_NOW, &outer), 0);
  assert_int_equal(outer.revision, 12345678);
  assert_int_equal(outer.lifetime_minutes, 180);
  assert_int_equal(outer.cert_expiration_hours, cert_desc_expiration(SAMPLE_NOW));
  assert_memory_equal(outer.blinded_key, sample.blinded, 32);
  assert_memory_equal(outer.signing_key, sample.frame.signing_key, 32);
  assert_int_equal(decrypt(&good, sample.subcredential, &inner), 0);
  assert_int_equal(inner.n_intros, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_true(intro_equal(&inner.intros[i], &sample.intros[i]));
  }
}

/* --- a descriptor that tor made --- */

/* The subcredential and blinded key of the service of descriptor.md in the
 * period of that time; a shared-random run lasts as long as a period there. */
static void tor_service(uint8_t blinded[32], uint8_t subcredential[SUBCREDENTIAL_SIZE])
{
  struct schedule s = {.voting_interval = 10, .period_minutes = TOR_MINUTES};
  struct period p = schedule_period_at(&s, TOR_TIME);
  struct address a;
  uint8_t factor[32];

  assert_int_equal(address_parse(sample.suite, slice_str(TOR_ADDRESS), &a), 0);
  blind_factor(sample.suite, a.public_key, p.number, p.minutes, factor);
  assert_int_equal(ed25519_blind_public(a.public_key, factor, blinded), 0);
  subcredential_of(sample.suite, &a, blinded, subcredential);
}

static void reads_a_descriptor_of_tor(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  uint8_t blinded[32], want[32], subcredential[SUBCREDENTIAL_SIZE];
  struct desc_outer outer;
  struct desc_inner inner;

  (void)state;
  file_load("descriptor_tor.txt", &text);
  tor_service(blinded, subcredential);
  assert_int_equal(base64_parse(slice_str(TOR_BLINDED), want, sizeof want), 0);
  assert_memory_equal(blinded, want, sizeof want);
  assert_int_equal(desc_outer_parse(buf_slice(&text), TOR_TIME, &outer), 0);
  assert_memory_equal(outer.blinded_key, want, sizeof want);
  assert_int_equal(outer.cert_expiration_hours, cert_desc_expiration(TOR_TIME));
  assert_int_equal(desc_inner_decrypt(sample.suite, &outer, subcredential, TOR_TIME, &inner), 0);
  assert_int_equal(inner.n_intros, 3);
  assert_int_equal(inner.n_skipped, 0);
  assert_true(inner.has_create2 && inner.has_flow_control);
  assert_string_equal(inner.flow_control, "1-2 31");
  assert_false(inner.is_single_onion || inner.has_pow || inner.requires_auth);
}

/* Compares line by line; lines of an object only by their length. */
static void assert_same_but_objects(struct slice a, struct slice b)
{
  struct cursor x = cursor_from(a);
  struct cursor y = cursor_from(b);
  bool in_object = false;

  assert_int_equal(a.n, b.n);
  while (cursor_left(&x) > 0) {
    struct slice line = cursor_line(&x);
    struct slice other = cursor_line(&y);

    in_object = in_object && !slice_has_prefix(line, "-----END");
    assert_int_equal(line.n, other.n);
    assert_true(in_object || slice_equal(line, other));
    in_object = in_object || slice_has_prefix(line, "-----BEGIN");
  }
}

/* Built anew from what was read, the inner layer is tor's to the byte, only
 * with certificates of another signing key; and the whole descriptor has the
 * same length. */
static void our_descriptors_have_the_shape_of_tors(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf theirs CLEANUP(buf_deinit) = {0};
  struct buf ours CLEANUP(buf_deinit) = {0};
  struct buf encoded CLEANUP(buf_deinit) = {0};
  uint8_t blinded[32], subcredential[SUBCREDENTIAL_SIZE];
  struct desc_content content;
  struct desc_outer outer;
  struct desc_inner inner;

  (void)state;
  file_load("descriptor_tor.txt", &text);
  tor_service(blinded, subcredential);
  assert_int_equal(desc_outer_parse(buf_slice(&text), TOR_TIME, &outer), 0);
  assert_int_equal(desc_inner_decrypt(sample.suite, &outer, subcredential, TOR_TIME, &inner), 0);
  assert_int_equal(desc_plain_open(sample.suite, &outer, subcredential, &theirs), 0);
  content = (struct desc_content){
      .intros = inner.intros, .n_intros = inner.n_intros, .flow_control = inner.flow_control};
  assert_int_equal(desc_inner_build(&sample.frame, &content, TOR_TIME, &ours), 0);
  assert_same_but_objects(buf_slice(&ours), buf_slice(&theirs));
  assert_int_equal(sample_encode(&sample, buf_slice(&ours), outer.revision, &encoded), 0);
  text_end_before(&encoded, "signature ");
  text_end_before(&text, "signature ");
  assert_same_but_objects(buf_slice(&encoded), buf_slice(&text));
}

/* --- hostile ones --- */

static void refuses_a_forged_signature(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_outer outer;

  (void)state;
  file_load("descriptor_bad_signature.txt", &text);
  assert_int_equal(desc_outer_parse(buf_slice(&text), (struct wall){0}, &outer), ERR_SYNTAX);
  text_replace(&text, "\n signature", "\nsignature");
  assert_int_equal(desc_outer_parse(buf_slice(&text), (struct wall){0}, &outer), 0);
  text_replace(&text, "signature Of", "signature Pf");
  assert_int_equal(desc_outer_parse(buf_slice(&text), (struct wall){0}, &outer), ERR_SIGNATURE);
  buf_clear(&text);
  buf_add_slice(&text, buf_slice(&good));
  text_replace(&text, "revision-counter 12345678", "revision-counter 12345679");
  assert_int_equal(outer_error(&text), ERR_SIGNATURE);
}

/* Each byte of the text counts: the certificate is signed by the blinded key,
 * everything else by the signing key. */
static void refuses_every_change(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  size_t end = good.n - 1; /* the last newline */

  (void)state;
  buf_add_slice(&text, buf_slice(&good));
  for (size_t i = 0; i < end; i += i < 400 || i > end - 100 ? 1 : 997) {
    uint8_t before = text.p[i];

    text.p[i] = before == 'A' ? 'B' : 'A';
    assert_true(outer_error(&text) < 0);
    text.p[i] = before;
  }
}

static void refuses_every_cut(void **state)
{
  (void)state;
  for (size_t n = 0; n < good.n; n += n < 500 || n > good.n - 120 ? 1 : 499) {
    struct desc_outer outer;
    uint8_t *copy = malloc(n + 1);
    int err;

    assert_non_null(copy);
    memcpy(copy + 1, good.p, n);
    err = desc_outer_parse(slice_of(copy + 1, n), SAMPLE_NOW, &outer);
    free(copy);
    assert_true(n == good.n - 1 ? err == 0 : err < 0);
  }
}

static void refuses_an_expired_certificate(void **state)
{
  int64_t expiration = (int64_t)cert_desc_expiration(SAMPLE_NOW) * 3600;
  struct desc_outer outer;

  (void)state;
  assert_int_equal(desc_outer_parse(buf_slice(&good), (struct wall){expiration}, &outer), 0);
  assert_int_equal(desc_outer_parse(buf_slice(&good), (struct wall){expiration + 1}, &outer),
                   ERR_EXPIRED);
}

static void the_descriptor_of_another_service_cannot_be_read(void **state)
{
  struct sample other;
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner inner;
  struct desc_outer outer;

  (void)state;
  sample_init(&other, 99, SAMPLE_NOW);
  sample_descriptor(&other, 3, 1, SAMPLE_NOW, &text);
  assert_int_equal(desc_outer_parse(buf_slice(&text), SAMPLE_NOW, &outer), 0);
  assert_memory_not_equal(outer.blinded_key, sample.blinded, 32);
  assert_int_equal(decrypt(&text, sample.subcredential, &inner), ERR_MAC);
  assert_int_equal(inner.n_intros, 0);
  sample_deinit(&other);
}

/* Signs a text anew after a change, as its owner could. */
static void sign_again(struct buf *text)
{
  static const char prefix[] = "Tor onion service descriptor sig v3";
  uint8_t signature[ED25519_SIGNATURE_SIZE];
  struct slice parts[2];

  text_end_before(text, "signature ");
  parts[0] = slice_str(prefix);
  parts[1] = buf_slice(text);
  assert_int_equal(ed25519_sign(secret_peek(sample.frame.signing_secret), sample.frame.signing_key,
                                parts, 2, signature),
                   0);
  buf_add_str(text, "signature ");
  base64_build(slice_of(signature, sizeof signature), text);
  buf_add_str(text, "\n");
}

/* The error of the good text with a replaced by b, signed by its owner. */
static int error_of_change(const char *a, const char *b)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  buf_add_slice(&text, buf_slice(&good));
  text_replace(&text, a, b);
  sign_again(&text);
  return outer_error(&text);
}

static void refuses_bad_outer_documents(void **state)
{
  (void)state;
  assert_int_equal(error_of_change("hs-descriptor 3", "hs-descriptor 3"), 0);
  assert_int_equal(error_of_change("hs-descriptor 3", "hs-descriptor 4"), ERR_UNSUPPORTED);
  assert_int_equal(error_of_change("hs-descriptor 3", "hs-descriptor"), ERR_SYNTAX);
  assert_int_equal(error_of_change("hs-descriptor 3\n", ""), ERR_SYNTAX);
  assert_int_equal(error_of_change("descriptor-lifetime 180", "descriptor-lifetime 720"), 0);
  assert_int_equal(error_of_change("descriptor-lifetime 180", "descriptor-lifetime 721"),
                   ERR_RANGE);
  assert_int_equal(error_of_change("descriptor-lifetime 180", "descriptor-lifetime -1"),
                   ERR_SYNTAX);
  assert_int_equal(error_of_change("descriptor-lifetime 180\n", ""), ERR_MISSING);
  assert_int_equal(error_of_change("descriptor-lifetime 180", "new-line x"), ERR_MISSING);
  assert_int_equal(
      error_of_change("descriptor-lifetime 180", "new-line x\ndescriptor-lifetime 180"), 0);
  assert_int_equal(error_of_change("12345678", "18446744073709551615"), 0);
  assert_int_equal(error_of_change("12345678", "18446744073709551616"), ERR_RANGE);
  assert_int_equal(
      error_of_change("revision-counter 12345678\n", "revision-counter 1\nrevision-counter 1\n"),
      ERR_DUPLICATE);
  assert_int_equal(error_of_change("superencrypted\n-----BEGIN MESSAGE", "superencrypted\nx\n"
                                                                         "-----BEGIN MESSAGE"),
                   ERR_SYNTAX);
  assert_int_equal(error_of_change("ED25519 CERT-----\nAQgA", "ED25519 CERT-----\nAQkA"),
                   ERR_MISMATCH);
  assert_int_equal(error_of_change("ED25519 CERT-----\nAQgA", "ED25519 CERT-----\nAQg!"),
                   ERR_ENCODING);
}

/* A certificate by one key that names another as its signer. */
static void refuses_a_certificate_of_another_signer(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf before CLEANUP(buf_deinit) = {0};
  struct buf after CLEANUP(buf_deinit) = {0};
  uint8_t cert[CERT_SIZE];

  (void)state;
  memcpy(cert, sample.frame.cert, sizeof cert);
  memcpy(cert + 44, sample.frame.signing_key, 32);
  base64_build_lines(slice_of(sample.frame.cert, sizeof cert), &before);
  base64_build_lines(slice_of(cert, sizeof cert), &after);
  buf_add_slice(&text, buf_slice(&good));
  text_replace(&text, buf_str(&before), buf_str(&after));
  sign_again(&text);
  assert_int_equal(outer_error(&text), ERR_SIGNATURE);
}

static void the_signature_is_the_last_line(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_slice(&text, buf_slice(&good));
  buf_add_str(&text, "more\n");
  assert_int_equal(outer_error(&text), ERR_SYNTAX);
}

static void holds_the_limit_of_its_size(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_fill(&text, 'a', LIMIT_DESCRIPTOR_BYTES);
  assert_int_equal(outer_error(&text), ERR_TOO_LONG);
  text.n--;
  assert_int_equal(outer_error(&text), ERR_SYNTAX);
}

/* An encoding whose inner layer is any text: what a hostile instance can do. */
static int read_inner(const char *inner_text, struct desc_inner *out)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  assert_int_equal(sample_encode(&sample, slice_str(inner_text), 7, &text), 0);
  return decrypt(&text, sample.subcredential, out);
}

static void an_instance_with_0_or_21_points(void **state)
{
  struct desc_content content = {.intros = sample.intros, .n_intros = LIMIT_INTRO_POINTS};
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  assert_int_equal(read_inner("create2-formats 2\n", &d), 0);
  assert_int_equal(d.n_intros, 0);
  assert_int_equal(desc_inner_build(&sample.frame, &content, SAMPLE_NOW, &inner), 0);
  assert_int_equal(read_inner(buf_str(&inner), &d), 0);
  assert_int_equal(d.n_intros, LIMIT_INTRO_POINTS);
  buf_add_str(&inner, "introduction-point AAAA\n");
  assert_int_equal(read_inner(buf_str(&inner), &d), ERR_TOO_LONG);
}

/* Client authorization: the inner layer is sealed with a cookie as well, so
 * that its MAC does not fit. */
static void client_authorization_shows_as_a_wrong_mac(void **state)
{
  static const char middle[] =
      "desc-auth-type x25519\n"
      "desc-auth-ephemeral-key QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=\n"
      "auth-client AAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA\n"
      "encrypted\n-----BEGIN MESSAGE-----\n"
      "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n"
      "QkJCQkJCQkJCQkJCQkJCQkJCQkJC\n-----END MESSAGE-----";
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_crypt crypt;
  uint8_t salt[DESC_SALT_SIZE] = {0};
  struct desc_inner d;

  (void)state;
  desc_crypt_init(&crypt, sample.suite, sample.blinded, sample.subcredential, 12345678);
  desc_crypt_seal(&crypt, DESC_LAYER_MIDDLE, salt, slice_str(middle), &sealed);
  buf_add_slice(&text, buf_slice(&good));
  text_end_before(&text, "superencrypted\n");
  buf_add_str(&text, "superencrypted\n-----BEGIN MESSAGE-----\n");
  base64_build_lines(buf_slice(&sealed), &text);
  buf_add_str(&text, "-----END MESSAGE-----\nsignature x");
  sign_again(&text);
  assert_int_equal(decrypt(&text, sample.subcredential, &d), ERR_MAC);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_we_build),
      cmocka_unit_test(reads_a_descriptor_of_tor),
      cmocka_unit_test(our_descriptors_have_the_shape_of_tors),
      cmocka_unit_test(refuses_a_forged_signature),
      cmocka_unit_test(refuses_every_change),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(refuses_an_expired_certificate),
      cmocka_unit_test(the_descriptor_of_another_service_cannot_be_read),
      cmocka_unit_test(refuses_bad_outer_documents),
      cmocka_unit_test(refuses_a_certificate_of_another_signer),
      cmocka_unit_test(the_signature_is_the_last_line),
      cmocka_unit_test(holds_the_limit_of_its_size),
      cmocka_unit_test(an_instance_with_0_or_21_points),
      cmocka_unit_test(client_authorization_shows_as_a_wrong_mac),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
