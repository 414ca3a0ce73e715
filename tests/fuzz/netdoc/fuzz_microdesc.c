/* What GETINFO md/all gives. */
#include "netdoc/microdesc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct suite *suite;
  struct microdesc_set set;

  if (suite == NULL) {
    suite = suite_new();
  }
  if (microdesc_parse_all(suite, slice_of(data, size), &set) < 0) {
    if (set.n != 0) {
      abort();
    }
    return 0;
  }
  for (size_t i = 0; i < set.n; i++) {
    if (microdesc_find(&set, set.items[i].digest) == NULL) {
      abort();
    }
  }
  microdesc_deinit(&set);
  return 0;
}
