#include "tools/notice.h"

#include "place.h"

/* What has been written to the pipe. */
static const char *taken(int fd, struct buf *out)
{
  ssize_t n = read(fd, buf_reserve(out, 4096), 4096);

  buf_used(out, n > 0 ? (size_t)n : 0);
  return buf_str(out);
}

static void lines(void **state)
{
  struct buf out CLEANUP(buf_deinit) = {0};
  struct notice n = {.least = LOG_LEVEL_INFO};
  int fds[2];

  (void)state;
  assert_int_equal(pipe(fds), 0);
  n.fd = fds[1];
  notice_write(&n, LOG_LEVEL_DEBUG, "too low");
  notice_text(&n, LOG_LEVEL_DEBUG, slice_str("too low\n"));
  notice_write(&n, LOG_LEVEL_INFO, "%s and %d", "one", 2);
  notice_write(&n, LOG_LEVEL_CRITICAL, "a\nb\x1b[31m\x7f");
  notice_text(&n, LOG_LEVEL_INFO, slice_str("as\nit is\n"));
  assert_string_equal(taken(fds[0], &out), "[INFO]: one and 2\n[CRITICAL]: a?b?[31m?\nas\nit is\n");
  close(fds[0]);
  close(fds[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(lines)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
