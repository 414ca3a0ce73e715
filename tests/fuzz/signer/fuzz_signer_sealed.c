/* DER of an encrypted key: whatever it asks for stays within the bounds, and
 * what is cheap is opened too. */
#include "base/limits.h"
#include "signer/pkcs8.h"
#include "signer/sealed.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rounds, or N times r times p, that do not slow the fuzzer down. */
#define CHEAP 4096U

static void open_it(const struct sealed *s)
{
  static uint8_t plain[LIMIT_KEY_FILE_BYTES];
  uint8_t seed[ED25519_SEED_SIZE];
  size_t n = 0;
  int err = sealed_open(s, slice_str("correct horse"), plain, &n);

  if (n >= s->data.n || (err < 0 && n != 0)) {
    abort();
  }
  if (err == 0) {
    (void)!pkcs8_parse(slice_of(plain, n), seed);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct sealed s;

  if (sodium_init() < 0) {
    abort();
  }
  if (sealed_parse(slice_of(data, size), &s) < 0) {
    return 0;
  }
  if (s.data.n == 0 || s.data.n % 16 != 0 || s.iv.n != 16 || s.rounds > LIMIT_PBKDF2_ROUNDS ||
      s.cost * s.block > LIMIT_SCRYPT_BYTES / 128 || s.lanes > LIMIT_SCRYPT_LANES) {
    abort();
  }
  if (s.rounds <= CHEAP && s.cost * s.block * s.lanes <= CHEAP) {
    open_it(&s);
  }
  return 0;
}
