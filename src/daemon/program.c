#include "daemon/program.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SIGNER_NAME "onionbalance-signer"

char *program_find_signer(void)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  char self[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self);

  while (n > 0 && self[n - 1] != '/') {
    n--;
  }
  if (n > 0) {
    buf_add(&path, self, (size_t)n);
    buf_add_str(&path, SIGNER_NAME);
    if (access(buf_str(&path), X_OK) == 0) {
      return mem_string(path.p, path.n);
    }
  }
  return mem_string(SIGNER_NAME, strlen(SIGNER_NAME));
}
