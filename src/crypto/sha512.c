#include "crypto/sha512.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* struct sha512 is never defined: it is OpenSSL's context under our name. */
static EVP_MD_CTX *context(struct sha512 *h)
{
  return (EVP_MD_CTX *)h;
}

static void must(int result)
{
  if (result != 1) {
    abort();
  }
}

struct sha512 *sha512_new(void)
{
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();

  must(ctx == NULL ? 0 : EVP_DigestInit_ex(ctx, EVP_sha512(), NULL));
  return (struct sha512 *)ctx;
}

void sha512_free(struct sha512 *h)
{
  EVP_MD_CTX_free(context(h));
}

static void add(struct sha512 *h, const struct slice *parts, size_t n_parts)
{
  for (size_t i = 0; i < n_parts; i++) {
    must(EVP_DigestUpdate(context(h), parts[i].p, parts[i].n));
  }
}

void sha512_message(struct sha512 *h, const struct slice head[2], const struct slice *parts,
                    size_t n_parts, uint8_t out[SHA512_SIZE])
{
  must(EVP_DigestInit_ex2(context(h), NULL, NULL));
  add(h, head, 2);
  add(h, parts, n_parts);
  must(EVP_DigestFinal_ex(context(h), out, NULL));
}
