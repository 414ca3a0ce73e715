#include "signer/newkey.h"

#include "signer/keyfile.h"
#include "signer/pbes2.h"

#include <sodium.h>
#include <string.h>

#define PEM_HEAD "-----BEGIN PRIVATE KEY-----\n"
#define PEM_TAIL "\n-----END PRIVATE KEY-----\n"
/* One line of base64: 48 bytes. */
#define DER_SIZE    (sizeof der_head + ED25519_SEED_SIZE)
#define BASE64_SIZE 64
#define PEM_SIZE    (sizeof PEM_HEAD - 1 + BASE64_SIZE + sizeof PEM_TAIL - 1)

/* What stands before the seed (RFC 8410 section 7). */
static const uint8_t der_head[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

/* The lengths of DER and PEM are such that everything fits exactly. */
static void build_plain(const uint8_t *seed, struct newkey *out)
{
  struct secret *der CLEANUP(secret_free_at) = secret_new(DER_SIZE);
  /* With room for the NUL that libsodium writes. */
  struct secret *pem = secret_new(PEM_SIZE + 1);
  char *at = (char *)secret_bytes(pem);

  memcpy(secret_bytes(der), der_head, sizeof der_head);
  memcpy(secret_bytes(der) + sizeof der_head, seed, ED25519_SEED_SIZE);
  memcpy(at, PEM_HEAD, sizeof PEM_HEAD - 1);
  at += sizeof PEM_HEAD - 1;
  sodium_bin2base64(at, BASE64_SIZE + 1, secret_peek(der), DER_SIZE,
                    sodium_base64_VARIANT_ORIGINAL);
  memcpy(at + BASE64_SIZE, PEM_TAIL, sizeof PEM_TAIL - 1);
  out->text = pem;
  out->size = PEM_SIZE;
}

static int build_encrypted(const struct rng *rng, const uint8_t *seed, struct slice password,
                           struct newkey *out)
{
  uint8_t salt[PBES2_SALT_SIZE];

  rng_bytes(rng, salt, sizeof salt);
  TRY(pbes2_seal(seed, password, salt, &out->text));
  out->size = secret_size(out->text);
  return 0;
}

int newkey_of_seed(const struct rng *rng, const uint8_t seed[ED25519_SEED_SIZE],
                   struct slice password, struct newkey *out)
{
  struct secret *expanded CLEANUP(secret_free_at) = secret_new(ED25519_EXPANDED_SIZE);

  *out = (struct newkey){0};
  ed25519_expand(seed, secret_bytes(expanded));
  TRY(ed25519_public_of(secret_peek(expanded), out->public_key));
  if (password.n > 0) {
    return build_encrypted(rng, seed, password, out);
  }
  build_plain(seed, out);
  return 0;
}

int newkey_build(const struct rng *rng, struct slice password, struct newkey *out)
{
  struct secret *seed CLEANUP(secret_free_at) = secret_new(ED25519_SEED_SIZE);

  rng_bytes(rng, secret_bytes(seed), ED25519_SEED_SIZE);
  return newkey_of_seed(rng, secret_peek(seed), password, out);
}

int newkey_of_expanded(const uint8_t expanded[ED25519_EXPANDED_SIZE], struct newkey *out)
{
  *out = (struct newkey){0};
  TRY(ed25519_public_of(expanded, out->public_key));
  out->size = KEYFILE_TOR_SIZE;
  out->text = secret_new(KEYFILE_TOR_SIZE);
  keyfile_build_tor(expanded, secret_bytes(out->text));
  return 0;
}

void newkey_deinit(struct newkey *k)
{
  secret_free(k->text);
  *k = (struct newkey){0};
}
