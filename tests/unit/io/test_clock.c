#include "io/clock.h"

#include "folder.h"

#include <time.h>

static void monotonic(void **state)
{
  struct mono before = clock_mono();
  struct mono after;

  (void)state;
  usleep(2000);
  after = clock_mono();
  assert_true(after.ms > before.ms);
  assert_true(after.ms < before.ms + 60000);
}

static void wall(void **state)
{
  time_t before = time(NULL);
  int ms = -1;
  struct wall now = clock_wall(&ms);

  (void)state;
  assert_true(now.s >= before && now.s <= before + 60);
  assert_in_range(ms, 0, 999);
  assert_true(clock_wall(NULL).s >= now.s);
}

static void both(void **state)
{
  struct moment now = clock_now();

  (void)state;
  assert_true(now.wall.s > 1700000000);
  assert_true(now.mono.ms <= clock_mono().ms);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(monotonic),
      cmocka_unit_test(wall),
      cmocka_unit_test(both),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
