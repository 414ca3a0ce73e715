#include "hs/desc_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "text.h"

#define CLIENT "auth-client AAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA\n"
#define MIDDLE_HEAD                                                                                \
  "desc-auth-type x25519\n"                                                                        \
  "desc-auth-ephemeral-key QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=\n" CLIENT CLIENT
#define MIDDLE_END "encrypted\n-----BEGIN MESSAGE-----\nQUFB\nQUE=\n-----END MESSAGE-----"

static struct sample sample;

static int setup(void **state)
{
  (void)state;
  sample_init(&sample, 2, SAMPLE_NOW);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  sample_deinit(&sample);
  return 0;
}

/* --- middle layer --- */

static void finds_the_encrypted_part(void **state)
{
  static const char text[] = MIDDLE_HEAD MIDDLE_END "\0\0\0\0\nrubbish";
  struct slice out;

  (void)state;
  assert_int_equal(desc_plain_middle(slice_of(text, sizeof text - 1), &out), 0);
  assert_true(slice_is(out, "QUFB\nQUE=\n"));
  assert_int_equal(desc_plain_middle(slice_str(MIDDLE_HEAD MIDDLE_END), &out), 0);
  assert_int_equal(desc_plain_middle(slice_str(MIDDLE_HEAD MIDDLE_END "\n"), &out), 0);
}

static int middle_error(const char *text)
{
  struct slice out;

  return desc_plain_middle(slice_str(text), &out);
}

static void refuses_bad_middles(void **state)
{
  (void)state;
  assert_int_equal(middle_error(""), ERR_MISSING);
  assert_int_equal(middle_error(MIDDLE_HEAD), ERR_MISSING);
  assert_int_equal(middle_error(MIDDLE_END), ERR_MISSING);
  assert_int_equal(middle_error(MIDDLE_HEAD MIDDLE_END "\n" MIDDLE_END), ERR_DUPLICATE);
  assert_int_equal(middle_error(MIDDLE_HEAD MIDDLE_HEAD MIDDLE_END), ERR_DUPLICATE);
  assert_int_equal(middle_error(MIDDLE_HEAD "encrypted\n"), ERR_SYNTAX);
  assert_int_equal(middle_error(MIDDLE_HEAD "auth-client a b\n" MIDDLE_END), 0);
  assert_int_equal(middle_error("desc-auth-type rsa\ndesc-auth-ephemeral-key A\n" MIDDLE_END),
                   ERR_UNSUPPORTED);
}

static void refuses_every_cut_of_a_middle(void **state)
{
  static const char text[] = MIDDLE_HEAD MIDDLE_END;

  (void)state;
  for (size_t n = 0; n < sizeof text - 1; n++) {
    uint8_t *copy = malloc(n + 1);
    struct slice out;
    int err;

    assert_non_null(copy);
    memcpy(copy + 1, text, n);
    err = desc_plain_middle(slice_of(copy + 1, n), &out);
    free(copy);
    assert_true(err < 0);
  }
}

/* --- inner layer --- */

static int inner(const struct buf *text, struct desc_inner *out)
{
  struct desc_point_context c = {.signing_key = sample.frame.signing_key, .now = SAMPLE_NOW};

  return desc_plain_inner(buf_slice(text), &c, out);
}

/* Appends the first n points, as desc_inner_build does, after a head. */
static void add_points(size_t n, const char *head, struct buf *out)
{
  struct desc_point_signer signer = {
      .secret = secret_peek(sample.frame.signing_secret),
      .public_key = sample.frame.signing_key,
      .expiration_hours = cert_intro_expiration(SAMPLE_NOW),
  };

  buf_add_str(out, head);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(desc_point_build(&sample.intros[i], &signer, out), 0);
  }
}

static void reads_head_and_points(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  add_points(3,
             "create2-formats 1 2\nintro-auth-required ed25519\nsingle-onion-service\n"
             "flow-control 1-2 31\npow-params v1 AAAA 0 2026-11-22T15:00:00\nnew-line\n",
             &text);
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, 3);
  assert_int_equal(d.n_skipped, 0);
  for (size_t i = 0; i < 3; i++) {
    assert_true(intro_equal(&d.intros[i], &sample.intros[i]));
  }
  assert_true(d.has_create2 && d.requires_auth && d.is_single_onion && d.has_pow);
  assert_true(d.has_flow_control);
  assert_string_equal(d.flow_control, "1-2 31");
}

static void a_bare_head_is_enough(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  add_points(0, "create2-formats 2\n", &text);
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, 0);
  assert_false(d.requires_auth || d.is_single_onion || d.has_pow || d.has_flow_control);
  assert_string_equal(d.flow_control, "");
}

/* The flow-control line that comes out of one that goes in; NULL for none. */
static void want_flow_control(const char *in, const char *out)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  buf_addf(&text, "create2-formats 2\nflow-control %s\n", in);
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.has_flow_control, out != NULL);
  assert_string_equal(d.flow_control, out == NULL ? "" : out);
}

/* Written anew from numbers, or not at all: nothing else can get into a
 * descriptor of ours. */
