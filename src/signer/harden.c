#include "signer/harden.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_STRAY 3

static void close_strays(int keep)
{
  unsigned from = FIRST_STRAY;

  if (keep >= FIRST_STRAY) {
    if (keep > FIRST_STRAY) {
      close_range(FIRST_STRAY, (unsigned)keep - 1, 0);
    }
    from = (unsigned)keep + 1;
  }
  close_range(from, UINT_MAX, 0);
}

void harden_process(int keep)
{
  struct rlimit none = {0, 0};

  /* Each is a precaution: without it the keys are still only read here. */
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  close_strays(keep);
}

void harden_signals(void)
{
  static const int left_alone[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  for (size_t i = 0; i < sizeof left_alone / sizeof left_alone[0]; i++) {
    signal(left_alone[i], SIG_IGN);
  }
}
