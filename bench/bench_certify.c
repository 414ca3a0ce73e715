/* What the signer does once per service and time period: a blinded key and a
 * certificate for it. Beside it, measured in the same run, the floor: the curve
 * arithmetic that cannot be left out. "bench_certify FOLDER" does it with a journal in that
 * folder too; its floor: the same lines written and synced in the same way. */
#include "base/mem.h"
#include "signer/book.h"
#include "signer/keyring.h"
#include "signer/session.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SERVICES 10000
#define MINUTES  1440
/* What the signer reads at once (signer/serve.c). */
#define READ_BYTES 65536

/* Time of the processor: others may use the machine, too. */
static double now_us(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The most that this process has had in memory, in KiB. */
static long peak_kib(void)
{
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void fill(struct keyring *keys)
{
  for (size_t i = 0; i < SERVICES; i++) {
    uint8_t seed[ED25519_SEED_SIZE], expanded[ED25519_EXPANDED_SIZE];

    randombytes_buf(seed, sizeof seed);
    ed25519_expand(seed, expanded);
    if (keyring_put(keys, i, expanded) < 0) {
      abort();
    }
  }
}

/* One certificate for each service; microseconds for each. */
static double certify_all(struct session *s, uint64_t period, struct wall now)
{
  double begin = now_us();

  for (uint32_t i = 0; i < SERVICES; i++) {
    struct wire_request q = {.kind = WIRE_CERTIFY,
                             .index = i,
                             .period = {period, MINUTES},
                             .expiration_hours = (uint32_t)(now.s / 3600 + 54)};
    struct wire_reply reply;

    q.key[0] = (uint8_t)i;
    session_answer(s, &q, now, &reply);
    if (reply.kind != WIRE_CERTIFY) {
      fprintf(stderr, "bench_certify: refused\n");
      exit(EXIT_FAILURE);
    }
  }
  return (now_us() - begin) / SERVICES;
}

/* The blinded public key, the nonce's point, and the look at the result. */
static double floor_us(void)
{
  uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
  uint8_t signature[crypto_sign_BYTES], message[140] = {0}, scalar[32], point[32];
  double begin;

  crypto_sign_keypair(public_key, secret);
  crypto_core_ed25519_scalar_random(scalar);
  begin = now_us();
  for (size_t i = 0; i < SERVICES; i++) {
    if (crypto_scalarmult_ed25519_base_noclamp(point, scalar) != 0 ||
        crypto_sign_detached(signature, NULL, message, sizeof message, secret) != 0 ||
        crypto_sign_verify_detached(signature, message, sizeof message, public_key) != 0) {
      abort();
    }
  }
  return (now_us() - begin) / SERVICES;
}

/* ---- with a journal: what the clock on the wall says, since the disk is waited for ---- */

struct journal {
  char path[4096];
  size_t batch; /* certificates that come in together and are written together */
  uint64_t period;
  struct wall now;
};

static double wall_us(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void say(void *ctx, enum log_level level, const char *text)
{
  (void)ctx;
  fprintf(stderr, "bench_certify: %s: %s\n", log_level_name(level), text);
}

static void die(const char *what)
{
  perror(what);
  exit(EXIT_FAILURE);
}

/* So many requests as a stream. */
static void build_requests(const struct journal *j, uint32_t from, size_t n, struct buf *out)
{
  for (size_t i = 0; i < n; i++) {
    struct wire_request q = {.kind = WIRE_CERTIFY,
                             .index = from + (uint32_t)i,
                             .period = {j->period, MINUTES},
                             .expiration_hours = (uint32_t)(j->now.s / 3600 + 54)};

    wire_request_build(&q, out);
  }
}

static size_t batch_at(const struct journal *j, size_t i)
{
  return SERVICES - i < j->batch ? SERVICES - i : j->batch;
}

/* Microseconds for each of some certificates. */
struct cost {
  double wall, processor;
};

/* One certificate for each service, in batches. */
static struct cost certify_journalled(struct keyring *keys, const struct journal *j)
{
  const struct book_config config = {.journal = j->path, .say = say};
  struct session *s = session_new(keys);
  struct buf why = {0}, stream = {0}, replies = {0};
  struct book *book;
  struct cost begin, end;

  if (book_open(&config, j->now, &book, &why) < 0) {
    fprintf(stderr, "bench_certify: %s\n", buf_str(&why));
    exit(EXIT_FAILURE);
  }
  session_set_book(s, book, "bench");
  begin = (struct cost){wall_us(), now_us()};
  for (size_t i = 0; i < SERVICES; i += batch_at(j, i)) {
    build_requests(j, (uint32_t)i, batch_at(j, i), &stream);
    if (session_feed(s, &stream, j->now, &replies) < 0) {
      die("bench_certify: requests");
    }
    buf_clear(&replies);
  }
  end = (struct cost){wall_us(), now_us()};
  buf_deinit(&stream);
  buf_deinit(&replies);
  session_free(s);
  book_free(book);
  return (struct cost){(end.wall - begin.wall) / SERVICES,
                       (end.processor - begin.processor) / SERVICES};
}

/* The journal as it was written; all its lines are of one length. */
static void read_lines(const char *path, struct buf *out)
{
  FILE *f = fopen(path, "rb");
  size_t n;

  if (f == NULL) {
    die(path);
  }
  while ((n = fread(buf_reserve(out, READ_BYTES), 1, READ_BYTES, f)) > 0) {
    buf_used(out, n);
  }
  fclose(f);
  if (out->n == 0 || out->n % SERVICES != 0) {
    fprintf(stderr, "bench_certify: not every certificate is in the journal\n");
    exit(EXIT_FAILURE);
  }
}

/* The same bytes, in the same batches, by write alone. */
static double journal_floor(const struct journal *j)
{
  struct buf lines = {0};
  double begin;
  size_t line;
  int fd;

  read_lines(j->path, &lines);
  line = lines.n / SERVICES;
  unlink(j->path);
  fd = open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_DSYNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    die(j->path);
  }
  begin = wall_us();
  for (size_t i = 0; i < SERVICES; i += batch_at(j, i)) {
    if (write(fd, lines.p + i * line, batch_at(j, i) * line) < 0) {
      die(j->path);
    }
  }
  begin = wall_us() - begin;
  close(fd);
  unlink(j->path);
  buf_deinit(&lines);
  return begin / SERVICES;
}

static void compare(struct keyring *keys, struct journal *j)
{
  struct cost us = certify_journalled(keys, j);

  printf("journal, %zu at a time: %.1f us per certificate, %.1f of them of the processor; "
         "floor of the journal: %.1f us (write and sync)\n",
         j->batch, us.wall, us.processor, journal_floor(j));
}

/* One by one, which is the worst; and as many as one read of the signer can have. */
static void with_journal(struct keyring *keys, const char *folder, uint64_t period, struct wall now)
{
  struct journal j = {.batch = 1, .period = period, .now = now};
  struct buf one = {0};

  if (snprintf(j.path, sizeof j.path, "%s/bench_certify.%d", folder, (int)getpid()) >=
      (int)sizeof j.path) {
    abort();
  }
  build_requests(&j, 0, 1, &one);
  compare(keys, &j);
  j.batch = READ_BYTES / one.n;
  compare(keys, &j);
  buf_deinit(&one);
}

int main(int argc, char **argv)
{
  struct wall now = {time(NULL)};
  uint64_t period = (uint64_t)((now.s / 60 - 720) / MINUTES);
  struct keyring *keys;
  struct session *s;
  long before;

  if (sodium_init() < 0) {
    return EXIT_FAILURE;
  }
  keys = keyring_new(SERVICES);
  fill(keys);
  s = session_new(keys);
  printf("%d services\n", SERVICES);
  printf("first period: %.1f us per certificate\n", certify_all(s, period, now));
  before = peak_kib();
  printf("next period: %.1f us per certificate\n", certify_all(s, period + 1, now));
  printf("floor: %.1f us (libsodium: a multiplication of the base point, signing, verifying)\n",
         floor_us());
  printf("memory: %ld KiB at most after the first period, %ld KiB at the end\n", before,
         peak_kib());
  if (argc > 1) {
    with_journal(keys, argv[1], period, now);
  }
  session_free(s);
  keyring_free(keys);
  return EXIT_SUCCESS;
}
