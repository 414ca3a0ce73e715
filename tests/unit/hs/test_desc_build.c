#include "hs/desc_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "hs/desc_crypt.h"
#include "hs/desc_plain.h"
#include "netdoc/token.h"
#include "sample.h"
#include "text.h"

static struct sample sample;

static int setup(void **state)
{
  (void)state;
  sample_init(&sample, 3, SAMPLE_NOW);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  sample_deinit(&sample);
  return 0;
}

static void build_inner(const struct desc_content *content, struct buf *out)
{
  assert_int_equal(desc_inner_build(&sample.frame, content, SAMPLE_NOW, out), 0);
}

static struct desc_content content_of(size_t n)
{
  return (struct desc_content){.intros = sample.intros, .n_intros = n, .flow_control = "1-2 31"};
}

static void the_inner_layer_begins_as_tor_writes_it(void **state)
{
  struct desc_content content = content_of(1);
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  build_inner(&content, &text);
  assert_true(slice_has_prefix(buf_slice(&text),
                               "create2-formats 2\nflow-control 1-2 31\nintroduction-point "));
  assert_true(text.p[text.n - 1] == '\n');
  buf_clear(&text);
  content.is_single_onion = true;
  content.flow_control = NULL;
  build_inner(&content, &text);
  assert_true(slice_has_prefix(buf_slice(&text),
                               "create2-formats 2\nsingle-onion-service\nintroduction-point "));
}

static void one_to_twenty_points(void **state)
{
  struct desc_content content = content_of(LIMIT_INTRO_POINTS);
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  build_inner(&content, &text);
  buf_clear(&text);
  content.n_intros++;
  assert_int_equal(desc_inner_build(&sample.frame, &content, SAMPLE_NOW, &text), ERR_RANGE);
  content.n_intros = 0;
  assert_int_equal(desc_inner_build(&sample.frame, &content, SAMPLE_NOW, &text), ERR_RANGE);
  assert_int_equal(text.n, 0);
}

/* Every certificate of every point verifies, and all expire together. */
static void certificates_of_points_are_good(void **state)
{
  struct desc_content content = content_of(4);
  struct buf text CLEANUP(buf_deinit) = {0};
  struct cursor c;
  struct token t;
  size_t n = 0;

  (void)state;
  build_inner(&content, &text);
  c = cursor_from(buf_slice(&text));
  while (token_next(&c, &t)) {
    struct buf raw CLEANUP(buf_deinit) = {0};
    struct cert cert;

    if (!t.has_object) {
      continue;
    }
    assert_int_equal(base64_parse_lines(t.object, &raw), 0);
    assert_int_equal(cert_parse(buf_slice(&raw), &cert), 0);
    assert_int_equal(cert_check(&cert, n % 2 == 0 ? CERT_INTRO_AUTH : CERT_INTRO_ENC,
                                sample.frame.signing_key, SAMPLE_NOW),
                     0);
    assert_int_equal(cert.expiration_hours, cert_intro_expiration(SAMPLE_NOW));
    n++;
  }
  assert_int_equal(cursor_finish(&c), 0);
  assert_int_equal(n, 8);
}

static void encode(size_t n_intros, struct buf *inner, struct buf *out)
{
  struct desc_content content = content_of(n_intros);

  build_inner(&content, inner);
  assert_int_equal(sample_encode(&sample, buf_slice(inner), 42, out), 0);
}

/* The items, in tor's order, and how long the encrypted part is: the next
 * multiple of 10,000 above the middle layer, salt and MAC. */
