/* Encrypted private keys: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3)
 * with PBES2 (RFC 8018 section 6.2), by PBKDF2 or scrypt (RFC 7914) and
 * AES-CBC. */
#ifndef SIGNER_SEALED_H
#define SIGNER_SEALED_H

#include "base/err.h"
#include "base/slice.h"

enum sealed_kdf { SEALED_PBKDF2, SEALED_SCRYPT };

/* How it is encrypted, and what. The slices borrow from what was parsed. */
struct sealed {
  enum sealed_kdf kdf;
  size_t hash;   /* PBKDF2: which, by its place in a table of sealed.c */
  size_t cipher; /* the same */
  uint64_t rounds;
  uint64_t cost, block, lanes; /* scrypt: N, r and p */
  struct slice salt;
  struct slice iv;
  struct slice data; /* whole blocks of AES, at least one */
};

/* Reads DER. ERR_UNSUPPORTED: another key derivation or cipher; ERR_RANGE: it
 * would take more work or memory than base/limits.h allows; ERR_TOO_LONG;
 * otherwise ERR_TRUNCATED, ERR_SYNTAX or ERR_MISMATCH. */
int sealed_parse(struct slice der, struct sealed *out) MUST_USE;

/* Decrypts into out, which has room for data.n bytes; n_out are then in use.
 * ERR_AUTH: the passphrase does not fit (one wrong passphrase in 256 is not
 * noticed here), ERR_CRYPTO. What is left of the work in memory is wiped; out,
 * which is secret and the caller's, may have been written to in any case. */
int sealed_open(const struct sealed *s, struct slice passphrase, uint8_t *out,
                size_t *n_out) MUST_USE;

#endif
