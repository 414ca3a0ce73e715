#include "io/loop.h"

#include "folder.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>

static void runs(void **state)
{
  struct event_base *base = loop_new();
  const struct timeval soon = {.tv_usec = 1000};

  (void)state;
  assert_int_equal(event_base_loopexit(base, &soon), 0);
  assert_int_equal(event_base_dispatch(base), 0);
  loop_free(base);
}

static void writing_to_a_closed_socket_is_an_error(void **state)
{
  struct event_base *base = loop_new();
  int ends[2];

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  close(ends[1]);
  assert_int_equal(write(ends[0], "x", 1), -1); /* and no signal */
  assert_int_equal(errno, EPIPE);
  close(ends[0]);
  loop_free(base);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs),
      cmocka_unit_test(writing_to_a_closed_socket_is_an_error),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
