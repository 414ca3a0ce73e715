/* Whole descriptors; one that verifies is decrypted as well. */
#include "../../unit/hs/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct sample sample;
  struct slice text = slice_of(data, size);
  struct desc_outer outer;
  struct desc_inner inner;

  if (sample.suite == NULL) {
    sample_init(&sample, 5, SAMPLE_NOW);
  }
  if (desc_outer_parse(text, SAMPLE_NOW, &outer) < 0) {
    return 0;
  }
  if (outer.superencrypted.p < data ||
      outer.superencrypted.p + outer.superencrypted.n > data + size) {
    abort();
  }
  if (desc_inner_decrypt(sample.suite, &outer, sample.subcredential, SAMPLE_NOW, &inner) == 0 &&
      inner.n_intros > LIMIT_INTRO_POINTS) {
    abort();
  }
  return 0;
}
