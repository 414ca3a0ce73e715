#include "signer/recipient.h"

#include "base/base32.h"
#include "base/cursor.h"

#include <sodium.h>
#include <string.h>

#define PUBLIC_PREFIX "obr1"
#define SECRET_PREFIX "OBR-SECRET-1 "
#define CHECKSUM_SIZE 4
#define RAW_SIZE      (RECIPIENT_SIZE + CHECKSUM_SIZE)

/* Room for a secret file, so that its buffer never moves and leaves a copy. */
#define SECRET_FILE_ROOM 512

/* Different for the two, so that one is not taken for the other. */
static void checksum(struct suite *s, const char *what, const uint8_t key[RECIPIENT_SIZE],
                     uint8_t out[CHECKSUM_SIZE])
{
  struct slice parts[] = {slice_str("onionbalance bundle recipient "), slice_str(what),
                          slice_of(key, RECIPIENT_SIZE)};
  uint8_t hash[SHA3_256_SIZE];

  suite_sha3_256(s, parts, 3, hash);
  memcpy(out, hash, CHECKSUM_SIZE);
}

static int parse(struct suite *s, const char *prefix, struct slice text,
                 uint8_t out[RECIPIENT_SIZE])
{
  uint8_t raw[RAW_SIZE];
  uint8_t expected[CHECKSUM_SIZE];
  int err;

  if (!slice_has_prefix(text, prefix)) {
    return ERR_SYNTAX;
  }
  err = base32_parse(slice_skip(text, strlen(prefix)), raw, sizeof raw);
  if (err == 0) {
    checksum(s, prefix, raw, expected);
    err = memcmp(raw + RECIPIENT_SIZE, expected, CHECKSUM_SIZE) == 0 ? 0 : ERR_CHECKSUM;
  }
  if (err == 0) {
    memcpy(out, raw, RECIPIENT_SIZE);
  }
  explicit_bzero(raw, sizeof raw);
  return err;
}

static void build(struct suite *s, const char *prefix, const uint8_t key[RECIPIENT_SIZE],
                  struct buf *out)
{
  uint8_t raw[RAW_SIZE];

  memcpy(raw, key, RECIPIENT_SIZE);
  checksum(s, prefix, key, raw + RECIPIENT_SIZE);
  buf_add_str(out, prefix);
  base32_build(slice_of(raw, sizeof raw), out);
  explicit_bzero(raw, sizeof raw);
}

int recipient_parse(struct suite *s, struct slice text, uint8_t out[RECIPIENT_SIZE])
{
  return parse(s, PUBLIC_PREFIX, text, out);
}

void recipient_build(struct suite *s, const uint8_t key[RECIPIENT_SIZE], struct buf *out)
{
  build(s, PUBLIC_PREFIX, key, out);
}

int recipient_secret_parse(struct suite *s, struct slice content,
                           uint8_t secret_out[RECIPIENT_SIZE])
{
  struct cursor c = cursor_from(content);
  struct slice line = {0};

  do {
    line = cursor_line(&c);
    TRY(c.err);
  } while (line.n == 0 || line.p[0] == '#');
  TRY(cursor_finish(&c));
  return parse(s, SECRET_PREFIX, line, secret_out);
}

void recipient_secret_build(struct suite *s, const uint8_t secret[RECIPIENT_SIZE], struct buf *out)
{
  uint8_t public_key[RECIPIENT_SIZE];

  (void)buf_reserve(out, SECRET_FILE_ROOM);
  recipient_public_of(secret, public_key);
  buf_add_str(out, "# Opens bundles of onionbalance-signer that are sealed to\n# ");
  recipient_build(s, public_key, out);
  buf_add_u8(out, '\n');
  build(s, SECRET_PREFIX, secret, out);
  buf_add_u8(out, '\n');
}

void recipient_public_of(const uint8_t secret[RECIPIENT_SIZE], uint8_t out[RECIPIENT_SIZE])
{
  /* Fails for no scalar: the base point is a good one. */
  if (crypto_scalarmult_curve25519_base(out, secret) != 0) {
    memset(out, 0, RECIPIENT_SIZE);
  }
}
