/* Identity keys in files: PEM PKCS#8 and Tor's hs_ed25519_secret_key. */
#ifndef SIGNER_KEYFILE_H
#define SIGNER_KEYFILE_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "signer/passphrase.h"

/* An hs_ed25519_secret_key of Tor, in bytes. */
#define KEYFILE_TOR_SIZE (32 + ED25519_EXPANDED_SIZE)

/* How an encrypted key is opened. Borrows. */
struct keyfile_lock {
  struct passphrase_sources *sources;
  const char *file; /* of this key's passphrase; NULL: none is given */
};

/* A key as it was read. All but public_key is secret: for guarded memory. */
struct keyfile_key {
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t seed[ED25519_SEED_SIZE]; /* of a PEM file; zeros if has_seed is false */
  bool has_seed;
  uint8_t public_key[ED25519_PUBLIC_SIZE];
};

/* The place of a key in guarded memory of sizeof(struct keyfile_key); borrowed. */
struct keyfile_key *keyfile_key_in(struct secret *memory);

/* Reads a key from what a file holds; the format is told by its first bytes.
 * passphrase is NULL if there is none: WIRE_STATUS_ENCRYPTED then means that
 * one is needed, otherwise that it does not fit. Pure. content should be in
 * guarded memory, too: nothing of it is left anywhere else. If the result is
 * not WIRE_STATUS_GOOD, out is zeros and why has got a text that follows the
 * name of the file: "holds a public key, ...". */
enum wire_status keyfile_parse(struct slice content, const struct slice *passphrase,
                               struct keyfile_key *out, struct buf *why);

/* The same from a file, with the permissions checked: others may read it: a
 * warning; anybody may write it: refused. lock is NULL if an encrypted key is
 * not to be opened. text, empty before, gets the whole message with the path,
 * for a bad key the error, for a good one the warnings, if any. Only the
 * search for a passphrase may wait. */
enum wire_status keyfile_load(const char *path, const struct keyfile_lock *lock,
                              struct keyfile_key *out, struct buf *text);

/* Writes what a file of Tor's format holds. */
void keyfile_build_tor(const uint8_t expanded[ED25519_EXPANDED_SIZE],
                       uint8_t out[KEYFILE_TOR_SIZE]);

#endif
