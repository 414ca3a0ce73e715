#include "signer/keyload.h"

#include <stdlib.h>
#include <unistd.h>

struct keyring *keyload_all(const struct arguments *a, bool is_silent)
{
  struct keyring *keys = keyring_new(a->n_keys);
  struct passphrase_sources sources = {
      .fd = a->passphrase_fd,
      .credentials = getenv("CREDENTIALS_DIRECTORY"),
      .publisher = a->is_listening ? -1 : a->fd,
      .is_silent = is_silent,
  };

  for (size_t i = 0; i < a->n_keys; i++) {
    struct keyfile_lock lock = {&sources, a->keys[i].passphrase};

    keyring_load(keys, i, a->keys[i].path, &lock);
  }
  if (a->passphrase_fd >= 0) {
    close(a->passphrase_fd);
  }
  return keys;
}
