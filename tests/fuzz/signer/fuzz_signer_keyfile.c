/* Key files: PEM, PKCS#8 inside of it, and Tor's format. */
#include "signer/keyfile.h"
#include "signer/pkcs8.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  struct keyfile_key key;
  enum wire_status status;

  if (sodium_init() < 0) {
    abort();
  }
  status = keyfile_parse(slice_of(data, size), NULL, &key, &why);
  if ((status == WIRE_STATUS_GOOD) != (why.n == 0) ||
      (status == WIRE_STATUS_GOOD) == (sodium_is_zero(key.expanded, sizeof key.expanded) == 1)) {
    abort();
  }
  (void)!pkcs8_parse(slice_of(data, size), key.seed);
  return 0;
}
