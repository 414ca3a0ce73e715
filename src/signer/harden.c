#include "signer/harden.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_STRAY 3

/* Closes from first to last, both included. */
static void close_from(unsigned first, unsigned last)
{
  if (first <= last) {
    close_range(first, last, 0);
  }
}

static void close_strays(int keep, int keep_too)
{
  int kept[] = {keep < keep_too ? keep : keep_too, keep < keep_too ? keep_too : keep};
  unsigned from = FIRST_STRAY;

  for (size_t i = 0; i < 2; i++) {
    if (kept[i] >= (int)from) {
      close_from(from, (unsigned)kept[i] - 1);
      from = (unsigned)kept[i] + 1;
    }
  }
  close_from(from, UINT_MAX);
}

void harden_process(int keep, int keep_too)
{
  struct rlimit none = {0, 0};

  /* Each is a precaution: without it the keys are still only read here. */
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  close_strays(keep, keep_too);
}

void harden_signals(void)
{
  static const int left_alone[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  for (size_t i = 0; i < sizeof left_alone / sizeof left_alone[0]; i++) {
    signal(left_alone[i], SIG_IGN);
  }
}
