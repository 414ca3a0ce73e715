/* Lists of link specifiers, raw bytes. */
#include "netdoc/linkspec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct linkspec_summary s;

  if (linkspec_check(slice_of(data, size), &s) == 0 &&
      (s.n != data[0] || !s.has_ipv4 || !s.has_legacy_id)) {
    abort();
  }
  return 0;
}
