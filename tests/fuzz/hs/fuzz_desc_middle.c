/* The plaintext of the middle layer, as a hostile service can write it. */
#include "hs/desc_plain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct slice encrypted;

  if (desc_plain_middle(slice_of(data, size), &encrypted) == 0 &&
      (encrypted.p < data || encrypted.p + encrypted.n > data + size)) {
    abort();
  }
  return 0;
}
