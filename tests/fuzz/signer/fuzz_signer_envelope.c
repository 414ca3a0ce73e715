/* A sealed bundle, a recipient and the file of its key: the first byte says
 * which. What is read can be written again and is the same. */
#include "signer/envelope.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_envelope(struct slice text)
{
  static const uint8_t secret[RECIPIENT_SIZE] = {7};
  struct envelope e;
  struct secret *plain;

  if (envelope_parse(text, &e) == 0 && envelope_open(&e, secret, &plain) == 0) {
    secret_free(plain);
  }
}

static void try_recipient(struct suite *s, struct slice text)
{
  CLEANUP(buf_deinit) struct buf again = {0};
  uint8_t key[RECIPIENT_SIZE], second[RECIPIENT_SIZE];

  if (recipient_parse(s, text, key) == 0) {
    recipient_build(s, key, &again);
    if (recipient_parse(s, buf_slice(&again), second) < 0 || memcmp(key, second, sizeof key) != 0) {
      abort();
    }
  }
}

static void try_secret(struct suite *s, struct slice text)
{
  CLEANUP(buf_deinit) struct buf again = {0};
  uint8_t key[RECIPIENT_SIZE], second[RECIPIENT_SIZE];

  if (recipient_secret_parse(s, text, key) == 0) {
    recipient_secret_build(s, key, &again);
    if (recipient_secret_parse(s, buf_slice(&again), second) < 0 ||
        memcmp(key, second, sizeof key) != 0) {
      abort();
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct suite *suite;
  struct slice text;

  if (sodium_init() < 0 || size == 0) {
    return 0;
  }
  suite = suite == NULL ? suite_new() : suite;
  text = slice_of(data + 1, size - 1);
  if (data[0] == 'b') {
    try_envelope(text);
  } else if (data[0] == 'r') {
    try_recipient(suite, text);
  } else {
    try_secret(suite, text);
  }
  return 0;
}
