/* onionbalance-config: the beginner's way to a key and a configuration. */
#include "signer/harden.h"
#include "tools/wizard.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Usage errors, as getopt programs and the Python program have them. */
#define EXIT_USAGE 2

int main(int argc, char **argv)
{
  static const struct wizard_streams streams = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  struct flags flags = {0};
  struct buf text = {0};
  enum flags_outcome outcome = flags_parse(&flags, argc, argv, &text);

  if (outcome != FLAGS_RUN) {
    fputs(buf_str(&text), outcome == FLAGS_PRINT ? stdout : stderr);
    buf_deinit(&text);
    return outcome == FLAGS_PRINT ? EXIT_SUCCESS : EXIT_USAGE;
  }
  buf_deinit(&text);
  harden_process(-1, -1); /* it has an identity key in memory for a moment */
  if (sodium_init() < 0) {
    fputs("onionbalance-config: libsodium does not start\n", stderr);
    return EXIT_FAILURE;
  }
  return wizard_run(&flags, &streams);
}
