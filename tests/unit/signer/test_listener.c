#include "signer/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "fixture.h"

#define NOBODY 65534

static const struct listener_policy own_only = {0};

struct place {
  char folder[FIXTURE_PATH];
  struct sockaddr_un at;
};

static void place_init(struct place *p)
{
  fixture_folder(p->folder);
  p->at = (struct sockaddr_un){.sun_family = AF_UNIX};
  assert_true(snprintf(p->at.sun_path, sizeof p->at.sun_path, "%.80s/s", p->folder) > 0);
}

static void place_deinit(struct place *p)
{
  unlink(p->at.sun_path);
  rmdir(p->folder);
}

static int connect_to(const struct place *p)
{
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  assert_true(fd >= 0);
  if (connect(fd, (const struct sockaddr *)&p->at, sizeof p->at) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

static void lets_the_own_user_in(void **state)
{
  struct place p CLEANUP(place_deinit);
  struct ucred who;
  int fd, peer, one = -1;

  (void)state;
  place_init(&p);
  assert_int_equal(listener_open(p.at.sun_path, 0600, &fd), 0);
  assert_true(listener_is_one(fd));
  assert_int_equal(listener_accept(fd, &own_only, &who, &one), ERR_NOT_NOW);
  peer = connect_to(&p);
  assert_false(listener_is_one(peer));
  assert_int_equal(listener_accept(fd, &own_only, &who, &one), 0);
  assert_int_equal(who.pid, getpid());
  assert_int_equal(who.uid, geteuid());
  close(one);
  close(peer);
  close(fd);
  assert_false(listener_is_one(fd));
  assert_int_equal(listener_accept(fd, &own_only, &who, &one), ERR_IO);
}

static void the_mode_is_exact(void **state)
{
  static const mode_t modes[] = {0600, 0660, 0666, 0};
  struct place p CLEANUP(place_deinit);
  mode_t before = umask(077);
  struct stat st;
  int fd;

  (void)state;
  place_init(&p);
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    assert_int_equal(listener_open(p.at.sun_path, modes[i], &fd), 0);
    assert_int_equal(stat(p.at.sun_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, modes[i]);
    assert_int_equal(umask(077), 077);
    close(fd);
    unlink(p.at.sun_path);
  }
  umask(before);
}

static void takes_the_place_of_an_ended_one_only(void **state)
{
  struct place p CLEANUP(place_deinit);
  int fd, again = -1;

  (void)state;
  place_init(&p);
  assert_int_equal(listener_open(p.at.sun_path, 0600, &fd), 0);
  assert_int_equal(listener_open(p.at.sun_path, 0600, &again), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  close(fd);
  assert_int_equal(listener_open(p.at.sun_path, 0600, &fd), 0);
  close(fd);
}

static void other_files_stay(void **state)
{
  char folder[FIXTURE_PATH], path[FIXTURE_PATH];
  struct stat st;
  int fd = -1;

  (void)state;
  fixture_folder(folder);
  fixture_write(folder, "s", slice_str("mine"), 0600, path);
  assert_int_equal(listener_open(path, 0600, &fd), ERR_IO);
  assert_int_equal(errno, EADDRINUSE);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_size, 4);
  unlink(path);
  rmdir(folder);
  assert_int_equal(listener_open(path, 0600, &fd), ERR_IO);
  assert_int_equal(errno, ENOENT);
}

static void paths_are_bounded(void **state)
{
  char path[200];
  int fd = -1;

  (void)state;
  memset(path, 'x', sizeof path);
  path[108] = '\0';
  assert_int_equal(listener_open(path, 0600, &fd), ERR_IO);
  assert_int_equal(errno, ENAMETOOLONG);
  assert_int_equal(listener_open("", 0600, &fd), ERR_IO);
  assert_int_equal(fd, -1);
}

static void the_policy_decides(void **state)
{
  uid_t users[] = {7, 8};
  gid_t groups[] = {70};
  struct listener_policy both = {users, 2, groups, 1};

  (void)state;
  assert_true(listener_allows(&own_only, &(struct ucred){.uid = 0, .gid = 5}));
  assert_true(listener_allows(&own_only, &(struct ucred){.uid = geteuid(), .gid = 5}));
  assert_false(listener_allows(&own_only, &(struct ucred){.uid = 8, .gid = 0}));
  assert_true(listener_allows(&both, &(struct ucred){.uid = 8, .gid = 5}));
  assert_true(listener_allows(&both, &(struct ucred){.uid = 9, .gid = 70}));
  assert_false(listener_allows(&both, &(struct ucred){.uid = 70, .gid = 8}));
  assert_false(listener_allows(&both, &(struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1}));
}

/* Only root can become somebody else. */
static void others_are_hung_up_on(void **state)
{
  static const gid_t groups[] = {NOBODY};
  const struct listener_policy group = {.groups = groups, .n_groups = 1};
  struct place p CLEANUP(place_deinit);
  struct ucred who;
  int fd, one = -1, status = 0;
  pid_t pid;

  (void)state;
  place_init(&p);
  if (geteuid() != 0) {
    skip();
  }
  assert_int_equal(chmod(p.folder, 0755), 0);
  assert_int_equal(listener_open(p.at.sun_path, 0666, &fd), 0);
  pid = fork();
  if (pid == 0) {
    char byte;

    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
      _exit(9);
    }
    _exit((int)recv(connect_to(&p), &byte, 1, 0) == 0 && connect_to(&p) >= 0 ? 0 : 1);
  }
  while (listener_accept(fd, &own_only, &who, &one) == ERR_NOT_NOW) {
    usleep(1000);
  }
  assert_int_equal(one, -1);
  assert_int_equal(who.uid, NOBODY);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_int_equal(listener_accept(fd, &group, &who, &one), 0);
  assert_int_equal(who.gid, NOBODY);
  close(one);
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lets_the_own_user_in),
      cmocka_unit_test(the_mode_is_exact),
      cmocka_unit_test(takes_the_place_of_an_ended_one_only),
      cmocka_unit_test(other_files_stay),
      cmocka_unit_test(paths_are_bounded),
      cmocka_unit_test(the_policy_decides),
      cmocka_unit_test(others_are_hung_up_on),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
