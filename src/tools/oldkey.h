/* An identity key that is there already, in a file of either format. */
#ifndef TOOLS_OLDKEY_H
#define TOOLS_OLDKEY_H

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "signer/secretfile.h"

/* Owns file. All zero is an empty one. */
struct oldkey {
  uint8_t public_key[ED25519_PUBLIC_SIZE]; /* once the key is open */
  struct secretfile file;
};

enum oldkey_outcome {
  OLDKEY_GOOD,      /* text may have a warning */
  OLDKEY_ENCRYPTED, /* it needs a passphrase, or another one */
  OLDKEY_BAD,       /* text says why */
};

/* Reads a key file and checks it and its permissions as onionbalance-signer
 * does. text is empty before. The caller ends out with oldkey_deinit in any
 * case. */
enum oldkey_outcome oldkey_load(const char *path, struct oldkey *out, struct buf *text);

/* Tries a passphrase on an encrypted key. text gets a reason for what is
 * OLDKEY_BAD, to follow the name of the file. */
enum oldkey_outcome oldkey_open(struct oldkey *k, struct slice passphrase, struct buf *text);

/* Wipes and frees. */
void oldkey_deinit(struct oldkey *k);

#endif
