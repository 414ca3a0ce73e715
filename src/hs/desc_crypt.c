#include "hs/desc_crypt.h"

#include "base/cursor.h"

#include <string.h>

static const char *const layer_names[] = {
    [DESC_LAYER_MIDDLE] = "hsdir-superencrypted-data",
    [DESC_LAYER_INNER] = "hsdir-encrypted-data",
};

/* In the order in which the key stream gives them. */
struct keys {
  uint8_t aes[AES256_KEY_SIZE];
  uint8_t iv[AES_IV_SIZE];
  uint8_t mac[32];
};

static void write_u64(uint64_t v, uint8_t *p)
{
  for (size_t i = 0; i < 8; i++) {
    p[i] = (uint8_t)(v >> (8 * (7 - i)));
  }
}

void desc_crypt_init(struct desc_crypt *c, struct suite *s, const uint8_t blinded_key[32],
                     const uint8_t subcredential[SUBCREDENTIAL_SIZE], uint64_t revision)
{
  c->suite = s;
  memcpy(c->secret, blinded_key, 32);
  memcpy(c->secret + 32, subcredential, SUBCREDENTIAL_SIZE);
  write_u64(revision, c->secret + 32 + SUBCREDENTIAL_SIZE);
}

static void derive(const struct desc_crypt *c, enum desc_layer layer, struct slice salt,
                   struct keys *out)
{
  uint8_t stream[sizeof *out];
  struct slice parts[] = {slice_of(c->secret, sizeof c->secret), salt,
                          slice_str(layer_names[layer])};

  suite_shake256(c->suite, parts, 3, stream, sizeof stream);
  memcpy(out->aes, stream, sizeof out->aes);
  memcpy(out->iv, stream + sizeof out->aes, sizeof out->iv);
  memcpy(out->mac, stream + sizeof out->aes + sizeof out->iv, sizeof out->mac);
}

static void compute_mac(const struct desc_crypt *c, const struct keys *k, struct slice salt,
                        struct slice encrypted, uint8_t out[DESC_MAC_SIZE])
{
  uint8_t key_size[8] = {0};
  uint8_t salt_size[8] = {0};
  struct slice parts[] = {slice_of(key_size, 8), slice_of(k->mac, sizeof k->mac),
                          slice_of(salt_size, 8), salt, encrypted};

  write_u64(sizeof k->mac, key_size);
  write_u64(salt.n, salt_size);
  suite_sha3_256(c->suite, parts, 5, out);
}

void desc_crypt_seal(const struct desc_crypt *c, enum desc_layer layer,
                     const uint8_t salt[DESC_SALT_SIZE], struct slice plain, struct buf *out)
{
  uint8_t *encrypted = buf_reserve(out, DESC_SALT_SIZE + plain.n + DESC_MAC_SIZE) + DESC_SALT_SIZE;
  struct keys k;

  derive(c, layer, slice_of(salt, DESC_SALT_SIZE), &k);
  buf_add(out, salt, DESC_SALT_SIZE);
  suite_aes256_ctr(c->suite, k.aes, k.iv, plain, encrypted);
  compute_mac(c, &k, slice_of(salt, DESC_SALT_SIZE), slice_of(encrypted, plain.n),
              encrypted + plain.n);
  buf_used(out, plain.n + DESC_MAC_SIZE);
}

/* Compares in a time that does not depend on where they differ. */
static bool same_mac(const uint8_t *a, const uint8_t *b)
{
  uint8_t difference = 0;

  for (size_t i = 0; i < DESC_MAC_SIZE; i++) {
    difference = (uint8_t)(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

int desc_crypt_open(const struct desc_crypt *c, enum desc_layer layer, struct slice sealed,
                    struct buf *out)
{
  struct cursor in = cursor_from(sealed);
  struct slice salt = cursor_take(&in, DESC_SALT_SIZE);
  uint8_t expected[DESC_MAC_SIZE];
  struct slice encrypted, mac;
  struct keys k;

  if (cursor_left(&in) <= DESC_MAC_SIZE) {
    return ERR_TRUNCATED;
  }
  encrypted = cursor_take(&in, cursor_left(&in) - DESC_MAC_SIZE);
  mac = cursor_rest(&in);
  derive(c, layer, salt, &k);
  compute_mac(c, &k, salt, encrypted, expected);
  if (!same_mac(expected, mac.p)) {
    return ERR_MAC;
  }
  suite_aes256_ctr(c->suite, k.aes, k.iv, encrypted, buf_reserve(out, encrypted.n));
  buf_used(out, encrypted.n);
  return 0;
}
