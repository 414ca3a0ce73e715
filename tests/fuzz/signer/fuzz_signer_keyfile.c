/* Key files: PEM, PKCS#8 inside of it, and Tor's format. */
#include "signer/keyfile.h"
#include "signer/pkcs8.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  enum wire_status status;

  if (sodium_init() < 0) {
    abort();
  }
  status = keyfile_parse(slice_of(data, size), NULL, expanded, public_key, &why);
  if ((status == WIRE_STATUS_GOOD) != (why.n == 0) ||
      (status == WIRE_STATUS_GOOD) == (sodium_is_zero(expanded, sizeof expanded) == 1)) {
    abort();
  }
  (void)!pkcs8_parse(slice_of(data, size), expanded);
  return 0;
}
