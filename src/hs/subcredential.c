#include "hs/subcredential.h"

void subcredential_of(struct suite *s, const struct address *a, const uint8_t blinded[32],
                      uint8_t out[SUBCREDENTIAL_SIZE])
{
  uint8_t credential[SHA3_256_SIZE] = {0};
  struct slice first[] = {slice_str("credential"), slice_of(a->public_key, 32)};
  struct slice second[] = {slice_str("subcredential"), slice_of(credential, sizeof credential),
                           slice_of(blinded, 32)};

  suite_sha3_256(s, first, 2, credential);
  suite_sha3_256(s, second, 3, out);
}
