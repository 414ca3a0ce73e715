/* Keys on paper: what is read comes out the same again. */
#include "signer/paper.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(struct suite *suite, const struct keyfile_key *key)
{
  struct secret *out CLEANUP(secret_free_at) = secret_new(PAPER_TEXT_SIZE);
  struct buf why CLEANUP(buf_deinit) = {0};
  size_t n = paper_build(suite, key, out);
  struct keyfile_key again;

  if (paper_parse(suite, slice_of(secret_peek(out), n), &again, &why) < 0 ||
      memcmp(&again, key, sizeof again) != 0) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  struct keyfile_key key;
  struct suite *suite;
  int err;

  if (sodium_init() < 0) {
    abort();
  }
  suite = suite_new();
  err = paper_parse(suite, slice_of(data, size), &key, &why);
  if ((err == 0) != (why.n == 0)) {
    abort();
  }
  if (err == 0) {
    round_trip(suite, &key);
  }
  suite_free(suite);
  return 0;
}
