#include "io/torlink.h"

#include "base/limits.h"

#include "peer.h"
#include "wait.h"

#include <arpa/inet.h>

/* A link to the scripted peer on its unix socket, up. */
static void start_up(struct bench *b)
{
  struct endpoint e = bench_socket(b, "control");

  peer_listen_unix(b);
  bench_start(b, &e, 1);
  bench_until(b, &b->n_up, 1);
}

static void commands_and_events(void **state)
{
  struct bench *b = *state;

  start_up(b);
  assert_true(torlink_is_up(b->link));
  assert_string_equal(buf_str(&b->version), "0.4.9.11 NULL");
  assert_int_equal(bench_send(b, 5, "GETINFO a\r\n"), 0);
  assert_int_equal(bench_send(b, 6, "GETINFO b\r\n"), 0);
  bench_until(b, &b->n_replies, 2);
  assert_int_equal(b->tag, 6);
  bench_say(b, "650 SIGNAL RELOAD\r\n650 SIGNAL HUP\r\n");
  bench_until(b, &b->n_events, 2);
  assert_string_equal(buf_str(&b->last_event), "SIGNAL");
  assert_int_equal(b->n_down, 0);
  assert_int_equal(bench_count_log(b, "[INFO]: control connection to tor 0.4.9.11 at unix:"), 1);
  assert_int_equal(bench_count_log(b, "(chosen by test), authentication method NULL\n"), 1);
}

/* Many tries, one line in the log; then tor appears. */
static void absent_at_start(void **state)
{
  struct bench *b = *state;
  struct endpoint e = bench_socket(b, "control");

  bench_start(b, &e, 1);
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), ERR_NOT_NOW);
  bench_run(b, 200);
  assert_false(torlink_is_up(b->link));
  assert_int_equal(bench_count_log(b, "[WARNING]"), 1);
  assert_int_equal(bench_count_log(b, "/control: No such file or directory; trying again"), 1);
  peer_listen_unix(b);
  bench_until(b, &b->n_up, 1);
  assert_int_equal(b->n_down, 0);
}

/* The same trouble is told again after a while. */
static void trouble_is_repeated(void **state)
{
  struct bench *b = *state;
  struct torlink_config config = bench_config(b);
  struct endpoint e = bench_socket(b, "control");

  config.times.repeat_log = 50;
  config.endpoints = &e;
  config.n_endpoints = 1;
  b->link = torlink_new(&config);
  bench_run(b, 400);
  assert_in_range(bench_count_log(b, "[WARNING]"), 2, 9);
}

static void second_endpoint(void **state)
{
  struct bench *b = *state;
  struct endpoint e[2] = {bench_socket(b, "none"), peer_listen_tcp(b)};

  bench_start(b, e, 2);
  bench_until(b, &b->n_up, 1);
  assert_int_equal(bench_count_log(b, "not used: "), 1);
  assert_int_equal(bench_count_log(b, "/none: No such file or directory\n"), 1);
  assert_int_equal(bench_count_log(b, "[WARNING]"), 0);
}

static void all_endpoints_fail(void **state)
{
  struct bench *b = *state;
  struct endpoint e[2] = {bench_socket(b, "none"), peer_listen_tcp(b)};

  peer_unlisten(b);
  bench_start(b, e, 2);
  bench_until_log(b, ": Connection refused; trying again");
  assert_int_equal(bench_count_log(b, "/none: No such file or directory; 127.0.0.1:"), 1);
}

/* Something that is no control port. */
static void ssh(struct bench *b, const char *command)
{
  if (strncmp(command, "PROTOCOLINFO", 12) == 0) {
    bench_say(b, "SSH-2.0-OpenSSH_9.2\r\n");
  }
}

static void garbage_in_handshake(void **state)
{
  struct bench *b = *state;
  struct endpoint e = bench_socket(b, "control");

  b->script = ssh;
  peer_listen_unix(b);
  bench_start(b, &e, 1);
  bench_until(b, &b->n_accepted, 3);
  assert_int_equal(bench_count_log(b, "[WARNING]"), 1);
  assert_int_equal(bench_count_log(b, "/control sends a line that is no reply of a control port: "
                                      "\"SSH-2.0-OpenSSH_9.2\"; trying again"),
                   1);
  b->script = polite;
  bench_until(b, &b->n_up, 1);
}

