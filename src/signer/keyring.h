/* The identity keys that a signer serves, by index. */
#ifndef SIGNER_KEYRING_H
#define SIGNER_KEYRING_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "signer/keyfile.h"

/* One key, or why there is none. name and text are owned by the keyring: the
 * path of its file (NULL if it has none); the error of a bad key, the warning
 * of a good one, or empty. */
struct keyring_key {
  enum wire_status status;
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  char *name;
  struct buf text;
};

/* Owns the keys; the secret parts lie in one piece of guarded memory. */
struct keyring;

/* n keys, all WIRE_STATUS_UNREADABLE yet. Freed with keyring_free, by the last
 * of those that share it: keyring_share returns k and makes them one more. */
struct keyring *keyring_new(size_t n);
struct keyring *keyring_share(struct keyring *k);
void keyring_free(struct keyring *k);

/* Reads key i from a file; lock opens it if it is encrypted, NULL: not. What is
 * wrong with it stands in the entry. */
void keyring_load(struct keyring *k, size_t i, const char *path, const struct keyfile_lock *lock);

/* Puts an expanded key at place i. Errors as of ed25519_public_of. */
int keyring_put(struct keyring *k, size_t i,
                const uint8_t expanded[ED25519_EXPANDED_SIZE]) MUST_USE;

/* The n of keyring_new. */
size_t keyring_count(const struct keyring *k);

/* Entry i; borrowed. */
const struct keyring_key *keyring_get(const struct keyring *k, size_t i);

/* The secret part of a key whose status is good; borrowed. */
const uint8_t *keyring_expanded(const struct keyring *k, size_t i);

#endif
