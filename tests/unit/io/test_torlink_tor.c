/* The link against tor itself, with each way to authenticate, and a restart.
 * The tors never touch a network (DisableNetwork 1). */
#include "io/child.h"
#include "io/torlink.h"

#include "peer.h"
#include "wait.h"

#include <signal.h>

/* What tor --hash-password makes of the password, by tor 0.4.9.11. */
#define PASSWORD "p\"a\\s w"
#define HASHED   "16:A08571DA206745DE60373A399E79F8B7B84F1651E1C44B07DE7602F642"

static const char *find_tor(void)
{
  static const char *const paths[] = {"/usr/bin/tor", "/usr/sbin/tor", "/usr/local/bin/tor"};

  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    if (access(paths[i], X_OK) == 0) {
      return paths[i];
    }
  }
  return NULL;
}

/* tor ends; the test sees it by its link. */
static void ignore_end(void *ctx, const char *status)
{
  (void)ctx;
  (void)status;
}

struct tor {
  struct bench *bench;
  struct folder data; /* its data directory */
  struct child *process;
};

/* Starts a tor with a control socket and a port of its own choice, and these
 * lines of torrc. */
static void tor_start(struct tor *t, const char *lines)
{
  char torrc[FOLDER_PATH_SIZE], f[] = "-f", defaults[] = "--defaults-torrc",
                                nothing[] = "/nonexistent", ignore[] = "--ignore-missing-torrc",
                                quiet[] = "--quiet";
  char *program = strdup(find_tor());
  char *argv[] = {program, quiet, ignore, defaults, nothing, f, torrc, NULL};
  struct child_config config = {.base = t->bench->base, .argv = argv, .ended = ignore_end};
  struct buf text CLEANUP(buf_deinit) = {0};

  buf_addf(&text,
           "DataDirectory %s\nDisableNetwork 1\nSocksPort 0\nRunAsDaemon 0\n"
           "ControlPort unix:%s/control\nControlPort 127.0.0.1:auto\n"
           "ControlPortWriteToFile %s/ports\n%s",
           t->data.path, t->data.path, t->data.path, lines);
  folder_write(&t->data, "torrc", buf_str(&text));
  folder_file(&t->data, "torrc", torrc);
  assert_int_equal(child_start(&config, &t->process), 0);
  free(program);
}

/* tor does not look at the stream: it is terminated. */
static void tor_stop(struct tor *t)
{
  if (t->process != NULL) {
    kill(child_pid(t->process), SIGTERM);
    child_free(t->process);
    t->process = NULL;
  }
}

static int setup(void **state)
{
  struct tor *t = calloc(1, sizeof *t);
  void *bench = NULL;

  assert_int_equal(bench_setup(&bench), 0);
  t->bench = bench;
  folder_init(&t->data);
  *state = t;
  return 0;
}

static int teardown(void **state)
{
  struct tor *t = *state;
  void *bench = t->bench;
  struct folder keys = {{0}};

  tor_stop(t);
  snprintf(keys.path, sizeof keys.path, "%.40s/keys", t->data.path);
  folder_deinit(&keys);
  folder_deinit(&t->data);
  bench_teardown(&bench);
  free(t);
  return 0;
}

static struct endpoint tor_socket(struct tor *t)
{
  struct endpoint e = {.kind = ENDPOINT_UNIX};

  snprintf(e.path, sizeof e.path, "%s/control", t->data.path);
  return e;
}

/* The port that tor chose and wrote to a file: "PORT=127.0.0.1:12345". */
static struct endpoint tor_port(struct tor *t)
{
  struct endpoint e = {.kind = ENDPOINT_TCP, .host = "127.0.0.1"};

  for (int i = 0; e.port == 0; i++) {
    char *text = folder_read(&t->data, "ports");
    const char *port = strstr(text, "PORT=127.0.0.1:");

    e.port = (uint16_t)(port == NULL ? 0 : strtoul(port + strlen("PORT=127.0.0.1:"), NULL, 10));
    free(text);
    assert_true(i < PATIENCE_S * 50);
    bench_run(t->bench, 20);
  }
  return e;
}

static void start_link(struct tor *t, struct endpoint e, const char *password)
{
  struct torlink_config config = bench_config(t->bench);

  config.times = torlink_times_default;
  config.times.backoff_first = 20;
  config.times.backoff_last = 100;
  config.events = "HS_DESC HS_DESC_CONTENT STATUS_CLIENT SIGNAL";
  config.password = password == NULL ? slice_of(NULL, 0) : slice_str(password);
  config.endpoints = &e;
  config.n_endpoints = 1;
  torlink_free(t->bench->link);
  t->bench->link = torlink_new(&config);
}

