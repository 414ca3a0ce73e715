#include "daemon/command.h"

#include "base/buf.h"
#include "base/mem.h"
#include "io/child.h"

#include <stdlib.h>
#include <string.h>

static size_t add_pair(char **argv, size_t n, const char *option, const char *value)
{
  argv[n] = mem_string(option, strlen(option));
  argv[n + 1] = mem_string(value, strlen(value));
  return n + 2;
}

char **command_build(const char *program, const struct command_key *keys, size_t n_keys)
{
  char **argv = mem_array(3 + 4 * n_keys + 1, sizeof *argv);
  CLEANUP(buf_deinit) struct buf fd = {0};
  size_t n = 0;

  buf_addf(&fd, "%d", CHILD_FD);
  argv[n++] = mem_string(program, strlen(program));
  n = add_pair(argv, n, "--fd", buf_str(&fd));
  for (size_t i = 0; i < n_keys; i++) {
    n = add_pair(argv, n, "--key", keys[i].path);
    if (keys[i].passphrase != NULL) {
      n = add_pair(argv, n, "--passphrase-file", keys[i].passphrase);
    }
  }
  return argv;
}

void command_free(char **argv)
{
  for (size_t i = 0; argv != NULL && argv[i] != NULL; i++) {
    free(argv[i]);
  }
  free(argv);
}
