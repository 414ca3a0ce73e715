/* Where in the memory of the real program a key can be found, as root sees it:
 * nowhere but in locked memory that no core dump has, and nowhere at all when it
 * is not served any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "crypto/blind.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"
#include "signer/keyfile.h"
#include "signer/pem.h"
#include "signer/pkcs8.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PIECE ((size_t)1 << 20)

/* 32 bytes to look for, inverted: a child that is forked has no copy of them. */
struct needle {
  const char *name;
  uint8_t inverted[32];
};

enum { SEED, SCALAR, PREFIX, BLINDED, BLINDED_PREFIX, PASSPHRASE, N_NEEDLES };

struct found {
  unsigned locked[N_NEEDLES], open[N_NEEDLES];
};

static void set(struct needle *n, const char *name, const uint8_t *bytes)
{
  n->name = name;
  for (size_t i = 0; i < sizeof n->inverted; i++) {
    n->inverted[i] = (uint8_t)~bytes[i];
  }
}

static bool is_here(const uint8_t *p, const struct needle *n)
{
  for (size_t i = 0; i < sizeof n->inverted; i++) {
    if ((p[i] ^ n->inverted[i]) != 0xff) {
      return false;
    }
  }
  return true;
}

static unsigned count(const uint8_t *p, size_t size, const struct needle *n)
{
  unsigned hits = 0;
  const uint8_t *end = p + size;

  while ((size_t)(end - p) >= 32 &&
         (p = memchr(p, (uint8_t)~n->inverted[0], (size_t)(end - p) - 31)) != NULL) {
    hits += is_here(p, n);
    p++;
  }
  return hits;
}

/* Looks through one mapping, in pieces that overlap by a key. */
static void search(int mem, uint64_t from, uint64_t to, const struct needle *needles,
                   unsigned hits[N_NEEDLES])
{
  uint8_t *piece = malloc(PIECE);

  assert_non_null(piece);
  while (from < to) {
    size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
    ssize_t n = pread(mem, piece, want, (off_t)from);

    if (n <= 0) {
      break; /* guard pages, and what the kernel keeps to itself */
    }
    for (size_t i = 0; i < N_NEEDLES; i++) {
      hits[i] += count(piece, (size_t)n, &needles[i]);
    }
    from += (size_t)n < PIECE ? (size_t)n : PIECE - 31;
  }
  explicit_bzero(piece, PIECE);
  free(piece);
}

/* All mappings of a process, with the flags that smaps has for each. */
static void look(pid_t pid, const struct needle *needles, struct found *out)
{
  char path[64], line[4600];
  uint64_t from = 0, to = 0;
  FILE *maps;
  int mem;

  *out = (struct found){0};
  snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
  mem = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
  maps = fopen(path, "r");
  assert_true(mem >= 0);
  assert_non_null(maps);
  while (fgets(line, sizeof line, maps) != NULL) {
    char *rest;
    uint64_t first = strtoull(line, &rest, 16);

    if (*rest == '-') {
      from = first;
      to = strtoull(rest + 1, NULL, 16);
    } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " rd ") != NULL) {
      bool is_locked = strstr(line, " lo ") != NULL && strstr(line, " dd ") != NULL;

      search(mem, from, to, needles, is_locked ? out->locked : out->open);
    }
  }
  fclose(maps);
  close(mem);
}

static void assert_none(const struct needle *needles, const unsigned hits[N_NEEDLES])
{
  for (size_t i = 0; i < N_NEEDLES; i++) {
    if (hits[i] > 0) {
      fail_msg("%s is in memory", needles[i].name);
    }
  }
}

/* What a seed becomes. */
static void set_needles(struct suite *suite, const uint8_t seed[32],
                        struct needle needles[N_NEEDLES])
{
  const struct wire_period period = program_period();
  uint8_t expanded[64], public_key[32], factor[32], blinded[64];

  ed25519_expand(seed, expanded);
  assert_int_equal(ed25519_public_of(expanded, public_key), 0);
  blind_factor(suite, public_key, period.number, period.minutes, factor);
  ed25519_blind_secret(expanded, factor, blinded);
  set(&needles[SEED], "the seed", seed);
  set(&needles[SCALAR], "the secret scalar", expanded);
  set(&needles[PREFIX], "the nonce prefix", expanded + 32);
  set(&needles[BLINDED], "the blinded scalar", blinded);
  set(&needles[BLINDED_PREFIX], "the blinded nonce prefix", blinded + 32);
}

