#include "io/desk.h"

#include "base/limits.h"
#include "io/loop.h"
#include "io/timer.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BUSY "busy 0\n"

struct fixture {
  struct event_base *base;
  struct desk *desk;
  struct folder folder;
  char path[FOLDER_PATH_SIZE];
  struct desk_guest *guest; /* the last one that asked and is still there */
  struct buf line;          /* what it asked */
  size_t n_asked;
  size_t n_gone;
  size_t answer; /* bytes to answer with at once; 0: later */
};

static void asked(void *ctx, struct desk_guest *g, struct slice line)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct fixture *f = ctx;

  f->n_asked++;
  buf_clear(&f->line);
  buf_add_slice(&f->line, line);
  if (f->answer > 0) {
    buf_add_fill(&text, 'x', f->answer);
    desk_end(g, buf_slice(&text));
  } else {
    f->guest = g;
  }
}

static void gone(void *ctx, struct desk_guest *g)
{
  struct fixture *f = ctx;

  f->n_gone++;
  f->guest = f->guest == g ? NULL : f->guest;
}

static int open_desk(struct fixture *f, struct desk **out)
{
  struct desk_config config = {.base = f->base,
                               .path = f->path,
                               .busy = slice_str(BUSY),
                               .handler = {.asked = asked, .gone = gone, .ctx = f}};

  return desk_open(&config, out);
}

static int connect_to(const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  memcpy(address.sun_path, path, strlen(path));
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void stop(void *ctx)
{
  loop_stop(ctx);
}

static void run_for(struct fixture *f, int64_t ms)
{
  struct timer *t = timer_new(f->base, stop, f->base);

  timer_set(t, ms);
  loop_run(f->base);
  timer_free(t);
}

static void say(struct fixture *f, int fd, const char *text)
{
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
  run_for(f, 10);
}

/* Reads until the other side hangs up; how many bytes came. */
static size_t read_all(struct fixture *f, int fd)
{
  static char bytes[65536];
  size_t total = 0;

  for (int i = 0; i < 2000; i++) {
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n == 0 || (n < 0 && errno == ECONNRESET)) {
      return total;
    }
    if (n > 0) {
      total += (size_t)n;
    } else {
      assert_int_equal(errno, EAGAIN);
      run_for(f, 1);
    }
  }
  fail_msg("no end after %zu bytes", total);
  return 0;
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  f->base = loop_new();
  folder_init(&f->folder);
  folder_file(&f->folder, "admin", f->path);
  assert_int_equal(open_desk(f, &f->desk), 0);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  desk_free(f->desk);
  loop_free(f->base);
  folder_deinit(&f->folder);
  buf_deinit(&f->line);
  free(f);
  return 0;
}

/* More than a socket buffer holds, and the question in two pieces. */
static void test_answers(void **state)
{
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  f->answer = 3U << 20;
  say(f, fd, "hello ");
  assert_int_equal(f->n_asked, 0);
  say(f, fd, "there\n");
  assert_string_equal(buf_str(&f->line), "hello there");
  assert_int_equal(read_all(f, fd), 3U << 20);
  assert_int_equal(f->n_gone, 0);
  close(fd);
}

static void test_answers_later(void **state)
{
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  say(f, fd, "wait\nand what is said afterwards\nis ignored\n");
  assert_int_equal(f->n_asked, 1);
  assert_int_equal(desk_level(f->guest), DESK_ADMIN); /* it is us */
  assert_true(desk_say(f->guest, slice_str("one")));
  run_for(f, 5);
  desk_end(f->guest, slice_str("two"));
  assert_int_equal(read_all(f, fd), 6);
  close(fd);
}

