#include "signer/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "bundles.h"
#include "crypto/blind.h"
#include "signer/calendar.h"

#include <sodium.h>

static int setup(void **state)
{
  struct bundles *b = calloc(1, sizeof *b);

  bundles_init(b);
  *state = b;
  return 0;
}

static int teardown(void **state)
{
  bundles_deinit(*state);
  free(*state);
  return 0;
}

static struct slice text_of(const struct secret *s)
{
  return slice_of(secret_peek(s), secret_size(s));
}

static void reads_what_was_built(void **state)
{
  struct bundles *b = *state;
  struct secret *plain = bundles_plain(b);
  struct bundle bundle;
  struct bundle_item item;
  uint8_t blinded[32];

  assert_int_equal(bundle_parse(text_of(plain), &bundle), 0);
  assert_int_equal(bundle.facts.first, BUNDLES_FIRST);
  assert_int_equal(bundle.facts.last, BUNDLES_LAST);
  assert_int_equal(bundle.facts.minutes, 1440);
  assert_int_equal(bundle.facts.made.s, FIXTURE_NOW.s);
  assert_hex(bundle.facts.public_key, 32, FIXTURE_PEM_PUBLIC);
  for (uint64_t n = BUNDLES_FIRST; n <= BUNDLES_LAST; n++) {
    assert_true(bundle_find(&bundle, n, NULL, &item));
    assert_int_equal(item.number, n);
    assert_int_equal(bundle_check(b->suite, &bundle.facts, &item, FIXTURE_NOW, blinded), 0);
  }
  assert_false(bundle_find(&bundle, BUNDLES_LAST + 1, NULL, &item));
  assert_int_equal(item.number, 0);
  secret_free(plain);
}

/* Neither the identity key nor a blinded one can be found in it. */
static void has_nothing_of_the_identity_key(void **state)
{
  struct bundles *b = *state;
  struct secret *plain = bundles_plain(b);
  const uint8_t *expanded = keyring_expanded(b->keys, 0);
  uint8_t factor[32], blinded[64];

  for (uint64_t n = BUNDLES_FIRST; n <= BUNDLES_LAST; n++) {
    blind_factor(b->suite, keyring_get(b->keys, 0)->public_key, n, 1440, factor);
    ed25519_blind_secret(expanded, factor, blinded);
    for (size_t half = 0; half < 64; half += 32) {
      assert_null(memmem(secret_peek(plain), secret_size(plain), expanded + half, 32));
      assert_null(memmem(secret_peek(plain), secret_size(plain), blinded + half, 32));
    }
  }
  secret_free(plain);
}

static void every_truncation_is_noticed(void **state)
{
  struct secret *plain = bundles_plain(*state);
  struct bundle bundle;

  for (size_t n = 0; n < secret_size(plain); n++) {
    int err = bundle_parse(slice_of(secret_peek(plain), n), &bundle);

    if (n > BUNDLE_HEAD_SIZE && (n - BUNDLE_HEAD_SIZE) % BUNDLE_ITEM_SIZE == 0) {
      assert_int_equal(err, 0); /* a shorter bundle, which sealing tells from a cut one */
    } else {
      assert_true(err == ERR_TRUNCATED || err == ERR_MISSING);
    }
  }
  secret_free(plain);
}

/* A text of so many copies of one item, with these numbers. */
static void build(const uint64_t *numbers, size_t n, uint64_t minutes, struct buf *out)
{
  struct bundle_facts facts = {.minutes = minutes};

  bundle_head_build(&facts, buf_reserve(out, BUNDLE_HEAD_SIZE));
  buf_used(out, BUNDLE_HEAD_SIZE);
  for (size_t i = 0; i < n; i++) {
    struct bundle_item item = {.number = numbers[i], .seed = {(uint8_t)i}};

    bundle_item_build(&item, buf_reserve(out, BUNDLE_ITEM_SIZE));
    buf_used(out, BUNDLE_ITEM_SIZE);
  }
}

static int parse_numbers(const uint64_t *numbers, size_t n, uint64_t minutes)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct bundle bundle;

  build(numbers, n, minutes, &text);
  return bundle_parse(buf_slice(&text), &bundle);
}

