#include "crypto/suite.h"

#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* What one EVP_EncryptUpdate is given at most: its length is an int. */
#define AES_CHUNK ((size_t)1 << 30)

/* A context is set up once: EVP_DigestInit_ex2 without a digest then only
 * resets it, which is cheaper than any other way to begin a hash. */
struct suite {
  EVP_MD_CTX *sha256;
  EVP_MD_CTX *sha3_256;
  EVP_MD_CTX *shake256;
  EVP_CIPHER_CTX *aes;
  EVP_MAC_CTX *hmac;
};

static void must(int result)
{
  if (result != 1) {
    abort();
  }
}

static EVP_MD_CTX *digest_new(const char *name)
{
  EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();

  if (md == NULL || ctx == NULL || EVP_DigestInit_ex2(ctx, md, NULL) != 1) {
    EVP_MD_CTX_free(ctx);
    ctx = NULL;
  }
  EVP_MD_free(md); /* the context holds a reference of its own */
  return ctx;
}

static EVP_CIPHER_CTX *cipher_new(const char *name)
{
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

  if (cipher == NULL || ctx == NULL || EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL) != 1) {
    EVP_CIPHER_CTX_free(ctx);
    ctx = NULL;
  }
  EVP_CIPHER_free(cipher);
  return ctx;
}

static EVP_MAC_CTX *hmac_new(void)
{
  EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
  char digest[] = "SHA2-256";
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                         OSSL_PARAM_construct_end()};

  if (ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) != 1) {
    EVP_MAC_CTX_free(ctx);
    ctx = NULL;
  }
  EVP_MAC_free(mac);
  return ctx;
}

static void contexts_free(struct suite *s)
{
  EVP_MD_CTX_free(s->sha256);
  EVP_MD_CTX_free(s->sha3_256);
  EVP_MD_CTX_free(s->shake256);
  EVP_CIPHER_CTX_free(s->aes);
  EVP_MAC_CTX_free(s->hmac);
}

static bool contexts_new(struct suite *s)
{
  s->sha256 = digest_new("SHA2-256");
  s->sha3_256 = digest_new("SHA3-256");
  s->shake256 = digest_new("SHAKE-256");
  s->aes = cipher_new("AES-256-CTR");
  s->hmac = hmac_new();
  return s->sha256 != NULL && s->sha3_256 != NULL && s->shake256 != NULL && s->aes != NULL &&
         s->hmac != NULL;
}

struct suite *suite_new(void)
{
  struct suite *s = mem_new(sizeof *s);

  if (!contexts_new(s)) {
    suite_free(s);
    return NULL;
  }
  return s;
}

void suite_free(struct suite *s)
{
  if (s == NULL) {
    return;
  }
  contexts_free(s);
  free(s);
}

void suite_forget(struct suite *s)
{
  contexts_free(s); /* OpenSSL wipes what it frees */
  must(contexts_new(s) ? 1 : 0);
}

static void absorb(EVP_MD_CTX *ctx, const struct slice *parts, size_t n_parts)
{
  must(EVP_DigestInit_ex2(ctx, NULL, NULL));
  for (size_t i = 0; i < n_parts; i++) {
    must(EVP_DigestUpdate(ctx, parts[i].p, parts[i].n));
  }
}

void suite_sha256(struct suite *s, const struct slice *parts, size_t n_parts,
                  uint8_t out[SHA256_SIZE])
{
  absorb(s->sha256, parts, n_parts);
  must(EVP_DigestFinal_ex(s->sha256, out, NULL));
}

void suite_sha3_256(struct suite *s, const struct slice *parts, size_t n_parts,
                    uint8_t out[SHA3_256_SIZE])
{
  absorb(s->sha3_256, parts, n_parts);
  must(EVP_DigestFinal_ex(s->sha3_256, out, NULL));
}

void suite_shake256(struct suite *s, const struct slice *parts, size_t n_parts, uint8_t *out,
                    size_t out_size)
{
  if (out_size == 0) {
    return;
  }
  absorb(s->shake256, parts, n_parts);
  must(EVP_DigestFinalXOF(s->shake256, out, out_size));
}

void suite_hmac_sha256(struct suite *s, struct slice key, struct slice message,
                       uint8_t out[SHA256_SIZE])
{
  static const uint8_t empty[1] = {0};
  size_t n = 0;

  /* A key of NULL would mean "the key of the last time". */
  must(EVP_MAC_init(s->hmac, key.n == 0 ? empty : key.p, key.n, NULL));
  must(EVP_MAC_update(s->hmac, message.n == 0 ? empty : message.p, message.n));
  must(EVP_MAC_final(s->hmac, out, &n, SHA256_SIZE));
}

void suite_aes256_ctr(struct suite *s, const uint8_t key[AES256_KEY_SIZE],
                      const uint8_t iv[AES_IV_SIZE], struct slice in, uint8_t *out)
{
  must(EVP_EncryptInit_ex2(s->aes, NULL, key, iv, NULL));
  for (size_t at = 0; at < in.n;) {
    size_t chunk = in.n - at < AES_CHUNK ? in.n - at : AES_CHUNK;
    int written = 0;

    must(EVP_EncryptUpdate(s->aes, out + at, &written, in.p + at, (int)chunk));
    must(written == (int)chunk ? 1 : 0);
    at += chunk;
  }
}
