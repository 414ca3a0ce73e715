#include "signer/sandbox.h"

#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define VARIABLE "ONIONBALANCE_SANDBOX"
#define OFF      "off"

bool sandbox_is_wanted(void)
{
  const char *value = getenv(VARIABLE);

  return BUILD_HAS_SANDBOX && (value == NULL || strcmp(value, OFF) != 0);
}

void sandbox_refuse(void)
{
  setenv(VARIABLE, OFF, 1);
}

int sandbox_close(const struct sandbox_needs *needs, struct buf *how)
{
  const struct rlimit none = {0, 0};
  int abi = 0;
  int err;

  /* Precautions that the filter makes sure of. */
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!needs->has_threads) {
    (void)setrlimit(RLIMIT_NPROC, &none);
  }
  TRY(landlock_close(needs->places, needs->n_places, &abi));
  err = filter_close(needs->program, needs->calls, needs->n_calls);
  buf_add_str(how, err == 0 ? "seccomp" : "no seccomp");
  if (abi > 0) {
    buf_addf(how, ", Landlock (version %d)", abi);
  } else {
    buf_add_str(how, ", no Landlock");
  }
  return err == ERR_UNSUPPORTED ? 0 : err;
}