static void the_outer_layer_looks_like_one_of_tor(void **state)
{
  static const char *const keywords[] = {
      "hs-descriptor",    "descriptor-lifetime", "descriptor-signing-key-cert",
      "revision-counter", "superencrypted",      "signature",
  };
  static const size_t n_points[] = {1, 5, 6, 14, 20};
  static const size_t padded[] = {10000, 10000, 10000, 20000, 30000};

  (void)state;
  for (size_t i = 0; i < sizeof n_points / sizeof n_points[0]; i++) {
    struct buf inner CLEANUP(buf_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};
    struct buf sealed CLEANUP(buf_deinit) = {0};
    struct cursor c;
    struct token t;

    encode(n_points[i], &inner, &text);
    c = cursor_from(buf_slice(&text));
    for (size_t k = 0; k < sizeof keywords / sizeof keywords[0]; k++) {
      assert_true(token_next(&c, &t));
      assert_true(slice_is(t.keyword, keywords[k]));
      if (k == 4) {
        assert_int_equal(base64_parse_lines(t.object, &sealed), 0);
        assert_int_equal(sealed.n, padded[i] + 16 + 32);
      }
    }
    assert_int_equal(cursor_finish(&c), 0);
    assert_true(text.p[text.n - 1] == '\n');
    assert_true(text.n < LIMIT_DESCRIPTOR_BYTES);
  }
}

/* Opens the middle layer of an encoding. */
static void open_middle(const struct buf *text, struct buf *out)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct desc_outer outer;
  struct desc_crypt crypt;

  assert_int_equal(desc_outer_parse(buf_slice(text), SAMPLE_NOW, &outer), 0);
  assert_int_equal(base64_parse_lines(outer.superencrypted, &sealed), 0);
  desc_crypt_init(&crypt, sample.suite, outer.blinded_key, sample.subcredential, outer.revision);
  assert_int_equal(desc_crypt_open(&crypt, DESC_LAYER_MIDDLE, buf_slice(&sealed), out), 0);
}

static void the_middle_layer_looks_like_one_of_tor(void **state)
{
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf middle CLEANUP(buf_deinit) = {0};
  size_t n = 0;
  struct cursor c;
  struct token t;

  (void)state;
  encode(3, &inner, &text);
  open_middle(&text, &middle);
  assert_int_equal(middle.n, 10000);
  c = cursor_from(slice_str(buf_str(&middle)));
  assert_true(token_next(&c, &t));
  assert_true(slice_is(t.keyword, "desc-auth-type") && slice_is(t.args, "x25519"));
  assert_true(token_next(&c, &t));
  assert_true(slice_is(t.keyword, "desc-auth-ephemeral-key") && t.args.n == 44);
  while (token_next(&c, &t) && slice_is(t.keyword, "auth-client")) {
    assert_int_equal(t.args.n, 11 + 1 + 22 + 1 + 22);
    n++;
  }
  assert_int_equal(n, 16);
  assert_true(slice_is(t.keyword, "encrypted") && t.has_object);
  /* tor writes no newline behind this object */
  assert_true(slice_is(slice_of(c.end - 5, 5), "-----"));
}

static void each_encoding_is_another_one(void **state)
{
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct buf a CLEANUP(buf_deinit) = {0};
  struct buf b CLEANUP(buf_deinit) = {0};
  struct buf middle_a CLEANUP(buf_deinit) = {0};
  struct buf middle_b CLEANUP(buf_deinit) = {0};
  struct desc_outer outer_a, outer_b;
  size_t same;

  (void)state;
  encode(3, &inner, &a);
  assert_int_equal(sample_encode(&sample, buf_slice(&inner), 42, &b), 0);
  assert_int_equal(a.n, b.n);
  assert_int_equal(desc_outer_parse(buf_slice(&a), SAMPLE_NOW, &outer_a), 0);
  assert_int_equal(desc_outer_parse(buf_slice(&b), SAMPLE_NOW, &outer_b), 0);
  assert_memory_not_equal(outer_a.superencrypted.p, outer_b.superencrypted.p, 64);
  open_middle(&a, &middle_a);
  open_middle(&b, &middle_b);
  for (same = 0; middle_a.p[same] == middle_b.p[same]; same++) {
  }
  /* keys and clients stay, the inner layer's salt is a new one */
  assert_true(same > 1000);
  assert_true(slice_has_prefix(slice_of(middle_a.p + same - 24, 24), "-----BEGIN MESSAGE-----\n"));
}

