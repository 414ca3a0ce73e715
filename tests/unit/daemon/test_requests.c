#include "daemon/requests.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void tags_are_places(void **state)
{
  struct requests r CLEANUP(requests_deinit) = {0};
  struct request fetch = {.kind = REQUEST_FETCH, .fingerprint = {1}};
  struct request upload = {.kind = REQUEST_UPLOAD, .fingerprint = {2}};
  uint64_t first = requests_add(&r, &fetch);
  uint64_t second = requests_add(&r, &upload);

  (void)state;
  assert_int_not_equal(first, second);
  assert_int_equal(requests_take(&r, second).fingerprint[0], 2);
  assert_int_equal(requests_take(&r, second).kind, REQUEST_NONE);
  assert_int_equal(requests_take(&r, first).kind, REQUEST_FETCH);
}

/* Places are used again: the table grows only with what is pending. */
static void places_are_reused(void **state)
{
  struct requests r CLEANUP(requests_deinit) = {0};
  struct request q = {.kind = REQUEST_IGNORED};

  (void)state;
  for (int i = 0; i < 1000; i++) {
    requests_take(&r, requests_add(&r, &q));
  }
  assert_int_equal(r.n, 1);
}

static void unknown_tags(void **state)
{
  struct requests r CLEANUP(requests_deinit) = {0};
  struct request q = {.kind = REQUEST_NETWORK};
  uint64_t tag = requests_add(&r, &q);

  (void)state;
  assert_int_equal(requests_take(&r, tag + 1).kind, REQUEST_NONE);
  requests_clear(&r);
  assert_int_equal(requests_take(&r, tag).kind, REQUEST_NONE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tags_are_places),
      cmocka_unit_test(places_are_reused),
      cmocka_unit_test(unknown_tags),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
