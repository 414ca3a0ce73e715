/* What the signer does once per service and time period: a blinded key and a
 * certificate for it. Beside it, measured in the same run, the floor: the curve
 * arithmetic that cannot be left out. */
#include "base/mem.h"
#include "signer/keyring.h"
#include "signer/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define SERVICES 10000
#define MINUTES  1440

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

int main(void)
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
  session_free(s);
  keyring_free(keys);
  return EXIT_SUCCESS;
}
