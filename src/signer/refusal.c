#include "signer/refusal.h"

#include <stdarg.h>
#include <stdio.h>

int refusal_say(int status, const char *fmt, ...)
{
  va_list ap;

  fputs("onionbalance-signer: ", stderr);
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fputs(status == REFUSAL_USAGE ? "\nTry 'onionbalance-signer --help'.\n" : "\n", stderr);
  return status;
}
