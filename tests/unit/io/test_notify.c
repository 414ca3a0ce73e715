#include "io/notify.h"

#include "folder.h"

#include <sys/socket.h>
#include <sys/un.h>

struct fixture {
  struct folder folder;
  int fd; /* the service manager's end */
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char path[FOLDER_PATH_SIZE];

  folder_init(&f->folder);
  folder_file(&f->folder, "notify", path);
  memcpy(address.sun_path, path, strlen(path));
  f->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(f->fd, (struct sockaddr *)&address, sizeof address), 0);
  setenv("NOTIFY_SOCKET", path, 1);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
  close(f->fd);
  folder_deinit(&f->folder);
  free(f);
  return 0;
}

static void assert_received(struct fixture *f, const char *begin)
{
  char text[256] = {0};

  assert_true(recv(f->fd, text, sizeof text - 1, 0) > 0);
  assert_memory_equal(text, begin, strlen(begin));
}

static void sends_states(void **state)
{
  struct fixture *f = *state;

  assert_true(notify_is_wanted());
  notify_send("READY=1");
  assert_received(f, "READY=1");
  notify_reloading();
  assert_received(f, "RELOADING=1\nMONOTONIC_USEC=");
}

/* A service manager that does not read cannot stop us. */
static void full_queue_blocks_nobody(void **state)
{
  struct fixture *f = *state;
  int n = 0;

  while (n < 100000 && notify_try("STATUS=again")) {
    n++;
  }
  assert_in_range(n, 1, 99999);
  notify_send("STOPPING=1"); /* gives up after a second; a test's time limit is the judge */
  assert_received(f, "STATUS=again");
  assert_true(notify_try("READY=1"));
}

static void abstract_name(void **state)
{
  struct fixture *f = *state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char name[64];
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  (void)f;
  snprintf(name, sizeof name, "@obtest-%d", (int)getpid());
  memcpy(address.sun_path, name, strlen(name));
  address.sun_path[0] = 0;
  assert_int_equal(bind(fd, (struct sockaddr *)&address,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                   0);
  setenv("NOTIFY_SOCKET", name, 1);
  notify_send("STOPPING=1");
  memset(name, 0, sizeof name);
  assert_int_equal(recv(fd, name, sizeof name, 0), 10);
  assert_string_equal(name, "STOPPING=1");
  close(fd);
}

/* Without a service manager, or with one that is gone, nothing happens. */
static void nobody_listens(void **state)
{
  (void)state;
  setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
  notify_send("READY=1");
  setenv("NOTIFY_SOCKET", "relative", 1);
  assert_false(notify_is_wanted());
  unsetenv("NOTIFY_SOCKET");
  assert_false(notify_is_wanted());
  notify_send("READY=1");
}

static void watchdog(void **state)
{
  char pid[32];

  (void)state;
  assert_int_equal(notify_watchdog_ms(), 0);
  setenv("WATCHDOG_USEC", "30000000", 1);
  assert_int_equal(notify_watchdog_ms(), 30000);
  setenv("WATCHDOG_PID", "1", 1);
  assert_int_equal(notify_watchdog_ms(), 0);
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  setenv("WATCHDOG_PID", pid, 1);
  assert_int_equal(notify_watchdog_ms(), 30000);
  setenv("WATCHDOG_USEC", "soon", 1);
  assert_int_equal(notify_watchdog_ms(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(sends_states, setup, teardown),
      cmocka_unit_test_setup_teardown(full_queue_blocks_nobody, setup, teardown),
      cmocka_unit_test_setup_teardown(abstract_name, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_listens, setup, teardown),
      cmocka_unit_test_setup_teardown(watchdog, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
