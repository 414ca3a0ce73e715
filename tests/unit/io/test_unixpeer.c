#include "io/unixpeer.h"

#include "io/loop.h"

#include "folder.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/un.h>

/* One connection, both of its sides. */
struct pair {
  struct folder folder;
  struct event_base *base;
  struct endpoint endpoint;
  int listener, there;
  struct unixpeer *here;
  char got[64];
  size_t n_got;
  char why[64];
  int n_ended;
};

static void on_bytes(void *ctx, struct slice bytes)
{
  struct pair *p = ctx;

  assert_true(p->n_got + bytes.n < sizeof p->got);
  memcpy(p->got + p->n_got, bytes.p, bytes.n);
  p->n_got += bytes.n;
}

static void on_ended(void *ctx, const char *why)
{
  struct pair *p = ctx;

  snprintf(p->why, sizeof p->why, "%s", why);
  p->n_ended++;
}

static int open_here(struct pair *p)
{
  struct unixpeer_config config = {
      .base = p->base, .endpoint = &p->endpoint, .got = on_bytes, .ended = on_ended, .ctx = p};

  return unixpeer_open(&config, &p->here);
}

static int setup(void **state)
{
  struct pair *p = calloc(1, sizeof *p);
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  char path[FOLDER_PATH_SIZE];

  folder_init(&p->folder);
  folder_file(&p->folder, "s", path);
  assert_int_equal(endpoint_unix(slice_str(path), &p->endpoint), 0);
  memcpy(at.sun_path, p->endpoint.path, sizeof p->endpoint.path);
  p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(p->listener, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(p->listener, 1), 0);
  p->base = loop_new();
  assert_int_equal(open_here(p), 0);
  p->there = accept(p->listener, NULL, NULL);
  assert_true(p->there >= 0);
  *state = p;
  return 0;
}

static int teardown(void **state)
{
  struct pair *p = *state;

  unixpeer_free(p->here);
  loop_free(p->base);
  close(p->there);
  close(p->listener);
  folder_deinit(&p->folder);
  free(p);
  return 0;
}

static void turn(struct pair *p)
{
  const struct timeval tv = {.tv_usec = 20000};

  event_base_loopexit(p->base, &tv);
  event_base_dispatch(p->base);
}

static void bytes_go_both_ways(void **state)
{
  struct pair *p = *state;
  char in[8] = {0};

  unixpeer_send(p->here, slice_str("there"));
  turn(p);
  assert_int_equal(recv(p->there, in, sizeof in, MSG_DONTWAIT), 5);
  assert_string_equal(in, "there");
  assert_int_equal(send(p->there, "he", 2, 0), 2);
  turn(p);
  assert_int_equal(send(p->there, "re", 2, 0), 2);
  turn(p);
  assert_string_equal(p->got, "here");
  assert_int_equal(p->n_ended, 0);
}

static void the_end_is_told_once(void **state)
{
  struct pair *p = *state;

  assert_int_equal(send(p->there, "last", 4, 0), 4);
  shutdown(p->there, SHUT_RDWR);
  turn(p);
  turn(p);
  assert_string_equal(p->got, "last");
  assert_int_equal(p->n_ended, 1);
  assert_string_equal(p->why, "it has hung up");
}

static void nothing_comes_after_ignore(void **state)
{
  struct pair *p = *state;

  unixpeer_ignore(p->here);
  assert_int_equal(send(p->there, "more", 4, 0), 4);
  shutdown(p->there, SHUT_RDWR);
  turn(p);
  assert_int_equal(p->n_got, 0);
  assert_int_equal(p->n_ended, 0);
}

static void nobody_there_is_an_error(void **state)
{
  struct pair *p = *state;
  struct unixpeer *before = p->here;

  close(p->listener);
  assert_int_equal(open_here(p), ERR_IO);
  assert_int_equal(errno, ECONNREFUSED);
  unlink(p->endpoint.path);
  assert_int_equal(open_here(p), ERR_IO);
  assert_int_equal(errno, ENOENT);
  assert_ptr_equal(p->here, before);
  unixpeer_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(bytes_go_both_ways, setup, teardown),
      cmocka_unit_test_setup_teardown(the_end_is_told_once, setup, teardown),
      cmocka_unit_test_setup_teardown(nothing_comes_after_ignore, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_there_is_an_error, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
