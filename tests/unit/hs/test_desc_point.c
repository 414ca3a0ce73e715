#include "hs/desc_point.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "sample.h"
#include "text.h"

static struct sample sample;

static int setup(void **state)
{
  (void)state;
  sample_init(&sample, 1, SAMPLE_NOW);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  sample_deinit(&sample);
  return 0;
}

static struct desc_point_context context(void)
{
  return (struct desc_point_context){.signing_key = sample.frame.signing_key, .now = SAMPLE_NOW};
}

static void build(const struct intro *i, struct buf *out)
{
  struct desc_point_signer signer = {
      .secret = secret_peek(sample.frame.signing_secret),
      .public_key = sample.frame.signing_key,
      .expiration_hours = cert_intro_expiration(SAMPLE_NOW),
  };

  assert_int_equal(desc_point_build(i, &signer, out), 0);
}

static int parse(const struct buf *text, struct intro *out)
{
  struct desc_point_context c = context();

  return desc_point_parse(buf_slice(text), &c, out);
}

static void reads_what_it_writes(void **state)
{
  (void)state;
  for (size_t i = 0; i < 5; i++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct intro out;

    build(&sample.intros[i], &text);
    assert_int_equal(parse(&text, &out), 0);
    assert_true(intro_equal(&out, &sample.intros[i]));
  }
}

/* Lines and their order as tor's encode_intro_point has them. */
static void writes_the_lines_of_tor(void **state)
{
  static const char *const lines[] = {
      "introduction-point ",
      "\nonion-key ntor ",
      "=\nauth-key\n-----BEGIN ED25519 CERT-----\n",
      "\n-----END ED25519 CERT-----\nenc-key ntor ",
      "=\nenc-key-cert\n-----BEGIN ED25519 CERT-----\n",
      "\n-----END ED25519 CERT-----\n",
  };
  struct buf text CLEANUP(buf_deinit) = {0};
  const char *at;

  (void)state;
  build(&sample.intros[0], &text);
  at = buf_str(&text);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    const char *next = strstr(at, lines[i]);

    assert_non_null(next);
    assert_true(i > 0 || next == at);
    at = next + strlen(lines[i]);
  }
  assert_string_equal(at, "");
}

/* tor pads the base64 of link specifiers; a list of any size comes back. */
static void pads_link_specifiers(void **state)
{
  (void)state;
  for (uint8_t extra = 0; extra < 4; extra++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct intro i = sample.intros[0];
    size_t n = 67U + extra;
    struct intro out;
    const uint8_t *end;

    i.linkspecs[0] = 4;
    i.linkspecs[65] = 42;
    i.linkspecs[66] = extra;
    memset(i.linkspecs + 67, 7, extra);
    i.linkspecs_size = (uint16_t)n;
    build(&i, &text);
    end = memchr(text.p, '\n', text.n);
    assert_int_equal(end - text.p, strlen("introduction-point ") + (n + 2) / 3 * 4);
    assert_int_equal(end[-1] == '=', n % 3 != 0);
    assert_int_equal(end[-2] == '=', n % 3 == 1);
    assert_int_equal(parse(&text, &out), 0);
    assert_true(intro_equal(&out, &i));
  }
}

/* The error of the good section with a replaced by b. */
static int error_of_change(const char *a, const char *b)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct intro out;

  build(&sample.intros[0], &text);
  text_replace(&text, a, b);
  return parse(&text, &out);
}

static void passes_over_what_it_does_not_know(void **state)
{
  (void)state;
  assert_int_equal(error_of_change("auth-key\n", "new-line 1 2 3\nauth-key\n"), 0);
  assert_int_equal(error_of_change("onion-key ntor", "onion-key other abc\nonion-key ntor"), 0);
  assert_int_equal(error_of_change("enc-key ntor", "enc-key other abc\nenc-key ntor"), 0);
}

static void refuses_sections_that_are_not_whole(void **state)
{
  (void)state;
  assert_int_equal(error_of_change("onion-key ntor", "onion-key other"), ERR_MISSING);
  assert_int_equal(error_of_change("enc-key ntor", "enc-key other"), ERR_MISSING);
  assert_int_equal(error_of_change("auth-key\n-----B", "other\n-----B"), ERR_MISSING);
  assert_int_equal(error_of_change("enc-key-cert", "other"), ERR_MISSING);
  assert_int_equal(error_of_change("enc-key ntor", "onion-key ntor"), ERR_DUPLICATE);
  assert_int_equal(error_of_change("ED25519 CERT-----\nenc", "MESSAGE-----\nenc"), ERR_SYNTAX);
  assert_int_equal(error_of_change("enc-key ntor ", "enc-key ntor !"), ERR_ENCODING);
  assert_int_equal(error_of_change("introduction-point ", "introduction-point !"), ERR_ENCODING);
  assert_int_equal(error_of_change("introduction-point ", "introduction-point A "), ERR_ENCODING);
}

static void refuses_legacy_keys(void **state)
{
  (void)state;
  assert_int_equal(error_of_change("enc-key ntor",
                                   "legacy-key\n-----BEGIN RSA PUBLIC KEY-----\nAAAA\n"
                                   "-----END RSA PUBLIC KEY-----\nenc-key ntor"),
                   ERR_UNSUPPORTED);
  assert_int_equal(error_of_change("enc-key ntor", "legacy-key\nenc-key ntor"), ERR_SYNTAX);
}

