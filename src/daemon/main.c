#include "base/buf.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/handover.h"
#include "signer/harden.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Usage errors, as getopt programs and the Python program have them. */
#define EXIT_USAGE 2

int main(int argc, char **argv)
{
  struct options options = {0};
  struct buf text = {0};
  enum options_outcome outcome = options_parse(&options, argc, argv, getenv, &text);

  if (outcome != OPTIONS_RUN) {
    fputs(buf_str(&text), outcome == OPTIONS_PRINT ? stdout : stderr);
    buf_deinit(&text);
    return outcome == OPTIONS_PRINT ? EXIT_SUCCESS : EXIT_USAGE;
  }
  buf_deinit(&text);
  harden_process(-1, -1); /* it has no identity key, but keys that sign for a day */
  if (sodium_init() < 0) {
    fputs("onionbalance: libsodium does not start\n", stderr);
    return EXIT_FAILURE;
  }
  if (options.handover != NULL) {
    return handover_run(&options);
  }
  return options.is_check ? check_run(&options) : daemon_run(&options);
}
