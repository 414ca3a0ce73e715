#include "io/random.h"

#include "folder.h"

static void differs(void **state)
{
  uint8_t a[64] = {0}, b[64] = {0}, zero[64] = {0};

  (void)state;
  rng_bytes(&random_rng, a, sizeof a);
  rng_bytes(&random_rng, b, sizeof b);
  assert_memory_not_equal(a, b, sizeof a);
  assert_memory_not_equal(a + 32, zero, 32);
}

/* More than the kernel gives in one call when a signal comes in between. */
static void large(void **state)
{
  const size_t n = 1 << 20;
  uint8_t *p = calloc(1, n);
  size_t counts[256] = {0};

  (void)state;
  rng_bytes(&random_rng, p, n);
  for (size_t i = 0; i < n; i++) {
    counts[p[i]]++;
  }
  for (size_t i = 0; i < 256; i++) {
    assert_in_range(counts[i], 3500, 4700); /* 4096 expected, deviation 64 */
  }
  rng_bytes(&random_rng, p, 0);
  free(p);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(differs),
      cmocka_unit_test(large),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