/* What ed25519.pem holds; a passphrase is not there. */
static void read_needles(struct suite *suite, struct needle needles[N_NEEDLES])
{
  CLEANUP(buf_wipe) struct buf text = {0};
  struct pem pem CLEANUP(pem_deinit) = {0};
  uint8_t seed[32], nothing[32];

  randombytes_buf(nothing, sizeof nothing);
  set(&needles[PASSPHRASE], "a passphrase", nothing);
  fixture_load("ed25519.pem", &text);
  assert_int_equal(pem_parse(buf_slice(&text), &pem), 0);
  assert_int_equal(pkcs8_parse(slice_of(secret_peek(pem.der), pem.size), seed), 0);
  set_needles(suite, seed, needles);
}

static bool may_look(void)
{
  return geteuid() == 0;
}

/* Those that are needed are there once, which shows that we can find them. */
static void assert_used_keys(const struct found *found)
{
  for (size_t i = SCALAR; i <= BLINDED_PREFIX; i++) {
    assert_int_equal(found->locked[i], 1);
  }
}

/* The seed is gone as soon as it has been expanded; the rest lies in locked memory alone. */
static void keys_lie_in_locked_memory(void **state)
{
  char path[FIXTURE_PATH];
  const char *const keys[] = {fixture_key("ed25519.pem", path), NULL};
  struct needle needles[N_NEEDLES];
  struct found found;
  struct signer s;

  (void)state;
  if (!may_look()) {
    skip();
  }
  program_start_keys(&s, keys);
  read_needles(s.suite, needles);
  (void)program_hello(&s);
  for (unsigned i = 0; i < 3; i++) {
    program_use(&s, 0);
  }
  look(s.pid, needles, &found);
  assert_none(needles, found.open);
  assert_int_equal(found.locked[SEED], 0);
  assert_used_keys(&found);
  assert_int_equal(program_stop(&s), 0);
}

/* A folder with a key, and the file of the passphrase that it is encrypted with. */
struct vault {
  char folder[FIXTURE_PATH], key[FIXTURE_PATH + 16], file[FIXTURE_PATH];
  char passphrase[33]; /* 32 characters, which is what a needle has */
};

static void vault_make(struct vault *v)
{
  char command[3 * FIXTURE_PATH];
  uint8_t random[16];

  randombytes_buf(random, sizeof random);
  sodium_bin2hex(v->passphrase, sizeof v->passphrase, random, sizeof random);
  fixture_folder(v->folder);
  fixture_write(v->folder, "passphrase", slice_str(v->passphrase), 0600, v->file);
  snprintf(v->key, sizeof v->key, "%s/key", v->folder);
  snprintf(command, sizeof command, "%s generate -o %s --new-passphrase-file %s >/dev/null",
           getenv("SIGNER_PROGRAM"), v->key, v->file);
  assert_int_equal(system(command), 0);
}

static void vault_read_needles(struct vault *v, struct suite *suite,
                               struct needle needles[N_NEEDLES])
{
  struct passphrase_sources sources = {.fd = -1, .publisher = -1, .is_silent = true};
  struct keyfile_lock lock = {&sources, v->file};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct keyfile_key key;

  assert_int_equal(keyfile_load(v->key, &lock, &key, &text), WIRE_STATUS_GOOD);
  set_needles(suite, key.seed, needles);
  set(&needles[PASSPHRASE], "the passphrase", (const uint8_t *)v->passphrase);
}

static void vault_remove(struct vault *v)
{
  unlink(v->key);
  unlink(v->file);
  assert_int_equal(rmdir(v->folder), 0);
}

/* Of the passphrase nothing is left once the key is open. */
static void look_for_passphrase(struct vault *v, struct signer *s)
{
  struct needle needles[N_NEEDLES];
  struct found found;

  vault_read_needles(v, s->suite, needles);
  (void)program_hello(s);
  program_use(s, 0);
  look(s->pid, needles, &found);
  assert_none(needles, found.open);
  assert_int_equal(found.locked[PASSPHRASE], 0);
  assert_int_equal(found.locked[SEED], 0);
  assert_used_keys(&found);
}

static void passphrases_of_files_are_forgotten(void **state)
{
  struct signer s;
  struct vault v;

  (void)state;
  if (!may_look()) {
    skip();
  }
  vault_make(&v);
  program_start(&s, (const char *const[]){"--key", v.key, "--passphrase-file", v.file, NULL}, NULL);
  look_for_passphrase(&v, &s);
  assert_int_equal(program_stop(&s), 0);
  vault_remove(&v);
}

