/* Onion addresses. What is accepted must be written as it was read, in lower
 * case. */
#include "hs/address.h"

#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct suite *suite;
  char text[ADDRESS_TEXT_SIZE];
  struct address a;

  if (suite == NULL) {
    suite = suite_new();
    (void)!sodium_init();
  }
  if (address_parse(suite, slice_of(data, size), &a) == 0) {
    address_format(suite, &a, text);
    if (strncasecmp(text, (const char *)data, ADDRESS_TEXT_SIZE - 1) != 0) {
      abort();
    }
  }
  return 0;
}
