#include "io/inquiry.h"

#include "folder.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "io/random.h"

#define GREETING                                                                                   \
  "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"
#define PLACES                                                                                     \
  "250-net/listeners/socks=\"127.0.0.1:9050\" \"0.0.0.0:9052\" \"[::]:9053\" \"garbage\" "         \
  "\"unix:/run/tor/socks\"\r\n250 OK\r\n"

struct fixture {
  struct folder folder;
  struct endpoint control;
  struct suite *suite;
  struct endpoint found[INQUIRY_MAX];
  size_t n;
  pid_t tor;
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  char path[FOLDER_PATH_SIZE];

  folder_init(&f->folder);
  folder_file(&f->folder, "control", path);
  assert_int_equal(endpoint_unix(slice_str(path), &f->control), 0);
  f->suite = suite_new();
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  suite_free(f->suite);
  folder_deinit(&f->folder);
  free(f);
  return 0;
}

/* A tor that says each of these when it is spoken to, and then hangs up. */
static void start_tor(struct fixture *f, const char *const *answers)
{
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  char in[1024];

  memcpy(at.sun_path, f->control.path, strlen(f->control.path));
  assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(listener, 1), 0);
  f->tor = fork();
  if (f->tor == 0) {
    int fd = accept(listener, NULL, NULL);

    while (*answers != NULL && read(fd, in, sizeof in) > 0) {
      (void)!write(fd, *answers, strlen(*answers));
      answers++;
    }
    _exit(0);
  }
  close(listener);
}

static int ask(struct fixture *f, const char *const *answers)
{
  struct inquiry q = {.suite = f->suite, .rng = &random_rng};
  int err;

  start_tor(f, answers);
  err = inquiry_socks(&q, &f->control, f->found, &f->n);
  waitpid(f->tor, NULL, 0);
  return err;
}

static void hears_of_the_places(void **state)
{
  static const char *const answers[] = {GREETING, "250 OK\r\n", "250 OK\r\n", PLACES, NULL};
  static const char *const places[] = {"127.0.0.1:9050", "127.0.0.1:9052", "[::1]:9053",
                                       "unix:/run/tor/socks"};
  struct fixture *f = *state;

  assert_int_equal(ask(f, answers), 0);
  assert_int_equal(f->n, 4);
  for (size_t i = 0; i < f->n; i++) {
    struct endpoint e;

    assert_int_equal(endpoint_parse(slice_str(places[i]), &e), 0);
    assert_true(endpoint_equal(&e, &f->found[i]));
  }
}

static void hears_of_none(void **state)
{
  static const char *const answers[] = {GREETING, "250 OK\r\n", "250 OK\r\n",
                                        "250-net/listeners/socks=\r\n250 OK\r\n", NULL};
  struct fixture *f = *state;

  f->n = 7;
  assert_int_equal(ask(f, answers), 0);
  assert_int_equal(f->n, 0);
}

static void is_not_let_in(void **state)
{
  static const char *const answers[] = {GREETING, "515 Authentication failed\r\n", NULL};

  assert_int_equal(ask(*state, answers), ERR_AUTH);
}

static void garbage(void **state)
{
  static const char *const answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", NULL};

  assert_int_equal(ask(*state, answers), ERR_SYNTAX);
}

static void is_hung_up_on(void **state)
{
  static const char *const answers[] = {GREETING, NULL};
  int err = ask(*state, answers);

  assert_true(err == ERR_CLOSED || err == ERR_IO); /* with what it has not read, a reset */
}

static void nobody_is_there(void **state)
{
  struct fixture *f = *state;
  struct inquiry q = {.suite = f->suite, .rng = &random_rng};

  assert_int_equal(inquiry_socks(&q, &f->control, f->found, &f->n), ERR_IO);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(hears_of_the_places, setup, teardown),
      cmocka_unit_test_setup_teardown(hears_of_none, setup, teardown),
      cmocka_unit_test_setup_teardown(is_not_let_in, setup, teardown),
      cmocka_unit_test_setup_teardown(garbage, setup, teardown),
      cmocka_unit_test_setup_teardown(is_hung_up_on, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_is_there, setup, teardown),
  };

  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
