#include "signer/keyring.h"

#include "base/mem.h"
#include "crypto/secret.h"

#include <stdlib.h>
#include <string.h>

struct keyring {
  size_t n;
  size_t n_owners;
  struct keyring_key *keys;
  struct secret *expanded; /* n times ED25519_EXPANDED_SIZE */
};

struct keyring *keyring_new(size_t n)
{
  struct keyring *k = mem_new(sizeof *k);

  k->n = n;
  k->n_owners = 1;
  k->keys = mem_array(n, sizeof *k->keys);
  k->expanded = secret_new((n > 0 ? n : 1) * ED25519_EXPANDED_SIZE);
  for (size_t i = 0; i < n; i++) {
    k->keys[i].status = WIRE_STATUS_UNREADABLE;
  }
  return k;
}

struct keyring *keyring_share(struct keyring *k)
{
  k->n_owners++;
  return k;
}

void keyring_free(struct keyring *k)
{
  if (k == NULL || --k->n_owners > 0) {
    return;
  }
  for (size_t i = 0; i < k->n; i++) {
    free(k->keys[i].name);
    buf_deinit(&k->keys[i].text);
  }
  secret_free(k->expanded);
  free(k->keys);
  free(k);
}

static uint8_t *slot(struct keyring *k, size_t i)
{
  return secret_bytes(k->expanded) + i * ED25519_EXPANDED_SIZE;
}

void keyring_load(struct keyring *k, size_t i, const char *path, const struct keyfile_lock *lock)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *read = keyfile_key_in(memory);
  struct keyring_key *key = &k->keys[i];

  free(key->name);
  key->name = mem_string(path, strlen(path));
  buf_clear(&key->text);
  key->status = keyfile_load(path, lock, read, &key->text);
  memcpy(slot(k, i), read->expanded, ED25519_EXPANDED_SIZE);
  memcpy(key->public_key, read->public_key, ED25519_PUBLIC_SIZE);
}

int keyring_put(struct keyring *k, size_t i, const uint8_t expanded[ED25519_EXPANDED_SIZE])
{
  TRY(ed25519_public_of(expanded, k->keys[i].public_key));
  memcpy(slot(k, i), expanded, ED25519_EXPANDED_SIZE);
  k->keys[i].status = WIRE_STATUS_GOOD;
  return 0;
}

size_t keyring_count(const struct keyring *k)
{
  return k->n;
}

const struct keyring_key *keyring_get(const struct keyring *k, size_t i)
{
  return &k->keys[i];
}

const uint8_t *keyring_expanded(const struct keyring *k, size_t i)
{
  return secret_peek(k->expanded) + i * ED25519_EXPANDED_SIZE;
}
