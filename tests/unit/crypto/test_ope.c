#include "crypto/ope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vector.h"

static int setup(void **state)
{
  *state = suite_new();
  return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  suite_free(*state);
  return 0;
}

/* From src/test/test_crypto_ope.c of tor 0.4.9.11, made there by a separate
 * implementation in Python. */
static const char tor_key[] = "19e05891d55232c08c2cad91d612fdb9cbd6691949a0742434a76c80bc6992fe";
static const struct {
  uint32_t plaintext;
  uint64_t result;
} tor_values[] = {
    {121132, 3971694514}, {82283, 2695743564},  {72661, 2381548866},  {72941, 2390408421},
    {123122, 4036781069}, {12154, 402067100},   {121574, 3986197593}, {11391, 376696838},
    {65845, 2161801517},  {86301, 2828270975},  {61284, 2013616892},  {70505, 2313368870},
    {30438, 1001394664},  {60150, 1977329668},  {114800, 3764946628}, {109403, 3585352477},
    {21893, 721388468},   {123569, 4051780471}, {95617, 3134921876},  {48561, 1597596985},
    {53334, 1753691710},  {92746, 3040874493},  {7110, 234966492},    {9612, 318326551},
    {106958, 3506124249}, {46889, 1542219146},  {87790, 2877361609},  {68878, 2260369112},
    {47917, 1576681737},  {121128, 3971553290}, {108602, 3559176081}, {28217, 929692460},
    {69498, 2280554161},  {63870, 2098322675},  {57542, 1891698992},  {122148, 4004515805},
    {46254, 1521227949},  {42850, 1408996941},  {92661, 3037901517},  {57720, 1897369989},
};

static void agrees_with_tor(void **state)
{
  uint8_t key[AES256_KEY_SIZE];
  uint8_t other[AES256_KEY_SIZE];
  uint64_t out;

  vector_hex(tor_key, key, sizeof key);
  memcpy(other, key, sizeof key);
  other[8]++;
  for (size_t i = 0; i < sizeof tor_values / sizeof tor_values[0]; i++) {
    assert_int_equal(ope_encrypt(*state, key, tor_values[i].plaintext, &out), 0);
    assert_int_equal(out, tor_values[i].result);
    assert_int_equal(ope_encrypt(*state, other, tor_values[i].plaintext, &out), 0);
    assert_int_not_equal(out, tor_values[i].result);
  }
}

/* Step by step over the borders of our pieces. */
static void rises_strictly(void **state)
{
  static const uint32_t borders[] = {1, 4096, 8192, 65536, OPE_MAX - 8};
  uint8_t key[AES256_KEY_SIZE] = {7};
  uint64_t last = 0;
  uint64_t out;

  for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
    for (uint32_t n = borders[i] < 8 ? 1 : borders[i] - 8; n <= borders[i] + 8; n++) {
      assert_int_equal(ope_encrypt(*state, key, n, &out), 0);
      assert_true(out > last);
      assert_true(out >= n);
      assert_true(out <= (uint64_t)n << 16);
      last = out;
    }
  }
}

static void refuses_what_is_out_of_range(void **state)
{
  uint8_t key[AES256_KEY_SIZE] = {7};
  uint64_t out;

  assert_int_equal(ope_encrypt(*state, key, 0, &out), ERR_RANGE);
  assert_int_equal(ope_encrypt(*state, key, 1, &out), 0);
  assert_int_equal(ope_encrypt(*state, key, OPE_MAX, &out), 0);
  assert_int_equal(ope_encrypt(*state, key, OPE_MAX + 1, &out), ERR_RANGE);
  assert_int_equal(ope_encrypt(*state, key, UINT32_MAX, &out), ERR_RANGE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_tor),
      cmocka_unit_test(rises_strictly),
      cmocka_unit_test(refuses_what_is_out_of_range),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