static void garbage_later(void **state)
{
  struct bench *b = *state;

  start_up(b);
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  bench_say(b, "\x1b[31mhello\n");
  bench_until(b, &b->n_down, 1);
  assert_non_null(strstr(buf_str(&b->why), "sends a line that is no reply"));
  assert_int_equal(bench_count_log(b, "\"\\x1b[31mhello\"; connecting again"), 1);
  bench_until(b, &b->n_up, 2);
  assert_int_equal(b->n_replies, 0); /* none for what was lost */
}

static void strange_events_are_skipped(void **state)
{
  struct bench *b = *state;

  start_up(b);
  bench_say(b, "650 HS_DESC\r\n650 HS_DESC x\r\n650 SIGNAL HUP\r\n");
  bench_until(b, &b->n_events, 1);
  assert_int_equal(b->n_down, 0);
  assert_int_equal(bench_count_log(b, "sends an event HS_DESC in a form"), 1);
}

static void oversized(void **state)
{
  struct bench *b = *state;
  char *fill = calloc(1, LIMIT_CONTROL_LINE_BYTES + 1);

  memset(fill, 'a', LIMIT_CONTROL_LINE_BYTES);
  start_up(b);
  bench_say(b, "250 ");
  bench_say(b, fill);
  bench_until(b, &b->n_down, 1);
  assert_non_null(strstr(buf_str(&b->why), "sends a line of more than 65536 bytes"));
  free(fill);
  bench_until(b, &b->n_up, 2);
}

/* As large as all microdescriptors, in the sizes that the socket gives. */
static void large_reply(void **state)
{
  struct bench *b = *state;
  const size_t n_lines = 100000;
  struct buf text CLEANUP(buf_deinit) = {0};

  start_up(b);
  assert_int_equal(bench_send(b, 1, "X\r\n"), 0);
  bench_until(b, &b->n_replies, 1);
  buf_add_str(&text, "250+md/all=\r\n");
  for (size_t i = 0; i < n_lines; i++) {
    buf_add_str(&text, "0123456789012345678901234567890123456789012345678901234567890123\r\n");
  }
  buf_add_str(&text, ".\r\n250 OK\r\n");
  assert_int_equal(bench_send(b, 2, ""), 0);
  bufferevent_write(b->peer, text.p, text.n);
  bench_until(b, &b->n_replies, 2);
  assert_int_equal(b->reply_bytes, n_lines * 65);
}

static void silent(struct bench *b, const char *command)
{
  (void)b;
  (void)command;
}

static void silent_handshake(void **state)
{
  struct bench *b = *state;
  struct endpoint e = bench_socket(b, "control");

  b->script = silent;
  peer_listen_unix(b);
  bench_start(b, &e, 1);
  bench_until(b, &b->n_accepted, 2);
  assert_int_equal(bench_count_log(b, "took the connection but does not answer"), 1);
}

/* Nobody accepts, and the queue of the listener is full. */
static void silent_connect(void **state)
{
  struct bench *b = *state;
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct endpoint e = {.kind = ENDPOINT_TCP, .host = "127.0.0.1"};
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t n = sizeof in;
  int others[3];

  assert_int_equal(bind(listener, (struct sockaddr *)&in, n), 0);
  assert_int_equal(listen(listener, 0), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &n), 0);
  e.port = ntohs(in.sin_port);
  for (int i = 0; i < 3; i++) {
    others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)connect(others[i], (struct sockaddr *)&in, sizeof in);
  }
  bench_start(b, &e, 1);
  bench_until_log(b, ": Connection timed out; trying again");
  for (int i = 0; i < 3; i++) {
    close(others[i]);
  }
  close(listener);
}

static void silent_command(void **state)
{
  struct bench *b = *state;

  start_up(b);
  b->script = silent;
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  bench_until(b, &b->n_down, 1);
  assert_non_null(strstr(buf_str(&b->why), "does not answer a command"));
  b->script = polite;
  bench_until(b, &b->n_up, 2);
  bench_run(b, 700); /* nothing waits: no time-out */
  assert_int_equal(b->n_down, 1);
}

/* Events are no answer, however many. */
static void events_do_not_answer(void **state)
{
  struct bench *b = *state;

  start_up(b);
  b->script = silent;
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  for (int i = 0; i < 100 && b->n_down == 0; i++) {
    if (b->peer != NULL) {
      bench_say(b, "650 SIGNAL HUP\r\n");
    }
    bench_run(b, 20);
  }
  assert_int_equal(b->n_down, 1);
}

