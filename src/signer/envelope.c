#include "signer/envelope.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <sodium.h>
#include <string.h>

#define MAGIC   "onionbalance bundle\n"
#define VERSION 1

int envelope_seal(const uint8_t recipient[RECIPIENT_SIZE], struct slice plain, struct buf *out)
{
  size_t n = plain.n + crypto_box_SEALBYTES;
  size_t before = out->n;

  if (plain.n > LIMIT_BUNDLE_BYTES) {
    return ERR_TOO_LONG;
  }
  buf_add_str(out, MAGIC);
  buf_add_u8(out, VERSION);
  buf_add(out, recipient, RECIPIENT_SIZE);
  if (crypto_box_seal(buf_reserve(out, n), plain.p, plain.n, recipient) != 0) {
    out->n = before;
    return ERR_KEY;
  }
  buf_used(out, n);
  return 0;
}

int envelope_parse(struct slice file, struct envelope *out)
{
  struct cursor c = cursor_from(file);

  *out = (struct envelope){0};
  if (!slice_has_prefix(file, MAGIC)) {
    return ERR_SYNTAX;
  }
  cursor_expect(&c, MAGIC);
  if (cursor_u8(&c) != VERSION) {
    return c.err < 0 ? c.err : ERR_UNSUPPORTED;
  }
  cursor_copy(&c, out->recipient, sizeof out->recipient);
  out->sealed = cursor_rest(&c);
  TRY(c.err);
  if (out->sealed.n <= crypto_box_SEALBYTES) {
    return ERR_TRUNCATED;
  }
  return out->sealed.n <= LIMIT_BUNDLE_BYTES + crypto_box_SEALBYTES ? 0 : ERR_TOO_LONG;
}

int envelope_open(const struct envelope *e, const uint8_t secret[RECIPIENT_SIZE],
                  struct secret **plain_out)
{
  uint8_t own[RECIPIENT_SIZE];
  struct secret *plain;

  *plain_out = NULL;
  recipient_public_of(secret, own);
  if (memcmp(own, e->recipient, sizeof own) != 0) {
    return ERR_MISMATCH;
  }
  plain = secret_new(e->sealed.n - crypto_box_SEALBYTES);
  if (crypto_box_seal_open(secret_bytes(plain), e->sealed.p, e->sealed.n, own, secret) != 0) {
    secret_free(plain);
    return ERR_MAC;
  }
  *plain_out = plain;
  return 0;
}
