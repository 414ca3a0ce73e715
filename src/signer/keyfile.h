/* Identity keys in files: PEM PKCS#8 and Tor's hs_ed25519_secret_key. */
#ifndef SIGNER_KEYFILE_H
#define SIGNER_KEYFILE_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "signer/passphrase.h"

/* How an encrypted key is opened. Borrows. */
struct keyfile_lock {
  struct passphrase_sources *sources;
  const char *file; /* of this key's passphrase; NULL: none is given */
};

/* Reads a key from what a file holds; the format is told by its first bytes.
 * passphrase is NULL if there is none: WIRE_STATUS_ENCRYPTED then means that
 * one is needed, otherwise that it does not fit. Pure. expanded is secret and
 * should be in guarded memory, as content should be: nothing of them is left
 * anywhere else. If the result is not WIRE_STATUS_GOOD, both outputs are zeros
 * and why has got a text that follows the name of the file: "holds a public
 * key, ...". */
enum wire_status keyfile_parse(struct slice content, const struct slice *passphrase,
                               uint8_t expanded[ED25519_EXPANDED_SIZE],
                               uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *why);

/* The same from a file, with the permissions checked: others may read it: a
 * warning; anybody may write it: refused. lock is NULL if an encrypted key is
 * not to be opened. text, empty before, gets the whole message with the path,
 * for a bad key the error, for a good one the warnings, if any. Only the
 * search for a passphrase may wait. */
enum wire_status keyfile_load(const char *path, const struct keyfile_lock *lock,
                              uint8_t expanded[ED25519_EXPANDED_SIZE],
                              uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *text);

#endif