/* The error of a point with a byte or more of it changed before building. */
static int error_of_point(const struct intro *i)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct intro out;

  build(i, &text);
  return parse(&text, &out);
}

static void refuses_keys_that_cannot_be(void **state)
{
  struct intro i = sample.intros[0];

  (void)state;
  memset(i.onion_key, 0, sizeof i.onion_key);
  assert_int_equal(error_of_point(&i), ERR_KEY);
  i = sample.intros[0];
  i.enc_key[3] ^= 1;
  assert_int_equal(error_of_point(&i), ERR_KEY);
  memset(i.enc_key, 0, sizeof i.enc_key);
  assert_int_equal(error_of_point(&i), ERR_KEY);
  i = sample.intros[0];
  memcpy(i.enc_key_certified, sample.intros[1].enc_key_certified, 32);
  assert_int_equal(error_of_point(&i), ERR_KEY);
  memset(i.enc_key_certified, 0, 32);
  assert_int_equal(error_of_point(&i), ERR_KEY);
}

static void refuses_link_specifiers_nobody_can_use(void **state)
{
  struct intro i = sample.intros[0];

  (void)state;
  i.linkspecs[0] = 2;
  assert_int_equal(error_of_point(&i), ERR_SYNTAX);
  i.linkspecs_size = 31;
  assert_int_equal(error_of_point(&i), 0);
  i.linkspecs_size = 30;
  assert_int_equal(error_of_point(&i), ERR_TRUNCATED);
  i.linkspecs_size = 0;
  assert_true(error_of_point(&i) < 0);
}

/* A list of exactly INTRO_LINKSPECS_MAX bytes fits, one more does not. */
static void holds_the_limit_of_link_specifiers(void **state)
{
  struct buf line CLEANUP(buf_deinit) = {0};
  struct intro i = sample.intros[0];
  uint8_t longer[INTRO_LINKSPECS_MAX + 1] = {0};
  struct intro out;

  (void)state;
  i.linkspecs[0] = 4;
  i.linkspecs[65] = 42;
  i.linkspecs[66] = INTRO_LINKSPECS_MAX - 67;
  i.linkspecs_size = INTRO_LINKSPECS_MAX;
  assert_int_equal(error_of_point(&i), 0);
  memcpy(longer, i.linkspecs, sizeof i.linkspecs);
  longer[66]++;
  buf_add_str(&line, "introduction-point ");
  base64_build(slice_of(longer, sizeof longer), &line);
  buf_add_str(&line, "\n");
  build(&i, &line);
  text_cut(&line, "\nintroduction-point ", "\nonion-key ");
  assert_int_equal(parse(&line, &out), ERR_TOO_LONG);
}

static void refuses_certificates_of_others(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_point_context c = context();
  uint32_t hours = cert_intro_expiration(SAMPLE_NOW);
  struct intro out;
  uint8_t key[32] = {1};

  (void)state;
  build(&sample.intros[0], &text);
  c.signing_key = key;
  assert_int_equal(desc_point_parse(buf_slice(&text), &c, &out), ERR_MISMATCH);
  c = context();
  c.now.s = (int64_t)hours * 3600;
  assert_int_equal(desc_point_parse(buf_slice(&text), &c, &out), 0);
  c.now.s++;
  assert_int_equal(desc_point_parse(buf_slice(&text), &c, &out), ERR_EXPIRED);
}

/* Type 9 where type 11 belongs, and the other way round: the second
 * characters of the base64 differ. */
static void refuses_certificates_of_another_type(void **state)
{
  (void)state;
  assert_int_equal(error_of_change("CERT-----\nAQkA", "CERT-----\nAQsA"), ERR_MISMATCH);
  assert_int_equal(error_of_change("CERT-----\nAQsA", "CERT-----\nAQkA"), ERR_MISMATCH);
  assert_int_equal(error_of_change("CERT-----\nAQkA", "CERT-----\nAgkA"), ERR_UNSUPPORTED);
}

static void refuses_every_cut(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_point_context c = context();

  (void)state;
  build(&sample.intros[0], &text);
  for (size_t n = 0; n < text.n; n++) {
    uint8_t *copy = malloc(n + 1);
    struct intro out;
    int err;

    assert_non_null(copy);
    memcpy(copy + 1, text.p, n);
    err = desc_point_parse(slice_of(copy + 1, n), &c, &out);
    free(copy);
    assert_true(n == text.n - 1 ? err == 0 : err < 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_it_writes),
      cmocka_unit_test(writes_the_lines_of_tor),
      cmocka_unit_test(pads_link_specifiers),
      cmocka_unit_test(passes_over_what_it_does_not_know),
      cmocka_unit_test(refuses_sections_that_are_not_whole),
      cmocka_unit_test(refuses_legacy_keys),
      cmocka_unit_test(refuses_keys_that_cannot_be),
      cmocka_unit_test(refuses_link_specifiers_nobody_can_use),
      cmocka_unit_test(holds_the_limit_of_link_specifiers),
      cmocka_unit_test(refuses_certificates_of_others),
      cmocka_unit_test(refuses_certificates_of_another_type),
      cmocka_unit_test(refuses_every_cut),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
