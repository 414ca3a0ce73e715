/* Identity keys in files: PEM PKCS#8 and Tor's hs_ed25519_secret_key. */
#ifndef SIGNER_KEYFILE_H
#define SIGNER_KEYFILE_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "signer/wire.h"

/* Reads a key from what a file holds; the format is told by its first bytes.
 * Pure. expanded is secret and should be in guarded memory, as content should
 * be: nothing of them is left anywhere else. If the result is not
 * WIRE_STATUS_GOOD, both outputs are zeros and why has got a text that follows the
 * name of the file: "holds a public key, ...". */
enum wire_status keyfile_parse(struct slice content, uint8_t expanded[ED25519_EXPANDED_SIZE],
                               uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *why);

/* The same from a file, with the permissions checked: others may read it: a
 * warning; anybody may write it: refused. text gets the whole message with the
 * path, for a bad key the error, for a good one the warning, if any. Never
 * blocks or asks for a passphrase. */
enum wire_status keyfile_load(const char *path, uint8_t expanded[ED25519_EXPANDED_SIZE],
                              uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *text);

#endif
