#include "tools/wizard.h"

#include "place.h"

#include "signer/keyfile.h"

#include <dirent.h>
#include <fcntl.h>

/* One run of the wizard in a folder of its own. */
struct run {
  struct buf out;
  struct buf err;
  int status;
};

static void run_deinit(struct run *r)
{
  buf_deinit(&r->out);
  buf_deinit(&r->err);
}

static int open_new(const struct place_dir *d, const char *name)
{
  char path[PLACE_SIZE];
  int fd = open(place_path(d, name, path), O_RDWR | O_CREAT | O_TRUNC, 0600);

  assert_true(fd >= 0);
  return fd;
}

/* Runs with these answers; flags are the defaults, changed by the caller. */
static struct run run(const struct place_dir *d, const struct flags *f, const char *answers)
{
  char out[PLACE_SIZE];
  char path[PLACE_SIZE];
  struct flags mine = *f; /* its output may be ours, which ends with this call */
  struct run r = {0};
  struct wizard_streams s;

  place_write(d, "in", slice_str(answers));
  s.in = open(place_path(d, "in", path), O_RDONLY);
  s.out = open_new(d, "out");
  s.err = open_new(d, "err");
  if (mine.output == NULL) {
    mine.output = place_path(d, "config", out);
  }
  umask(022);
  r.status = wizard_run(&mine, &s);
  close(s.in);
  close(s.out);
  close(s.err);
  place_load(place_path(d, "out", path), &r.out);
  place_load(place_path(d, "err", path), &r.err);
  return r;
}

static struct flags defaults(bool is_interactive)
{
  return (struct flags){.n_services = 1,
                        .n_instances = 2,
                        .tag = "node",
                        .virtual_port = 80,
                        .target = "127.0.0.1:80",
                        .level = LOG_LEVEL_INFO,
                        .is_interactive = is_interactive};
}

static size_t count_suffix(const struct place_dir *d, const char *folder, const char *suffix)
{
  char path[PLACE_SIZE];
  DIR *dir = opendir(place_path(d, folder, path));
  struct dirent *e;
  size_t n = 0;

  while (dir != NULL && (e = readdir(dir)) != NULL) {
    size_t length = strlen(e->d_name);

    n += length > strlen(suffix) && strcmp(e->d_name + length - strlen(suffix), suffix) == 0;
  }
  if (dir != NULL) {
    closedir(dir);
  }
  return n;
}

