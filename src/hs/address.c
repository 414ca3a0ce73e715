#include "hs/address.h"

#include "base/base32.h"
#include "crypto/ed25519.h"

#include <string.h>

/* Key, checksum and version, as base32 encodes them. */
#define RAW_SIZE      35
#define CHECKSUM_SIZE 2
#define VERSION       3

/* The first bytes of SHA3-256(".onion checksum" | key | version). */
static void checksum(struct suite *s, const uint8_t key[32], uint8_t out[CHECKSUM_SIZE])
{
  static const uint8_t version = VERSION;
  struct slice parts[] = {slice_str(".onion checksum"), slice_of(key, 32), slice_of(&version, 1)};
  uint8_t hash[SHA3_256_SIZE];

  suite_sha3_256(s, parts, 3, hash);
  memcpy(out, hash, CHECKSUM_SIZE);
}

/* A point of the prime-order group: otherwise several addresses would share
 * one blinded key, and no tor accepts it. Blinding with the factor 8 (which
 * clamping leaves alone) makes that check. */
static int check_key(const uint8_t key[32])
{
  uint8_t factor[32] = {8};
  uint8_t blinded[32];

  return ed25519_blind_public(key, factor, blinded);
}

int address_parse(struct suite *s, struct slice text, struct address *out)
{
  static const char suffix[] = ".onion";
  uint8_t raw[RAW_SIZE];
  uint8_t expected[CHECKSUM_SIZE];

  if (text.n == ADDRESS_TEXT_SIZE - 1 + sizeof suffix - 1 &&
      slice_is(slice_skip(text, ADDRESS_TEXT_SIZE - 1), suffix)) {
    text.n = ADDRESS_TEXT_SIZE - 1;
  }
  if (text.n != ADDRESS_TEXT_SIZE - 1) {
    return ERR_SYNTAX;
  }
  TRY(base32_parse(text, raw, sizeof raw));
  if (raw[RAW_SIZE - 1] != VERSION) {
    return ERR_UNSUPPORTED;
  }
  checksum(s, raw, expected);
  if (memcmp(raw + 32, expected, CHECKSUM_SIZE) != 0) {
    return ERR_CHECKSUM;
  }
  TRY(check_key(raw));
  memcpy(out->public_key, raw, sizeof out->public_key);
  return 0;
}

void address_format(struct suite *s, const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
  CLEANUP(buf_deinit) struct buf text = {0};
  uint8_t raw[RAW_SIZE];

  memcpy(raw, a->public_key, 32);
  checksum(s, raw, raw + 32);
  raw[RAW_SIZE - 1] = VERSION;
  base32_build(slice_of(raw, sizeof raw), &text);
  memcpy(out, buf_str(&text), ADDRESS_TEXT_SIZE);
}

bool address_equal(const struct address *a, const struct address *b)
{
  return memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}
