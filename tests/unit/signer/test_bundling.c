#include "signer/bundling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "bundles.h"
#include "signer/calendar.h"

#include <sodium.h>

/* Every period has a key of its own, its certificate is as long as tor's, and a
 * second run makes other keys. */
static void every_period_has_its_own_key(void **state)
{
  struct bundles b = {0};
  struct secret *first, *second;
  struct bundle one, two;
  struct bundle_item item, next, again;
  struct cert cert;

  (void)state;
  bundles_init(&b);
  first = bundles_plain(&b);
  second = bundles_plain(&b);
  assert_int_equal(bundle_parse(slice_of(secret_peek(first), secret_size(first)), &one), 0);
  assert_int_equal(bundle_parse(slice_of(secret_peek(second), secret_size(second)), &two), 0);
  for (uint64_t n = BUNDLES_FIRST; n < BUNDLES_LAST; n++) {
    struct wire_period period = {n, 1440};

    assert_true(bundle_find(&one, n, NULL, &item) && bundle_find(&one, n + 1, NULL, &next) &&
                bundle_find(&two, n, NULL, &again));
    assert_memory_not_equal(item.seed, next.seed, sizeof item.seed);
    assert_memory_not_equal(item.seed, again.seed, sizeof item.seed);
    assert_memory_not_equal(item.revision_key, next.revision_key, sizeof item.revision_key);
    assert_memory_equal(item.revision_key, again.revision_key, sizeof item.revision_key);
    assert_int_equal(cert_parse(slice_of(item.cert, CERT_SIZE), &cert), 0);
    assert_int_equal(cert.expiration_hours, calendar_expiration(&period));
  }
  secret_free(first);
  secret_free(second);
  bundles_deinit(&b);
}

/* As many as there may be fit into a file that can be read. */
static void the_largest_one_fits(void **state)
{
  (void)state;
  assert_true(BUNDLE_HEAD_SIZE + (size_t)LIMIT_BUNDLE_PERIODS * BUNDLE_ITEM_SIZE <=
              LIMIT_BUNDLE_BYTES);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_period_has_its_own_key),
      cmocka_unit_test(the_largest_one_fits),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