static void without_questions(void **state)
{
  struct flags f = defaults(false);
  struct run r CLEANUP(run_deinit) = run(*state, &f, "");
  struct buf text CLEANUP(buf_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(r.status, 0);
  assert_null(strstr(buf_str(&r.out), "Enter path"));
  assert_non_null(strstr(buf_str(&r.out), "What comes next:"));
  assert_int_equal(count_suffix(*state, "config", ".key"), 1);
  place_load(place_path(*state, "config/config.yaml", path), &text);
  assert_true(slice_has_prefix(buf_slice(&text), "# Onionbalance Config File\n"));
  assert_int_equal(access(place_path(*state, "config/node2/torrc", path), R_OK), 0);
  assert_int_equal(access(place_path(*state, "config/node2/ob_config", path), R_OK), 0);
}

static void a_tag_for_each_service(void **state)
{
  struct flags f = defaults(true);
  struct run r CLEANUP(run_deinit) = run(*state, &f, "\n2\n\n1\nweb\n\n3\nmail\n");
  struct buf text CLEANUP(buf_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(r.status, 0);
  place_load(place_path(*state, "config/config.yaml", path), &text);
  assert_non_null(strstr(buf_str(&text), "name: web1\n"));
  assert_null(strstr(buf_str(&text), "name: web2\n"));
  assert_non_null(strstr(buf_str(&text), "name: mail3\n"));
  assert_non_null(strstr(buf_str(&r.out), "Service #2: Provide a tag name"));
}

static void odd_numbers(void **state)
{
  struct flags f = defaults(true);
  struct run r CLEANUP(run_deinit) = run(*state, &f, "\nmany\n\n 3 \n\n");
  struct run over CLEANUP(run_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(r.status, 0);
  assert_non_null(strstr(buf_str(&r.err), "[WARNING]: Not a number from 1 to 20000: taking 1."));
  place_load(place_path(*state, "config/config.yaml", path), &text);
  assert_non_null(strstr(buf_str(&text), "name: node3\n"));
  f.output = place_path(*state, "config2", path);
  over = run(*state, &f, "\n1\n\n5001\n");
  assert_int_equal(over.status, 1);
  assert_non_null(strstr(buf_str(&over.err), "[ERROR]: 5001 is more than 5000."));
  assert_int_equal(count_suffix(*state, "config2", ".key"), 0);
}

static void given_up(void **state)
{
  struct flags f = defaults(true);
  struct run r CLEANUP(run_deinit) = run(*state, &f, "\n1\n");

  assert_int_equal(r.status, 0);
  assert_non_null(strstr(buf_str(&r.err), "[WARNING]: There are no more answers"));
  assert_int_equal(count_suffix(*state, "config", ".key"), 0);
}

static void nothing_is_overwritten(void **state)
{
  struct flags f = defaults(false);
  struct run first CLEANUP(run_deinit) = run(*state, &f, "");
  struct run second CLEANUP(run_deinit) = run(*state, &f, "");
  struct run third CLEANUP(run_deinit) = {0};
  char path[PLACE_SIZE];

  assert_int_equal(first.status, 0);
  assert_int_equal(second.status, 1);
  assert_non_null(strstr(buf_str(&second.err), "config.yaml"));
  assert_int_equal(unlink(place_path(*state, "config/config.yaml", path)), 0);
  third = run(*state, &f, "");
  assert_int_equal(third.status, 1);
  assert_non_null(strstr(buf_str(&third.err), "/node1: exists already"));
  assert_int_equal(count_suffix(*state, "config", ".key"), 1);
}

static void old_keys(void **state)
{
  static const char *const names[] = {"ed25519.pem", "hs_ed25519_secret_key", "ed25519_pbkdf2.pem"};

  for (size_t i = 0; i < 3; i++) {
    struct flags f = defaults(false);
    struct run r CLEANUP(run_deinit) = {0};
    char password[] = "correct horse";
    char folder[20];
    char output[PLACE_SIZE];
    char key[PLACE_SIZE];

    snprintf(folder, sizeof folder, "config%zu", i);
    f.key = place_key(names[i], key);
    f.output = place_path(*state, folder, output);
    f.password = i == 2 ? password : NULL;
    r = run(*state, &f, "");
    assert_int_equal(r.status, 0);
    assert_int_equal(count_suffix(*state, folder, ".key"), 1);
    assert_int_equal(password[0], i == 2 ? 0 : 'c'); /* wiped */
  }
}

static void assert_refused(const struct place_dir *d, struct flags *f, const char *message)
{
  struct run r CLEANUP(run_deinit) = run(d, f, "");

  assert_int_equal(r.status, 1);
  if (strstr(buf_str(&r.err), message) == NULL) {
    fail_msg("%s", buf_str(&r.err));
  }
  assert_int_equal(count_suffix(d, "config", ".key"), 0);
}

static void bad_keys(void **state)
{
  struct flags f = defaults(false);
  char password[] = "wrong";
  char key[PLACE_SIZE];
  char output[PLACE_SIZE];

  f.key = "/nonexistent/key";
  assert_refused(*state, &f, "Service #1: cannot read /nonexistent/key");
  f.key = place_key("public.pem", key);
  assert_refused(*state, &f, "'PUBLIC KEY'");
  f.key = place_key("ed25519_pbkdf2.pem", key);
  assert_refused(*state, &f, "no terminal to ask");
  f.password = password;
  assert_refused(*state, &f, "the password does not open it");
  f.password = NULL;
  f.key = place_key("ed25519.pem", key);
  f.n_services = 2;
  assert_refused(*state, &f, "Service #2 has the key of service #1");
  f.n_services = 1;
  place_write(*state, "file", slice_str(""));
  f.output = place_path(*state, "file/x", output);
  assert_refused(*state, &f, "Not a directory");
}

static void new_key_with_password(void **state)
{
  struct flags f = defaults(false);
  char password[] = "pw";
  struct run r CLEANUP(run_deinit) = {0};

  f.password = password;
  r = run(*state, &f, "");
  assert_int_equal(r.status, 0);
  assert_non_null(strstr(buf_str(&r.out), "key-passphrase-file"));
  assert_null(strstr(buf_str(&r.out), "pw\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(without_questions), TEST(a_tag_for_each_service), TEST(odd_numbers),
      TEST(given_up),          TEST(nothing_is_overwritten), TEST(old_keys),
      TEST(bad_keys),          TEST(new_key_with_password),
  };

  assert_non_null(freopen("/dev/null", "r", stdin)); /* nobody is asked for passphrases */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