static void periods_are_in_order(void **state)
{
  uint64_t *many = calloc(LIMIT_BUNDLE_PERIODS + 1, sizeof *many);

  (void)state;
  assert_int_equal(parse_numbers((uint64_t[]){5, 6, 6, 7}, 4, 1440), 0);
  assert_int_equal(parse_numbers((uint64_t[]){5, 7}, 2, 1440), ERR_RANGE);
  assert_int_equal(parse_numbers((uint64_t[]){5, 4}, 2, 1440), ERR_RANGE);
  assert_int_equal(parse_numbers((uint64_t[]){LIMIT_PERIOD_NUMBER + 1}, 1, 1440), ERR_RANGE);
  assert_int_equal(parse_numbers((uint64_t[]){5}, 0, 1440), ERR_MISSING);
  assert_int_equal(parse_numbers((uint64_t[]){5}, 1, 0), ERR_RANGE);
  assert_int_equal(parse_numbers((uint64_t[]){5}, 1, 14401), ERR_RANGE);
  for (size_t i = 0; i <= LIMIT_BUNDLE_PERIODS; i++) {
    many[i] = i;
  }
  assert_int_equal(parse_numbers(many, LIMIT_BUNDLE_PERIODS, 8), 0);
  assert_int_equal(parse_numbers(many, LIMIT_BUNDLE_PERIODS + 1, 8), ERR_TOO_LONG);
  free(many);
}

static void the_later_item_counts(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct bundle bundle;
  struct bundle_item item;

  (void)state;
  build((uint64_t[]){5, 5, 6}, 3, 1440, &text);
  assert_int_equal(bundle_parse(buf_slice(&text), &bundle), 0);
  assert_true(bundle_find(&bundle, 5, NULL, &item));
  assert_int_equal(item.seed[0], 1);
}

static void other_kinds_are_left_out(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct bundle bundle;

  (void)state;
  build((uint64_t[]){5}, 1, 1440, &text);
  buf_add(&text, "\x09\x00\x02hi", 5);
  assert_int_equal(bundle_parse(buf_slice(&text), &bundle), 0);
  buf_add(&text, "\x09\x00\x02h", 4);
  assert_int_equal(bundle_parse(buf_slice(&text), &bundle), ERR_TRUNCATED);
}

static void what_does_not_fit_is_not_good(void **state)
{
  struct bundles *b = *state;
  struct secret *plain = bundles_plain(b);
  struct bundle bundle;
  struct bundle_facts other;
  struct bundle_item item, bad;
  struct cert cert;
  uint8_t blinded[32];
  const struct wire_period first = {BUNDLES_FIRST, 1440};
  struct wall over = {(int64_t)calendar_expiration(&first) * 3600 + 1};

  assert_int_equal(bundle_parse(text_of(plain), &bundle), 0);
  assert_true(bundle_find(&bundle, BUNDLES_FIRST, NULL, &item));
  assert_int_equal(bundle_check(b->suite, &bundle.facts, &item, over, blinded), ERR_EXPIRED);
  bad = item;
  bad.number++;
  assert_true(bundle_check(b->suite, &bundle.facts, &bad, FIXTURE_NOW, blinded) < 0);
  bad = item;
  bad.seed[0] ^= 1;
  assert_int_equal(bundle_check(b->suite, &bundle.facts, &bad, FIXTURE_NOW, blinded), ERR_MISMATCH);
  bad = item;
  bad.cert[CERT_SIZE - 1] ^= 1;
  assert_int_equal(bundle_check(b->suite, &bundle.facts, &bad, FIXTURE_NOW, blinded),
                   ERR_SIGNATURE);
  other = bundle.facts;
  other.minutes = 720;
  assert_true(bundle_check(b->suite, &other, &item, FIXTURE_NOW, blinded) < 0);
  assert_int_equal(cert_parse(slice_of(item.cert, CERT_SIZE), &cert), 0);
  assert_true(bundle_find(&bundle, BUNDLES_FIRST, cert.key, &bad));
  assert_false(bundle_find(&bundle, BUNDLES_FIRST, blinded, &bad));
  secret_free(plain);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_was_built),
      cmocka_unit_test(has_nothing_of_the_identity_key),
      cmocka_unit_test(every_truncation_is_noticed),
      cmocka_unit_test(periods_are_in_order),
      cmocka_unit_test(the_later_item_counts),
      cmocka_unit_test(other_kinds_are_left_out),
      cmocka_unit_test(what_does_not_fit_is_not_good),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, setup, teardown);
}