/* Who closes its side after the question still gets the answer. */
static void test_half_closed(void **state)
{
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  f->answer = 1U << 20;
  send(fd, "q\n", 2, MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
  assert_int_equal(read_all(f, fd), 1U << 20);
  close(fd);
}

static void test_goes(void **state)
{
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  close(fd); /* without a question: nobody needs to know */
  run_for(f, 10);
  assert_int_equal(f->n_gone, 0);
  fd = connect_to(f->path);
  say(f, fd, "q\n");
  close(fd);
  run_for(f, 10);
  assert_int_equal(f->n_gone, 1);
  assert_null(f->guest);
}

/* Who does not read what it asked for is hung up on, in bounded memory. */
static void test_never_reads(void **state)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct fixture *f = *state;
  int fd = connect_to(f->path);
  size_t n = 0;

  buf_add_fill(&text, 'x', 65536);
  say(f, fd, "watch\n");
  while (desk_say(f->guest, buf_slice(&text))) {
    assert_true(n++ < 2 * LIMIT_ADMIN_UNREAD_BYTES / 65536);
    run_for(f, 1);
  }
  assert_int_equal(f->n_gone, 0);
  assert_true(read_all(f, fd) < 2 * LIMIT_ADMIN_UNREAD_BYTES);
  close(fd);
}

static void test_line_limit(void **state)
{
  CLEANUP(buf_deinit) struct buf line = {0};
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  f->answer = 1;
  buf_add_fill(&line, 'q', LIMIT_ADMIN_REQUEST_BYTES - 1);
  buf_add_u8(&line, '\n');
  say(f, fd, buf_str(&line));
  assert_int_equal(read_all(f, fd), 1);
  close(fd);
  fd = connect_to(f->path);
  buf_clear(&line);
  buf_add_fill(&line, 'q', LIMIT_ADMIN_REQUEST_BYTES + 1);
  say(f, fd, buf_str(&line));
  assert_int_equal(read_all(f, fd), 0);
  assert_int_equal(f->n_asked, 1);
  close(fd);
}

static void test_guests_limit(void **state)
{
  struct fixture *f = *state;
  int fds[LIMIT_ADMIN_GUESTS + 1];

  for (size_t i = 0; i < LIMIT_ADMIN_GUESTS; i++) {
    fds[i] = connect_to(f->path);
    say(f, fds[i], "q\n");
  }
  assert_int_equal(f->n_asked, LIMIT_ADMIN_GUESTS);
  fds[LIMIT_ADMIN_GUESTS] = connect_to(f->path);
  assert_int_equal(read_all(f, fds[LIMIT_ADMIN_GUESTS]), strlen(BUSY));
  close(fds[0]);
  run_for(f, 10);
  f->answer = 1;
  fds[0] = connect_to(f->path);
  say(f, fds[0], "q\n");
  assert_int_equal(read_all(f, fds[0]), 1);
  for (size_t i = 0; i <= LIMIT_ADMIN_GUESTS; i++) {
    close(fds[i]);
  }
}

static void test_mode_and_place(void **state)
{
  struct fixture *f = *state;
  struct desk *second = NULL;
  struct stat st;

  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  assert_int_equal(open_desk(f, &second), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  desk_free(f->desk);
  f->desk = NULL;
  assert_int_equal(stat(f->path, &st), -1);
}

static void test_readers(void **state)
{
  struct fixture *f = *state;
  struct desk_config config = {
      .base = f->base, .path = f->path, .has_readers = true, .readers = getegid()};
  struct stat st;

  desk_free(f->desk);
  f->desk = NULL;
  assert_int_equal(desk_open(&config, &f->desk), 0);
  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0660);
  assert_int_equal(st.st_gid, getegid());
}

/* The end comes while guests wait. */
static void test_end(void **state)
{
  struct fixture *f = *state;
  int fd = connect_to(f->path);

  say(f, fd, "q\n");
  desk_free(f->desk);
  f->desk = NULL;
  assert_int_equal(f->n_gone, 0);
  assert_int_equal(read_all(f, fd), 0);
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_answers_later, setup, teardown),
      cmocka_unit_test_setup_teardown(test_half_closed, setup, teardown),
      cmocka_unit_test_setup_teardown(test_goes, setup, teardown),
      cmocka_unit_test_setup_teardown(test_never_reads, setup, teardown),
      cmocka_unit_test_setup_teardown(test_line_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(test_guests_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(test_mode_and_place, setup, teardown),
      cmocka_unit_test_setup_teardown(test_readers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_end, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
