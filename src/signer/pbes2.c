#include "signer/pbes2.h"

#include "base/limits.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

/* About a fifth of a second: what a guess at a password costs. */
#define ITERATIONS 600000

/* Everything on the way, to be freed together. */
struct work {
  EVP_PKEY *key;
  PKCS8_PRIV_KEY_INFO *info;
  X509_SIG *encrypted;
  BIO *bio;
};

static void free_work(struct work *w)
{
  EVP_PKEY_free(w->key);
  PKCS8_PRIV_KEY_INFO_free(w->info);
  X509_SIG_free(w->encrypted);
  BIO_free(w->bio);
  ERR_clear_error();
}

static int seal(struct work *w, const uint8_t *seed, struct slice password, const uint8_t *salt,
                struct secret **pem_out)
{
  char *text = NULL;
  long n = 0;

  w->bio = BIO_new(BIO_s_mem());
  w->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ED25519_SEED_SIZE);
  w->info = w->key == NULL ? NULL : EVP_PKEY2PKCS8(w->key);
  if (w->bio == NULL || w->info == NULL || password.n > LIMIT_PASSPHRASE_BYTES) {
    return ERR_CRYPTO;
  }
  /* The salt is only read. */
  w->encrypted =
      PKCS8_encrypt(-1, EVP_aes_256_cbc(), (const char *)password.p, (int)password.n,
                    (unsigned char *)(uintptr_t)salt, PBES2_SALT_SIZE, ITERATIONS, w->info);
  if (w->encrypted != NULL && PEM_write_bio_PKCS8(w->bio, w->encrypted) == 1) {
    n = BIO_get_mem_data(w->bio, &text);
  }
  if (n <= 0) {
    return ERR_CRYPTO;
  }
  *pem_out = secret_new((size_t)n);
  memcpy(secret_bytes(*pem_out), text, (size_t)n);
  return 0;
}

int pbes2_seal(const uint8_t seed[ED25519_SEED_SIZE], struct slice password,
               const uint8_t salt[PBES2_SALT_SIZE], struct secret **pem_out)
{
  struct work w = {0};
  int err = seal(&w, seed, password, salt, pem_out);

  free_work(&w);
  return err;
}
