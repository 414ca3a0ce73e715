#include "balance/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Each end has a text of its own. */
static void ends_have_texts(void **state)
{
  (void)state;
  for (enum probe_end e = PROBE_ANSWERED; e <= PROBE_NOT_READY; e++) {
    assert_true(strlen(probe_end_text(e)) > 3);
    for (enum probe_end f = PROBE_ANSWERED; f < e; f++) {
      assert_string_not_equal(probe_end_text(e), probe_end_text(f));
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(ends_have_texts)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