static void passphrases_of_descriptors_are_forgotten(void **state)
{
  char number[16];
  int ends[2], passed;
  struct signer s;
  struct vault v;

  (void)state;
  if (!may_look()) {
    skip();
  }
  vault_make(&v);
  assert_int_equal(pipe(ends), 0);
  passed = fcntl(ends[0], F_DUPFD, PROGRAM_FD + 1);
  snprintf(number, sizeof number, "%d", passed);
  assert_int_equal(write(ends[1], v.passphrase, 32), 32);
  close(ends[0]);
  close(ends[1]);
  program_start(&s, (const char *const[]){"--key", v.key, "--passphrase-fd", number, NULL}, NULL);
  close(passed);
  look_for_passphrase(&v, &s);
  assert_int_equal(program_stop(&s), 0);
  vault_remove(&v);
}

static void typed_passphrases_are_forgotten(void **state)
{
  struct screen screen = {0};
  struct signer s;
  struct vault v;

  (void)state;
  if (!may_look()) {
    skip();
  }
  vault_make(&v);
  program_start(&s, (const char *const[]){"--key", v.key, NULL}, &screen);
  screen_expect(&screen, "Passphrase of ", 1);
  screen_type(&screen, "wrong\n");
  screen_expect(&screen, "It does not fit. Passphrase of ", 1);
  screen_type(&screen, v.passphrase);
  screen_type(&screen, "\n");
  look_for_passphrase(&v, &s);
  assert_int_equal(program_stop(&s), 0);
  screen_deinit(&screen);
  vault_remove(&v);
}

/* Starts a signer that listens at FOLDER/socket, with the keys of FOLDER/list. */
static pid_t start_listening(const char *folder)
{
  char socket_path[FIXTURE_PATH + 32], list[FIXTURE_PATH + 32];
  const char *words[] = {"onionbalance-signer", "--listen", socket_path, "--key-list", list, NULL};
  char *argv[sizeof words / sizeof words[0]];
  pid_t pid;

  snprintf(socket_path, sizeof socket_path, "unix:%s/socket", folder);
  snprintf(list, sizeof list, "%s/list", folder);
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    argv[i] = (char *)(uintptr_t)words[i];
  }
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    program_exec(argv);
  }
  return pid;
}

/* Connects, as soon as that is possible. */
static void connect_to(struct signer *s, const char *folder)
{
  struct sockaddr_un to = {.sun_family = AF_UNIX};

  assert_true(snprintf(to.sun_path, sizeof to.sun_path, "%.90s/socket", folder) > 0);
  s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(s->fd >= 0);
  for (unsigned tries = 0; connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0; tries++) {
    assert_true(errno == ENOENT || errno == ECONNREFUSED);
    assert_true(tries < 6000);
    usleep(10000);
  }
  s->suite = suite_new();
  s->client = client_new(s->suite);
}

static void disconnect(struct signer *s)
{
  close(s->fd);
  client_free(s->client);
  suite_free(s->suite);
}

/* A frontend that is not served any more, once its publishers have gone. */
static void a_dropped_key_is_wiped(void **state)
{
  char folder[FIXTURE_PATH], path[FIXTURE_PATH], key[FIXTURE_PATH], line[FIXTURE_PATH + 1];
  struct needle needles[N_NEEDLES];
  struct found found;
  struct signer s;
  int status;

  (void)state;
  if (!may_look()) {
    skip();
  }
  fixture_folder(folder);
  snprintf(line, sizeof line, "%s\n", fixture_key("ed25519.pem", key));
  fixture_write(folder, "list", slice_str(line), 0600, path);
  s.pid = start_listening(folder);
  connect_to(&s, folder);
  read_needles(s.suite, needles);
  (void)program_hello(&s);
  program_use(&s, 0);
  look(s.pid, needles, &found);
  assert_none(needles, found.open);
  assert_int_equal(found.locked[SCALAR], 1);
  disconnect(&s);
  snprintf(line, sizeof line, "%s\n", fixture_key("hs_ed25519_secret_key", key));
  fixture_write(folder, "list", slice_str(line), 0600, path);
  assert_int_equal(kill(s.pid, SIGHUP), 0);
  connect_to(&s, folder); /* who connects after the signal gets the new key */
  (void)program_hello(&s);
  program_use(&s, 0);
  look(s.pid, needles, &found);
  assert_none(needles, found.open);
  assert_none(needles, found.locked);
  disconnect(&s);
  assert_int_equal(kill(s.pid, SIGTERM), 0);
  assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
  assert_int_equal(status, 0);
  unlink(path);
  rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_lie_in_locked_memory),
      cmocka_unit_test(a_dropped_key_is_wiped),
      cmocka_unit_test(passphrases_of_files_are_forgotten),
      cmocka_unit_test(passphrases_of_descriptors_are_forgotten),
      cmocka_unit_test(typed_passphrases_are_forgotten),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
