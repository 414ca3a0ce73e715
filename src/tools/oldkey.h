/* An identity key that is there already, in a file of either format. */
#ifndef TOOLS_OLDKEY_H
#define TOOLS_OLDKEY_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"

/* Owns content, what the file holds, of which size bytes are in use. All zero
 * is an empty one. */
struct oldkey {
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  struct secret *content;
  size_t size;
};

enum oldkey_outcome {
  OLDKEY_GOOD,      /* text may have a warning */
  OLDKEY_ENCRYPTED, /* the content is there; oldkey_open tells the public key */
  OLDKEY_BAD,       /* text says why */
};

/* Reads a key file and checks it and its permissions as onionbalance-signer
 * does. The caller ends out with oldkey_deinit in any case. */
enum oldkey_outcome oldkey_load(const char *path, struct oldkey *out, struct buf *text);

/* Finds the public key of an encrypted one. ERR_AUTH if the passphrase is
 * wrong, ERR_UNSUPPORTED if it is a key of another kind, ERR_CRYPTO. */
int oldkey_open(struct oldkey *k, struct slice passphrase) MUST_USE;

/* Wipes and frees. */
void oldkey_deinit(struct oldkey *k);

#endif