/* A reply that takes three times as long as a command may wait, but moves. */
static void slow_reply(void **state)
{
  struct bench *b = *state;

  start_up(b);
  b->script = silent;
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  bench_say(b, "250+a=\r\n");
  for (int i = 0; i < 30; i++) {
    bench_run(b, 60);
    bench_say(b, "line\r\n");
  }
  bench_say(b, ".\r\n250 OK\r\n");
  bench_until(b, &b->n_replies, 1);
  assert_int_equal(b->reply_bytes, 150);
  assert_int_equal(b->n_down, 0);
}

static void close_in_the_middle(struct bench *b, const char *command)
{
  if (strncmp(command, "GETINFO", 7) == 0) {
    int fd = bufferevent_getfd(b->peer);

    (void)!write(fd, "250+a=\r\nhalf", 12);
    peer_close(b);
    return;
  }
  polite(b, command);
}

static void closed_in_the_middle(void **state)
{
  struct bench *b = *state;

  b->script = close_in_the_middle;
  start_up(b);
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  bench_until(b, &b->n_down, 1);
  assert_non_null(strstr(buf_str(&b->why), "/control has closed the connection"));
  assert_int_equal(b->n_replies, 0);
  bench_until(b, &b->n_up, 2);
}

/* A tor that goes and comes back, like a restart. */
static void restart(void **state)
{
  struct bench *b = *state;

  start_up(b);
  peer_unlisten(b);
  peer_close(b);
  bench_until(b, &b->n_down, 1);
  bench_until_log(b, "no control connection to tor");
  peer_listen_unix(b);
  bench_until(b, &b->n_up, 2);
  assert_int_equal(bench_send(b, 3, "GETINFO a\r\n"), 0);
  bench_until(b, &b->n_replies, 1);
  assert_int_equal(b->tag, 3);
}

static void refuse_password(struct bench *b, const char *command)
{
  if (strncmp(command, "PROTOCOLINFO", 12) == 0) {
    bench_say(b, "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=HASHEDPASSWORD\r\n250 OK\r\n");
  } else {
    assert_string_equal(command, "AUTHENTICATE \"wrong\"");
    bench_say(b, "515 Authentication failed: Password did not match\r\n");
  }
}

static void wrong_password(void **state)
{
  struct bench *b = *state;
  struct torlink_config config = bench_config(b);
  struct endpoint e = bench_socket(b, "control");

  b->script = refuse_password;
  peer_listen_unix(b);
  config.password = slice_str("wrong");
  config.endpoints = &e;
  config.n_endpoints = 1;
  b->link = torlink_new(&config);
  bench_until_log(b, "/control does not accept the control password: it says \"515 "
                     "Authentication failed: Password did not match\"; trying again");
}

static void offer_cookie(struct bench *b, const char *command)
{
  struct buf text CLEANUP(buf_deinit) = {0};

  (void)command;
  buf_addf(&text,
           "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE "
           "COOKIEFILE=\"%s/cookie\"\r\n250 OK\r\n",
           b->folder.path);
  bench_say(b, buf_str(&text));
}

static void bad_cookies(void **state)
{
  struct bench *b = *state;
  struct endpoint e = bench_socket(b, "control");
  struct buf large CLEANUP(buf_deinit) = {0};

  b->script = offer_cookie;
  peer_listen_unix(b);
  bench_start(b, &e, 1);
  bench_until_log(b, "offers authentication by COOKIE,SAFECOOKIE only: ");
  bench_until_log(b, "/cookie: No such file or directory; trying again");
  folder_write(&b->folder, "cookie", "short");
  bench_until_log(b, "/cookie is not a cookie: it has 5 bytes, not 32; trying again");
  buf_add_fill(&large, 'x', 2000);
  folder_write(&b->folder, "cookie", buf_str(&large));
  bench_until_log(b, "/cookie is not a cookie: it has more than 1024 bytes; trying again");
}

/* Up, and gone at once, again and again: no faster for that. */
static void close_when_up(struct bench *b, const char *command)
{
  polite(b, command);
  if (strncmp(command, "SETEVENTS", 9) == 0) {
    bufferevent_flush(b->peer, EV_WRITE, BEV_FLUSH);
    (void)!write(bufferevent_getfd(b->peer), "250 OK\r\n", 8);
    peer_close(b);
  }
}

