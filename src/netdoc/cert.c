#include "netdoc/cert.h"

#include "base/cursor.h"

#include <string.h>

#define CERT_VERSION         1
#define EXT_SIGNING_KEY      4 /* cert-spec.txt section 2.2.1 */
#define EXT_AFFECTS_VALIDITY 1 /* the flag */
#define KEY_TYPE_ED25519     1 /* tor writes it for all our types */
#define LIFETIME_HOURS       54
#define HOUR                 3600

static int parse_extension(struct cursor *c, struct cert *out)
{
  uint16_t length = cursor_u16(c);
  uint8_t type = cursor_u8(c);
  uint8_t flags = cursor_u8(c);
  struct slice data = cursor_take(c, length);

  TRY(c->err);
  if (type != EXT_SIGNING_KEY) {
    return (flags & EXT_AFFECTS_VALIDITY) != 0 ? ERR_UNSUPPORTED : 0;
  }
  if (data.n != sizeof out->signing_key) {
    return ERR_SYNTAX;
  }
  if (out->has_signing_key) {
    return ERR_DUPLICATE;
  }
  memcpy(out->signing_key, data.p, data.n);
  out->has_signing_key = true;
  return 0;
}

/* cert-spec.txt section 2.1. */
int cert_parse(struct slice raw, struct cert *out)
{
  struct cursor c = cursor_from(raw);
  uint8_t n_extensions;

  *out = (struct cert){0};
  if (cursor_u8(&c) != CERT_VERSION) {
    return c.err < 0 ? c.err : ERR_UNSUPPORTED;
  }
  out->type = cursor_u8(&c);
  out->expiration_hours = cursor_u32(&c);
  out->key_type = cursor_u8(&c);
  cursor_copy(&c, out->key, sizeof out->key);
  n_extensions = cursor_u8(&c);
  for (uint8_t i = 0; i < n_extensions; i++) {
    TRY(parse_extension(&c, out));
  }
  out->signed_part = slice_of(raw.p, raw.n - cursor_left(&c));
  cursor_copy(&c, out->signature, sizeof out->signature);
  return cursor_finish(&c);
}

int cert_check(const struct cert *c, enum cert_type type, const uint8_t signer[32], struct wall now)
{
  if (c->type != type) {
    return ERR_MISMATCH;
  }
  if (c->has_signing_key && memcmp(c->signing_key, signer, sizeof c->signing_key) != 0) {
    return ERR_MISMATCH;
  }
  if (now.s > (int64_t)c->expiration_hours * HOUR) {
    return ERR_EXPIRED;
  }
  return ed25519_verify(signer, &c->signed_part, 1, c->signature);
}

int cert_build(const struct cert_request *request,
               const uint8_t signer_secret[ED25519_EXPANDED_SIZE], uint8_t out[CERT_SIZE])
{
  struct buf b CLEANUP(buf_deinit) = {0};
  uint8_t signature[ED25519_SIGNATURE_SIZE];
  struct slice message;

  buf_add_u8(&b, CERT_VERSION);
  buf_add_u8(&b, (uint8_t)request->type);
  buf_add_u32(&b, request->expiration_hours);
  buf_add_u8(&b, KEY_TYPE_ED25519);
  buf_add(&b, request->key, sizeof request->key);
  buf_add_u8(&b, 1); /* extensions */
  buf_add_u16(&b, sizeof request->signer);
  buf_add_u8(&b, EXT_SIGNING_KEY);
  buf_add_u8(&b, 0);
  buf_add(&b, request->signer, sizeof request->signer);
  message = buf_slice(&b);
  if (request->unverified) {
    TRY(ed25519_sign_unverified(signer_secret, request->signer, &message, 1, signature));
  } else {
    TRY(ed25519_sign(signer_secret, request->signer, &message, 1, signature));
  }
  buf_add(&b, signature, sizeof signature);
  memcpy(out, b.p, CERT_SIZE);
  return 0;
}

uint32_t cert_desc_expiration(struct wall now)
{
  return (uint32_t)((now.s + HOUR - 1) / HOUR + LIFETIME_HOURS);
}

uint32_t cert_intro_expiration(struct wall now)
{
  return (uint32_t)(now.s / HOUR + LIFETIME_HOURS);
}