/* Sends a command and waits for its reply; its description. */
static const char *ask(struct tor *t, const char *command)
{
  assert_int_equal(bench_send(t->bench, 1, command), 0);
  bench_until(t->bench, &t->bench->n_replies, t->bench->n_replies + 1);
  return buf_str(&t->bench->last_reply);
}

static void no_authentication(void **state)
{
  struct tor *t = *state;
  struct bench *b = t->bench;

  tor_start(t, "CookieAuthentication 0\n");
  start_link(t, tor_socket(t), NULL); /* before tor is there */
  bench_until(b, &b->n_up, 1);
  assert_non_null(strstr(buf_str(&b->version), " NULL"));
  assert_true(b->version.n > strlen(" NULL"));
  assert_string_equal(ask(t, "GETINFO version md/all\r\n"), "250 OK");
  assert_string_equal(ask(t, "GETINFO a b\r\n"), "552 Unrecognized key \"b\"");
  assert_string_equal(ask(t, "GETINFO config/names\r\n"), "250 OK");
  assert_true(b->reply_bytes > 10000);
  assert_string_equal(ask(t, "SIGNAL ACTIVE\r\n"), "250 OK");
  bench_until(b, &b->n_events, 1);
  assert_string_equal(buf_str(&b->last_event), "SIGNAL");
  start_link(t, tor_port(t), NULL);
  bench_until(b, &b->n_up, 2);
  assert_string_equal(ask(t, "GETCONF TestingTorNetwork\r\n"), "250 TestingTorNetwork=0");
}

static void cookie(void **state)
{
  struct tor *t = *state;
  struct bench *b = t->bench;

  tor_start(t, "CookieAuthentication 1\n");
  start_link(t, tor_socket(t), NULL);
  bench_until(b, &b->n_up, 1);
  assert_non_null(strstr(buf_str(&b->version), " SAFECOOKIE"));
  start_link(t, tor_port(t), NULL);
  bench_until(b, &b->n_up, 2);
  assert_non_null(strstr(buf_str(&b->version), " SAFECOOKIE"));
}

static void password(void **state)
{
  struct tor *t = *state;
  struct bench *b = t->bench;

  tor_start(t, "HashedControlPassword " HASHED "\n");
  start_link(t, tor_port(t), "wrong");
  bench_until_log(b, "does not accept the control password: it says \"515 ");
  start_link(t, tor_port(t), NULL);
  bench_until_log(b, "offers authentication by HASHEDPASSWORD only: no control password is "
                     "configured");
  start_link(t, tor_port(t), PASSWORD);
  bench_until(b, &b->n_up, 1);
  assert_non_null(strstr(buf_str(&b->version), " HASHEDPASSWORD"));
}

/* Both offered: the cookie when it can be read, else the password. */
static void cookie_or_password(void **state)
{
  struct tor *t = *state;
  struct bench *b = t->bench;
  char path[FOLDER_PATH_SIZE];

  tor_start(t, "CookieAuthentication 1\nHashedControlPassword " HASHED "\n");
  start_link(t, tor_socket(t), PASSWORD);
  bench_until(b, &b->n_up, 1);
  assert_non_null(strstr(buf_str(&b->version), " SAFECOOKIE"));
  folder_file(&t->data, "control_auth_cookie", path);
  assert_int_equal(unlink(path), 0);
  start_link(t, tor_socket(t), PASSWORD);
  bench_until(b, &b->n_up, 2);
  assert_non_null(strstr(buf_str(&b->version), " HASHEDPASSWORD"));
  /* A cookie of another tor is noticed before anything is given away. */
  folder_write(&t->data, "control_auth_cookie", "01234567890123456789012345678901");
  start_link(t, tor_socket(t), PASSWORD);
  bench_until_log(b, "control_auth_cookie: the file belongs to another tor");
}

/* tor ends and starts again: with a new cookie, the link comes back. */
static void restart(void **state)
{
  struct tor *t = *state;
  struct bench *b = t->bench;

  tor_start(t, "CookieAuthentication 1\n");
  start_link(t, tor_socket(t), NULL);
  bench_until(b, &b->n_up, 1);
  tor_stop(t);
  bench_until(b, &b->n_down, 1);
  bench_run(b, 200);
  tor_start(t, "CookieAuthentication 1\n");
  bench_until(b, &b->n_up, 2);
  assert_string_equal(ask(t, "GETINFO version\r\n"), "250 OK");
  assert_int_equal(b->n_down, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(no_authentication, setup, teardown),
      cmocka_unit_test_setup_teardown(cookie, setup, teardown),
      cmocka_unit_test_setup_teardown(password, setup, teardown),
      cmocka_unit_test_setup_teardown(cookie_or_password, setup, teardown),
      cmocka_unit_test_setup_teardown(restart, setup, teardown),
  };

  if (find_tor() == NULL) {
    printf("1..0 # SKIP tor is not installed\n");
    return 0;
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
