#include "tools/pbes2.h"

#include <limits.h>
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

static enum pbes2_outcome seal(struct work *w, const uint8_t *seed, struct slice password,
                               const uint8_t *salt, struct secret **pem_out)
{
  char *text = NULL;
  long n = 0;

  w->bio = BIO_new(BIO_s_mem());
  w->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, PBES2_KEY_SIZE);
  w->info = w->key == NULL ? NULL : EVP_PKEY2PKCS8(w->key);
  if (w->bio == NULL || w->info == NULL || password.n > INT_MAX) {
    return PBES2_FAILED;
  }
  /* The salt is only read. */
  w->encrypted =
      PKCS8_encrypt(-1, EVP_aes_256_cbc(), (const char *)password.p, (int)password.n,
                    (unsigned char *)(uintptr_t)salt, PBES2_SALT_SIZE, ITERATIONS, w->info);
  if (w->encrypted != NULL && PEM_write_bio_PKCS8(w->bio, w->encrypted) == 1) {
    n = BIO_get_mem_data(w->bio, &text);
  }
  if (n <= 0) {
    return PBES2_FAILED;
  }
  *pem_out = secret_new((size_t)n);
  memcpy(secret_bytes(*pem_out), text, (size_t)n);
  return PBES2_GOOD;
}

enum pbes2_outcome pbes2_seal(const uint8_t seed[PBES2_KEY_SIZE], struct slice password,
                              const uint8_t salt[PBES2_SALT_SIZE], struct secret **pem_out)
{
  struct work w = {0};
  enum pbes2_outcome outcome = seal(&w, seed, password, salt, pem_out);

  free_work(&w);
  return outcome;
}

/* For PEM_read_bio_PrivateKey: copies the passphrase. */
static int give_passphrase(char *out, int size, int is_writing, void *ctx)
{
  const struct slice *passphrase = ctx;

  (void)is_writing;
  if (size < 0 || passphrase->n > (size_t)size) {
    return -1;
  }
  memcpy(out, passphrase->p, passphrase->n);
  return (int)passphrase->n;
}

static enum pbes2_outcome open_key(struct work *w, struct slice pem, struct slice passphrase,
                                   uint8_t *public_out)
{
  size_t size = PBES2_KEY_SIZE;

  w->bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
  if (w->bio == NULL) {
    return PBES2_FAILED;
  }
  w->key = PEM_read_bio_PrivateKey(w->bio, NULL, give_passphrase, &passphrase);
  if (w->key == NULL) {
    return PBES2_WRONG;
  }
  if (EVP_PKEY_get_id(w->key) != EVP_PKEY_ED25519) {
    return PBES2_OTHER;
  }
  return EVP_PKEY_get_raw_public_key(w->key, public_out, &size) == 1 && size == PBES2_KEY_SIZE
             ? PBES2_GOOD
             : PBES2_FAILED;
}

enum pbes2_outcome pbes2_open(struct slice pem, struct slice passphrase,
                              uint8_t public_out[PBES2_KEY_SIZE])
{
  struct work w = {0};
  enum pbes2_outcome outcome = open_key(&w, pem, passphrase, public_out);

  free_work(&w);
  return outcome;
}
