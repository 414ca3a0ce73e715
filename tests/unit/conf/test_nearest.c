#include "conf/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const words[] = {"address", "name", "weight", "status-socket-location"};

#define N_WORDS (sizeof words / sizeof words[0])

static void test_meant(void **state)
{
  static const struct {
    const char *text;
    size_t found;
  } cases[] = {
      {"adress", 0},
      {"Address", 0},
      {"addresss", 0},
      {"adderss", 0},
      {"nmae", 1},
      {"names", 1},
      {"nam", 1},
      {"wieght", 2},
      {"wheight", 2},
      {"status_socket_location", 3},
      {"status-socket", N_WORDS},
      {"port", N_WORDS},
      {"x", N_WORDS},
      {"", N_WORDS},
      {"key", N_WORDS},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(nearest_find(slice_str(cases[i].text), words, N_WORDS), cases[i].found);
  }
}

static void test_nearest_of_several(void **state)
{
  static const char *const close[] = {"abcdeX", "abcdef", "abcXef"};

  (void)state;
  assert_int_equal(nearest_find(slice_str("abcdef"), close, 3), 1);
  assert_int_equal(nearest_find(slice_str("abcdXX"), close, 3), 0);
}

static void test_long(void **state)
{
  static const char text[] =
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  const char *const itself[] = {text};

  (void)state;
  assert_int_equal(nearest_find(slice_str(text), words, N_WORDS), N_WORDS);
  assert_int_equal(nearest_find(slice_str(text), itself, 1), 1);
  assert_int_equal(nearest_find(slice_of(text, 64), itself, 1), 1);
  assert_int_equal(nearest_find(slice_str("name"), words, 0), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_meant),
      cmocka_unit_test(test_nearest_of_several),
      cmocka_unit_test(test_long),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
