/* Certificates as they stand in descriptors: raw bytes. */
#include "netdoc/cert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct cert c;

  if (cert_parse(slice_of(data, size), &c) < 0) {
    return 0;
  }
  if (c.signed_part.p != data || c.signed_part.n + sizeof c.signature != size) {
    abort();
  }
  (void)!cert_check(&c, (enum cert_type)c.type, c.has_signing_key ? c.signing_key : c.key,
                    (struct wall){0});
  return 0;
}
