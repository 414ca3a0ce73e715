#include "netdoc/microdesc.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define OBJECT                                                                                     \
  "-----BEGIN RSA PUBLIC KEY-----\n"                                                               \
  "MIGJAoGBAM7uUtq5F6h63QNYIvC+4NcWaD0DjtnrOORZMkdpJhinXUOwce3cD5Dj\n"                             \
  "-----END RSA PUBLIC KEY-----\n"
#define NTOR "ntor-onion-key QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI\n"
/* 32 times 0x41, 0x42. */
#define ID_A     "id ed25519 QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE\n"
#define ID_B     "id ed25519 QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI\n"
#define MD_A     "onion-key\n" OBJECT NTOR "p accept 80\n" ID_A
#define MD_B     "onion-key\n" NTOR "a [::1]:1\nfamily $AA\n" ID_B
#define MD_NO_ID "onion-key\n" OBJECT NTOR "id rsa1024 AAAA\n"

static struct suite *suite;

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  return suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

static int parse(const char *text, struct microdesc_set *out)
{
  return microdesc_parse_all(suite, slice_str(text), out);
}

/* The identity that the set has for a text, or NULL. */
static const uint8_t *id_of(const struct microdesc_set *set, const char *text)
{
  struct slice part = slice_str(text);
  uint8_t digest[SHA256_SIZE];
  const struct microdesc *m;

  suite_sha256(suite, &part, 1, digest);
  m = microdesc_find(set, digest);
  return m == NULL ? NULL : m->ed25519_id;
}

static void finds_each_by_its_digest(void **state)
{
  struct microdesc_set set CLEANUP(microdesc_deinit);
  uint8_t bytes[32];

  (void)state;
  assert_int_equal(parse(MD_A MD_B, &set), 0);
  assert_int_equal(set.n, 2);
  memset(bytes, 0x41, sizeof bytes);
  assert_memory_equal(id_of(&set, MD_A), bytes, 32);
  memset(bytes, 0x42, sizeof bytes);
  assert_memory_equal(id_of(&set, MD_B), bytes, 32);
  assert_null(id_of(&set, MD_NO_ID));
  assert_true(memcmp(set.items[0].digest, set.items[1].digest, SHA256_SIZE) < 0);
}

/* The data block of a control-port reply eats the last newline. */
static void puts_the_last_newline_back(void **state)
{
  struct microdesc_set set CLEANUP(microdesc_deinit);
  static const char text[] = MD_A MD_B;

  (void)state;
  assert_int_equal(microdesc_parse_all(suite, slice_of(text, sizeof text - 2), &set), 0);
  assert_int_equal(set.n, 2);
  assert_non_null(id_of(&set, MD_B));
}

static void leaves_out_those_without_identity(void **state)
{
  struct microdesc_set set CLEANUP(microdesc_deinit);

  (void)state;
  assert_int_equal(parse(MD_NO_ID MD_A MD_NO_ID, &set), 0);
  assert_int_equal(set.n, 1);
  assert_non_null(id_of(&set, MD_A));
}

static void nothing_is_an_empty_set(void **state)
{
  struct microdesc_set set;

  (void)state;
  assert_int_equal(parse("", &set), 0);
  assert_int_equal(set.n, 0);
  assert_null(id_of(&set, MD_A));
  microdesc_deinit(&set);
}

static int error_of(const char *text)
{
  struct microdesc_set set;
  int err = parse(text, &set);

  assert_true(err == 0 || (set.items == NULL && set.n == 0));
  microdesc_deinit(&set);
  return err;
}

static void refuses_bad_ones(void **state)
{
  (void)state;
  assert_int_equal(error_of("x" MD_A), ERR_SYNTAX);
  assert_int_equal(error_of("\n" MD_A), ERR_SYNTAX);
  assert_int_equal(error_of(ID_A MD_A), ERR_SYNTAX);
  assert_int_equal(error_of(MD_A ID_A), ERR_DUPLICATE);
  assert_int_equal(error_of(MD_A "onion-key\nid ed25519 QUFB\n"), ERR_ENCODING);
  assert_int_equal(error_of(MD_A "onion-key\nid ed25519 \n"), ERR_ENCODING);
  assert_int_equal(error_of(MD_A "onion-key\nid ed25519 "
                                 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUEx\n"),
                   ERR_ENCODING);
  assert_int_equal(error_of("onion-keys\n" ID_A), ERR_SYNTAX);
}

static void survives_every_cut(void **state)
{
  static const char text[] = MD_A MD_B;

  (void)state;
  for (size_t n = 0; n < sizeof text; n++) {
    uint8_t *copy = malloc(n + 1);
    struct microdesc_set set;

    assert_non_null(copy);
    memcpy(copy + 1, text, n);
    if (microdesc_parse_all(suite, slice_of(copy + 1, n), &set) == 0) {
      assert_int_equal(set.n, n < sizeof MD_A - 2 ? 0 : n < sizeof text - 2 ? 1 : 2);
    }
    microdesc_deinit(&set);
    free(copy);
  }
}

static void holds_its_limits(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct microdesc_set set;

  (void)state;
  for (size_t i = 0; i < LIMIT_RELAYS; i++) {
    buf_add_str(&b, "onion-key\n" ID_A);
  }
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&b), &set), 0);
  assert_int_equal(set.n, LIMIT_RELAYS);
  microdesc_deinit(&set);
  buf_add_str(&b, "onion-key\n" ID_A);
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&b), &set), ERR_TOO_LONG);
  buf_clear(&b);
  buf_add_str(&b, "onion-key\nfamily ");
  buf_add_fill(&b, 'a', LIMIT_NETDOC_LINE_BYTES);
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&b), &set), ERR_TOO_LONG);
  buf_clear(&b);
  buf_add_fill(&b, '\n', LIMIT_MICRODESCS_BYTES + 1);
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&b), &set), ERR_TOO_LONG);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_each_by_its_digest),
      cmocka_unit_test(puts_the_last_newline_back),
      cmocka_unit_test(leaves_out_those_without_identity),
      cmocka_unit_test(nothing_is_an_empty_set),
      cmocka_unit_test(refuses_bad_ones),
      cmocka_unit_test(survives_every_cut),
      cmocka_unit_test(holds_its_limits),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