static void the_frame_has_keys_that_can_be(void **state)
{
  uint8_t public_key[32];
  struct desc_frame f;

  (void)state;
  desc_frame_init(&f, &sample.rng);
  assert_int_equal(ed25519_public_of(secret_peek(f.signing_secret), public_key), 0);
  assert_memory_equal(public_key, f.signing_key, 32);
  assert_int_equal(f.ephemeral_key[31] & 0x80, 0);
  assert_memory_not_equal(f.clients[0].iv, f.clients[1].iv, 16);
  assert_memory_not_equal(f.signing_key, sample.frame.signing_key, 32);
  desc_frame_deinit(&f);
  assert_null(f.signing_secret);
}

static void verifies_what_it_has_built(void **state)
{
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct wall late = {((int64_t)cert_desc_expiration(SAMPLE_NOW) + 1) * 3600};
  struct slice cut;

  (void)state;
  encode(7, &inner, &text);
  cut = slice_of(inner.p, inner.n - 1);
  assert_int_equal(
      desc_verify(sample.suite, &sample.frame, buf_slice(&inner), buf_slice(&text), SAMPLE_NOW), 0);
  assert_int_equal(desc_verify(sample.suite, &sample.frame, cut, buf_slice(&text), SAMPLE_NOW),
                   ERR_MISMATCH);
  assert_int_equal(
      desc_verify(sample.suite, &sample.frame, buf_slice(&inner), buf_slice(&text), late),
      ERR_EXPIRED);
  sample.frame.subcredential[0] ^= 1;
  assert_int_equal(
      desc_verify(sample.suite, &sample.frame, buf_slice(&inner), buf_slice(&text), SAMPLE_NOW),
      ERR_MAC);
  sample.frame.subcredential[0] ^= 1;
  sample.frame.signing_key[0] ^= 1;
  assert_int_equal(
      desc_verify(sample.suite, &sample.frame, buf_slice(&inner), buf_slice(&text), SAMPLE_NOW),
      ERR_MISMATCH);
  sample.frame.signing_key[0] ^= 1;
}

/* Text of the greatest length that still fits, by the size of the inner
 * layer; a byte over the next multiple of 10,000 does not. */
static void stays_below_what_hsdirs_take(void **state)
{
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  buf_add_fill(&inner, 'a', 18000);
  assert_int_equal(sample_encode(&sample, buf_slice(&inner), 1, &text), 0);
  assert_int_equal(text.n, strlen(buf_str(&text)));
  buf_clear(&text);
  buf_add_fill(&inner, 'a', 12000);
  buf_add_str(&text, "before");
  assert_int_equal(sample_encode(&sample, buf_slice(&inner), 1, &text), ERR_TOO_LONG);
  assert_true(slice_is(buf_slice(&text), "before"));
}

/* The largest points that the parser lets in, twenty of them, still fit. */
static void twenty_large_points_fit(void **state)
{
  struct intro intros[LIMIT_INTRO_POINTS];
  struct desc_content content = {.intros = intros,
                                 .n_intros = LIMIT_INTRO_POINTS,
                                 .is_single_onion = true,
                                 .flow_control = "1-2 255"};
  struct buf inner CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  for (size_t i = 0; i < LIMIT_INTRO_POINTS; i++) {
    intros[i] = sample.intros[i];
    intros[i].linkspecs[0] = 4;
    intros[i].linkspecs[65] = 42;
    intros[i].linkspecs[66] = INTRO_LINKSPECS_MAX - 67;
    intros[i].linkspecs_size = INTRO_LINKSPECS_MAX;
  }
  build_inner(&content, &inner);
  assert_int_equal(sample_encode(&sample, buf_slice(&inner), UINT64_MAX, &text), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_inner_layer_begins_as_tor_writes_it),
      cmocka_unit_test(one_to_twenty_points),
      cmocka_unit_test(certificates_of_points_are_good),
      cmocka_unit_test(the_outer_layer_looks_like_one_of_tor),
      cmocka_unit_test(the_middle_layer_looks_like_one_of_tor),
      cmocka_unit_test(each_encoding_is_another_one),
      cmocka_unit_test(the_frame_has_keys_that_can_be),
      cmocka_unit_test(verifies_what_it_has_built),
      cmocka_unit_test(stays_below_what_hsdirs_take),
      cmocka_unit_test(twenty_large_points_fit),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