static void backoff_grows(void **state)
{
  struct bench *b = *state;

  b->script = close_when_up;
  start_up(b);
  bench_run(b, 500);
  /* 4 + 8 + 16 + 32 + 32 .. ms, each up to half less: at most 31 in 500 ms */
  assert_in_range(b->n_accepted, 3, 36);
}

/* With a link that counts as stable at once, each loss is a first one. */
static void backoff_is_forgotten(void **state)
{
  struct bench *b = *state;
  struct torlink_config config = bench_config(b);
  struct endpoint e = bench_socket(b, "control");

  config.times.backoff_first = 1;
  config.times.backoff_last = 100000;
  config.times.stable = 0;
  config.endpoints = &e;
  config.n_endpoints = 1;
  b->script = close_when_up;
  peer_listen_unix(b);
  b->link = torlink_new(&config);
  bench_until(b, &b->n_up, 20); /* a backoff that doubles would take minutes */
}

/* The other side goes without having read what we sent. */
static void reset(void **state)
{
  struct bench *b = *state;

  start_up(b);
  bufferevent_disable(b->peer, EV_READ);
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  bench_run(b, 20);
  peer_close(b);
  bench_until(b, &b->n_down, 1);
  assert_non_null(strstr(buf_str(&b->why), "cannot be reached any more: Connection reset"));
}

static void too_much_to_send(void **state)
{
  struct bench *b = *state;
  struct buf command CLEANUP(buf_deinit) = {0};
  size_t sent = 0;
  int err;

  start_up(b);
  bufferevent_disable(b->peer, EV_READ);
  buf_add_fill(&command, 'x', LIMIT_CONTROL_COMMAND_BYTES);
  while ((err = torlink_send(b->link, 1, buf_slice(&command))) == 0) {
    sent += command.n;
    assert_true(sent <= LIMIT_CONTROL_OUTPUT_BYTES);
  }
  assert_int_equal(err, ERR_TOO_LONG);
  assert_true(torlink_is_up(b->link));
  bench_until(b, &b->n_down, 1); /* nothing is answered */
}

static void too_many_to_answer(void **state)
{
  struct bench *b = *state;

  b->script = polite;
  start_up(b);
  bufferevent_disable(b->peer, EV_READ);
  for (uint64_t i = 0; i < LIMIT_CONTROL_PENDING; i++) {
    assert_int_equal(bench_send(b, i, "GETINFO a\r\n"), 0);
  }
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), ERR_TOO_LONG);
  bufferevent_enable(b->peer, EV_READ);
  bench_until(b, &b->n_replies, (int)LIMIT_CONTROL_PENDING);
  assert_int_equal(b->tag, LIMIT_CONTROL_PENDING - 1);
}

/* Freed in each phase: nothing is left, nothing is called. */
static void freed_at_any_time(void **state)
{
  struct bench *b = *state;
  struct endpoint e = bench_socket(b, "control");

  bench_start(b, &e, 1);
  torlink_free(b->link); /* before its first try */
  bench_start(b, &e, 1);
  bench_run(b, 5);
  torlink_free(b->link); /* between tries */
  b->script = silent;
  peer_listen_unix(b);
  bench_start(b, &e, 1);
  bench_until(b, &b->n_accepted, 1);
  torlink_free(b->link); /* in the handshake */
  b->script = polite;
  bench_start(b, &e, 1);
  bench_until(b, &b->n_up, 1);
  assert_int_equal(bench_send(b, 1, "GETINFO a\r\n"), 0);
  torlink_free(b->link); /* with a command on its way */
  b->link = NULL;
  bench_run(b, 20);
  assert_int_equal(b->n_down, 0);
  assert_int_equal(b->n_replies, 0);
  torlink_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(commands_and_events, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(absent_at_start, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(trouble_is_repeated, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(second_endpoint, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(all_endpoints_fail, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(garbage_in_handshake, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(garbage_later, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(strange_events_are_skipped, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(oversized, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(large_reply, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(silent_handshake, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(silent_connect, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(silent_command, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(events_do_not_answer, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(slow_reply, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(closed_in_the_middle, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(restart, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(wrong_password, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(bad_cookies, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(backoff_grows, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(backoff_is_forgotten, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(reset, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(too_much_to_send, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(too_many_to_answer, bench_setup, bench_teardown),
      cmocka_unit_test_setup_teardown(freed_at_any_time, bench_setup, bench_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
