#include "signer/keyload.h"

#include "signer/refusal.h"

#include <stdlib.h>
#include <unistd.h>

static struct passphrase_sources sources_of(const struct arguments *a, bool is_silent)
{
  return (struct passphrase_sources){
      .fd = a->passphrase_fd,
      .credentials = getenv("CREDENTIALS_DIRECTORY"),
      .publisher = a->is_listening ? -1 : a->fd,
      .is_silent = is_silent,
  };
}

struct keyring *keyload_all(const struct arguments *a, bool is_silent)
{
  struct keyring *keys = keyring_new(a->n_keys);
  struct passphrase_sources sources = sources_of(a, is_silent);

  for (size_t i = 0; i < a->n_keys; i++) {
    struct keyfile_lock lock = {&sources, a->keys[i].passphrase};

    keyring_load(keys, i, a->keys[i].path, &lock);
  }
  if (a->passphrase_fd >= 0) {
    close(a->passphrase_fd);
  }
  return keys;
}

enum wire_status keyload_one(const struct arguments *a, size_t i, struct keyfile_key *out,
                             struct buf *text)
{
  struct passphrase_sources sources = sources_of(a, false);
  struct keyfile_lock lock = {&sources, a->keys[i].passphrase};

  return keyfile_load(a->keys[i].path, &lock, out, text);
}

bool keyload_is_good(const struct keyring *keys)
{
  bool good = true;

  for (size_t i = 0; i < keyring_count(keys); i++) {
    const struct keyring_key *key = keyring_get(keys, i);

    if (key->text.n > 0) {
      refusal_say(REFUSAL_FAILED, "%.*s", (int)key->text.n, (const char *)key->text.p);
    }
    good = good && key->status == WIRE_STATUS_GOOD;
  }
  return good;
}