static void flow_control_is_numbers_only(void **state)
{
  (void)state;
  want_flow_control("1-2 31", "1-2 31");
  want_flow_control("1 31", "1 31");
  want_flow_control("01-02 031", "1-2 31");
  want_flow_control("2-2 255", "2 255");
  want_flow_control("63-63 1", "63 1");
  want_flow_control("2-1 31", NULL);
  want_flow_control("1-64 31", NULL);
  want_flow_control("1-2 0", NULL);
  want_flow_control("1-2 256", NULL);
  want_flow_control("1-2 31 more", NULL);
  want_flow_control("1-2  31", NULL);
  want_flow_control("1-2,4 31", NULL);
  want_flow_control("1-2 31\t", NULL);
  want_flow_control("x y", NULL);
  want_flow_control("1-2 99999999999999999999999999999999999999999999999999999999999999999", NULL);
}

static int head_error(const char *head)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  add_points(1, head, &text);
  return inner(&text, &d);
}

static void refuses_bad_heads(void **state)
{
  (void)state;
  assert_int_equal(head_error("single-onion-service\n"), ERR_MISSING);
  assert_int_equal(head_error("create2-formats 1 3 22\n"), ERR_UNSUPPORTED);
  assert_int_equal(head_error("create2-formats\n"), ERR_SYNTAX);
  assert_int_equal(head_error("create2-formats 2\ncreate2-formats 2\n"), ERR_DUPLICATE);
  assert_int_equal(head_error("create2-formats 2\nflow-control 1-2\n"), ERR_SYNTAX);
  assert_int_equal(head_error("create2-formats 2\nflow-control 1 2\nflow-control 1 2\n"),
                   ERR_DUPLICATE);
  assert_int_equal(head_error("create2-formats 2\npow-params\n"), ERR_SYNTAX);
  assert_int_equal(head_error("create2-formats 2\n\n"), ERR_SYNTAX);
  assert_int_equal(head_error(""), ERR_MISSING);
}

static void spoilt_points_are_counted_and_left_out(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  add_points(3, "create2-formats 2\n", &text);
  text_replace(&text, "enc-key ntor",
               "legacy-key\n-----BEGIN RSA PUBLIC KEY-----\nAAAA\n"
               "-----END RSA PUBLIC KEY-----\nlegacy-key-cert\n-----BEGIN CROSSCERT-----\n"
               "AAAA\n-----END CROSSCERT-----\nenc-key ntor");
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, 2);
  assert_int_equal(d.n_skipped, 1);
  assert_true(intro_equal(&d.intros[0], &sample.intros[1]));
}

static void no_usable_point_is_no_error(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  add_points(1, "create2-formats 2\n", &text);
  text_replace(&text, "introduction-point ", "introduction-point !");
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, 0);
  assert_int_equal(d.n_skipped, 1);
}

static void the_same_point_twice_counts_once(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;

  (void)state;
  add_points(2, "create2-formats 2\n", &text);
  add_points(1, "", &text);
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, 2);
  assert_int_equal(d.n_skipped, 1);
}

static void twenty_points_and_no_more(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct desc_inner d;
  size_t end;

  (void)state;
  add_points(LIMIT_INTRO_POINTS, "create2-formats 2\n", &text);
  end = text.n;
  assert_int_equal(inner(&text, &d), 0);
  assert_int_equal(d.n_intros, LIMIT_INTRO_POINTS);
  buf_add_str(&text, "introduction-point spoilt\n");
  assert_int_equal(inner(&text, &d), ERR_TOO_LONG);
  text.n = end;
  buf_add_fill(&text, 0, 9);
  assert_int_equal(inner(&text, &d), 0);
  buf_clear(&text);
  add_points(LIMIT_INTRO_POINTS + 1, "create2-formats 2\n", &text);
  assert_int_equal(inner(&text, &d), ERR_TOO_LONG);
}

/* A cut inner layer either fails or has lost its last points; what is there
 * is right. */
static void survives_every_cut_of_an_inner(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)state;
  add_points(2, "create2-formats 2\nflow-control 1-2 31\n", &text);
  for (size_t n = 0; n < text.n; n++) {
    struct desc_point_context c = {.signing_key = sample.frame.signing_key, .now = SAMPLE_NOW};
    uint8_t *copy = malloc(n + 1);
    struct desc_inner d;
    int err;

    assert_non_null(copy);
    memcpy(copy + 1, text.p, n);
    err = desc_plain_inner(slice_of(copy + 1, n), &c, &d);
    free(copy);
    assert_true(err < 0 || d.n_intros <= (n == text.n - 1 ? 2 : 1));
    assert_true(d.n_intros == 0 || intro_equal(&d.intros[0], &sample.intros[0]));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_encrypted_part),
      cmocka_unit_test(refuses_bad_middles),
      cmocka_unit_test(refuses_every_cut_of_a_middle),
      cmocka_unit_test(reads_head_and_points),
      cmocka_unit_test(a_bare_head_is_enough),
      cmocka_unit_test(flow_control_is_numbers_only),
      cmocka_unit_test(refuses_bad_heads),
      cmocka_unit_test(spoilt_points_are_counted_and_left_out),
      cmocka_unit_test(no_usable_point_is_no_error),
      cmocka_unit_test(the_same_point_twice_counts_once),
      cmocka_unit_test(twenty_points_and_no_more),
      cmocka_unit_test(survives_every_cut_of_an_inner),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
