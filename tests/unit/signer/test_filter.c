#include "signer/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "inchild.h"

static const struct filter_call calls[] = {
    {"write", FILTER_ALWAYS, FILTER_HERE},
    {"exit_group", FILTER_ALWAYS, FILTER_HERE},
    {"openat", FILTER_READING, FILTER_HERE},
    {"mmap", FILTER_DATA, FILTER_HERE},
    {"sendto", FILTER_CONNECTED, FILTER_HERE},
    {"socket", FILTER_REFUSED, FILTER_HERE},
    {"clone", FILTER_THREAD, FILTER_HERE},
    {"clone3", FILTER_ABSENT, FILTER_HERE},
    {"set_robust_list", FILTER_ALWAYS, FILTER_HERE},
    {"rseq", FILTER_ALWAYS, FILTER_HERE},
    {"mprotect", FILTER_DATA, FILTER_HERE},
    {"rt_sigprocmask", FILTER_ALWAYS, FILTER_HERE},
    {"futex", FILTER_ALWAYS, FILTER_HERE},
    {"madvise", FILTER_ALWAYS, FILTER_HERE},
    {"munmap", FILTER_ALWAYS, FILTER_HERE},
    {"exit", FILTER_ALWAYS, FILTER_HERE},
    {"rt_sigaction", FILTER_ALWAYS, FILTER_HERE},
    {"brk", FILTER_ALWAYS, FILTER_HERE},
    {"ioctl", FILTER_COUNT, FILTER_HERE},
    {"no_such_call", FILTER_ALWAYS, FILTER_RARE},
};

static void enclose(void)
{
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (filter_close("test", calls, sizeof calls / sizeof calls[0]) < 0) {
    _exit(99);
  }
}

static int does_what_it_may(void)
{
  enclose();
  if (write(STDERR_FILENO, "", 0) != 0 || open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 ||
      open("/dev/null", O_RDONLY | O_NONBLOCK) < 0) {
    return 1;
  }
  if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) {
    return 2;
  }
  return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EACCES ? 0 : 3;
}

static void *find_parent(void *unused)
{
  (void)unused;
  getppid();
  return NULL;
}

static void *do_nothing(void *unused)
{
  return unused;
}

static int makes_a_thread(void)
{
  pthread_t thread;

  enclose();
  return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0
             ? 0
             : 1;
}

static int has_a_thread_that_asks(void)
{
  pthread_t thread;

  enclose();
  return pthread_create(&thread, NULL, find_parent, NULL) == 0 && pthread_join(thread, NULL) == 0
             ? 0
             : 1;
}

static int counts(void)
{
  int ends[2], n = 0;

  if (pipe(ends) != 0 || write(ends[1], "abc", 3) != 3) {
    return 1;
  }
  enclose();
  return ioctl(ends[0], FIONREAD, &n) == 0 && n == 3 ? 0 : 2;
}

static int types_at_a_terminal(void)
{
  char letter = 'x';

  enclose();
  return ioctl(STDERR_FILENO, TIOCSTI, &letter) == 0 ? 0 : 1;
}

static int forks(void)
{
  enclose();
  return fork() >= 0 ? 0 : 1;
}

static void lets_through(void **state)
{
  (void)state;
  assert_int_equal(in_child(does_what_it_may, -1), 0);
  assert_int_equal(in_child(makes_a_thread, -1), 0);
  assert_int_equal(in_child(counts, -1), 0);
}

static int asks_for_its_parent(void)
{
  enclose();
  return getppid() > 0 ? 0 : 1;
}

static int makes_a_file(void)
{
  enclose();
  return open("/tmp/never-made", O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 1;
}

static int writes_a_file(void)
{
  enclose();
  return open("/dev/null", O_RDWR) >= 0 ? 0 : 1;
}

static int makes_code(void)
{
  enclose();
  return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != NULL ? 0
                                                                                             : 1;
}

static int sends_anywhere(void)
{
  struct sockaddr anybody = {.sa_family = AF_UNIX};

  enclose();
  return sendto(STDERR_FILENO, "", 0, 0, &anybody, sizeof anybody) >= 0 ? 0 : 1;
}

static void is_ended(int (*work)(void), const char *name)
{
  char text[512] = {0};
  int ends[2];

  assert_int_equal(pipe(ends), 0);
  assert_int_equal(in_child(work, ends[1]), FILTER_EXIT);
  close(ends[1]);
  assert_true(read(ends[0], text, sizeof text - 1) > 0);
  close(ends[0]);
  assert_ptr_equal(strstr(text, "test: "), text);
  assert_non_null(strstr(text, name));
}

static void ends_with_the_name_of_the_call(void **state)
{
  (void)state;
  is_ended(asks_for_its_parent, " getppid,");
  is_ended(has_a_thread_that_asks, " getppid,");
  is_ended(forks, " clone,");
  is_ended(types_at_a_terminal, " ioctl,");
  is_ended(makes_a_file, " openat,");
  is_ended(writes_a_file, " openat,");
  is_ended(makes_code, " mmap,");
  is_ended(sends_anywhere, " sendto,");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lets_through),
      cmocka_unit_test(ends_with_the_name_of_the_call),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
