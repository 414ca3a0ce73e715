/* Prints the address of a made-up service and a descriptor of it:
 * gen_descriptor SEED POINTS NOW. For check_with_stem.py. */
#include "base/cursor.h"
#include "sample.h"

#include <stdio.h>

static uint64_t number(const char *text)
{
  uint64_t v = 0;

  sample_must(cursor_parse_decimal(slice_str(text), INT64_MAX, &v));
  return v;
}

int main(int argc, char **argv)
{
  char address[ADDRESS_TEXT_SIZE];
  struct buf out = {0};
  struct sample s;
  struct wall now;

  if (argc != 4) {
    fprintf(stderr, "usage: %s SEED POINTS NOW\n", argv[0]);
    return 2;
  }
  now = (struct wall){(int64_t)number(argv[3])};
  sample_init(&s, (uint32_t)number(argv[1]), now);
  sample_descriptor(&s, (size_t)number(argv[2]), 12345678, now, &out);
  address_format(s.suite, &s.address, address);
  printf("%s.onion\n%s", address, buf_str(&out));
  buf_deinit(&out);
  sample_deinit(&s);
  return 0;
}
