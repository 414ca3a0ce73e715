/* The plain text of a bundle: what is read is within its bounds, and every
 * period between the first and the last is found. */
#include "base/limits.h"
#include "signer/bundle.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct bundle b;
  struct bundle_item item;
  uint64_t n;

  if (bundle_parse(slice_of(data, size), &b) < 0) {
    return 0;
  }
  n = b.facts.last - b.facts.first + 1;
  if (b.facts.last < b.facts.first || n > LIMIT_BUNDLE_PERIODS ||
      b.facts.last > LIMIT_PERIOD_NUMBER || b.facts.minutes == 0) {
    abort();
  }
  if (!bundle_find(&b, b.facts.first, NULL, &item) || item.number != b.facts.first ||
      !bundle_find(&b, b.facts.last, NULL, &item) ||
      bundle_find(&b, b.facts.last + 1, NULL, &item)) {
    abort();
  }
  return 0;
}
