/* Encrypted Ed25519 keys: PEM files of PKCS#8 (RFC 5958 section 3) with PBES2
 * (RFC 8018 section 6.2), by OpenSSL. Its headers and base/err.h have names in
 * common, which is why this is a file of its own and has outcomes, no errors. */
#ifndef TOOLS_PBES2_H
#define TOOLS_PBES2_H

#include "base/slice.h"
#include "crypto/secret.h"

#define PBES2_KEY_SIZE  32 /* of the seed and of the public key */
#define PBES2_SALT_SIZE 16

enum pbes2_outcome {
  PBES2_GOOD,
  PBES2_WRONG,  /* the passphrase does not fit, or the file is damaged */
  PBES2_OTHER,  /* the key is of another kind than Ed25519 */
  PBES2_FAILED, /* OpenSSL cannot do it */
};

/* Encrypts a seed with PBKDF2 (HMAC-SHA-256) and AES-256-CBC. The text of the
 * file goes to pem_out, which the caller frees with secret_free; all of it is
 * in use. */
enum pbes2_outcome pbes2_seal(const uint8_t seed[PBES2_KEY_SIZE], struct slice password,
                              const uint8_t salt[PBES2_SALT_SIZE], struct secret **pem_out);

/* Decrypts the text of a file and tells the public key. */
enum pbes2_outcome pbes2_open(struct slice pem, struct slice passphrase,
                              uint8_t public_out[PBES2_KEY_SIZE]);

#endif
