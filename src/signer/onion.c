#include "signer/onion.h"

#include "base/base32.h"

#include <assert.h>
#include <string.h>

#define VERSION 3

void onion_format(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                  char out[ONION_TEXT_SIZE])
{
  static const uint8_t version = VERSION;
  struct slice parts[] = {slice_str(".onion checksum"), slice_of(public_key, ED25519_PUBLIC_SIZE),
                          slice_of(&version, 1)};
  CLEANUP(buf_deinit) struct buf raw = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  uint8_t hash[SHA3_256_SIZE];

  suite_sha3_256(s, parts, 3, hash);
  buf_add(&raw, public_key, ED25519_PUBLIC_SIZE);
  buf_add(&raw, hash, 2);
  buf_add_u8(&raw, VERSION);
  base32_build(buf_slice(&raw), &text);
  buf_add_str(&text, ".onion");
  assert(text.n + 1 == ONION_TEXT_SIZE);
  memcpy(out, buf_str(&text), ONION_TEXT_SIZE);
}

int onion_parse(struct suite *s, struct slice text, uint8_t out[ED25519_PUBLIC_SIZE])
{
  uint8_t raw[ED25519_PUBLIC_SIZE + 3];
  char again[ONION_TEXT_SIZE];

  if (text.n != ONION_TEXT_SIZE - 1) {
    return ERR_ENCODING;
  }
  TRY(base32_parse(slice_of(text.p, ONION_TEXT_SIZE - 1 - strlen(".onion")), raw, sizeof raw));
  onion_format(s, raw, again);
  if (!slice_is(text, again)) {
    return ERR_SYNTAX;
  }
  memcpy(out, raw, ED25519_PUBLIC_SIZE);
  return 0;
}
