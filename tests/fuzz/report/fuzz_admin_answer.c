/* An answer at the admin socket, as onionbalancectl reads it: part after part,
 * and the same however much of it has come. */
#include "report/answer.h"

#include "base/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct slice rest = slice_of(data, size);
  struct answer a, less;

  while (answer_parse(rest, &a) == 0) {
    assert(a.size > 0 && a.size <= rest.n);
    assert(a.text.n < a.size && a.text.n <= LIMIT_ADMIN_ANSWER_BYTES);
    assert(a.kind < ANSWER_KINDS);
    assert(answer_parse(slice_of(rest.p, a.size - 1), &less) < 0);
    assert(answer_parse(slice_of(rest.p, a.size), &less) == 0);
    assert(less.text.n == a.text.n && less.kind == a.kind);
    rest = slice_skip(rest, a.size);
  }
  return 0;
}
