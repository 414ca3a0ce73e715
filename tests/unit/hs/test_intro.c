#include "hs/intro.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct intro sample(void)
{
  struct intro i;

  memset(&i, 7, sizeof i);
  i.linkspecs_size = 3;
  return i;
}

static void the_same_point_is_equal(void **state)
{
  struct intro a = sample();
  struct intro b = a;

  (void)state;
  assert_true(intro_equal(&a, &b));
  b.linkspecs[3] ^= 1; /* behind the list */
  assert_true(intro_equal(&a, &b));
}

static void any_other_field_makes_another_point(void **state)
{
  struct intro a = sample();
  uint8_t *fields[] = {&a.linkspecs[2], &a.relay_id[19], &a.onion_key[31],
                       &a.auth_key[0],  &a.enc_key[31],  &a.enc_key_certified[5]};
  struct intro b = a;

  (void)state;
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    *fields[i] ^= 1;
    assert_false(intro_equal(&a, &b));
    *fields[i] ^= 1;
  }
  a.linkspecs_size++;
  assert_false(intro_equal(&a, &b));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_point_is_equal),
      cmocka_unit_test(any_other_field_makes_another_point),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
