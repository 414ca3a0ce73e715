#include "hs/desc_parse.h"

#include "base/base64.h"
#include "hs/desc_plain.h"
#include "netdoc/cert.h"
#include "netdoc/token.h"

#include <string.h>

/* tor's HS_DESC_MAX_LIFETIME. */
#define MAX_LIFETIME_MINUTES 720

enum {
  OUTER_VERSION,
  OUTER_LIFETIME,
  OUTER_CERT,
  OUTER_REVISION,
  OUTER_ENCRYPTED,
  OUTER_SIGNATURE,
  N_OUTER,
};

static const struct token_rule outer_rules[N_OUTER] = {
    [OUTER_VERSION] = {.keyword = "hs-descriptor", .min_args = 1},
    [OUTER_LIFETIME] = {.keyword = "descriptor-lifetime", .min_args = 1},
    [OUTER_CERT] = {.keyword = "descriptor-signing-key-cert", .label = "ED25519 CERT"},
    [OUTER_REVISION] = {.keyword = "revision-counter", .min_args = 1},
    [OUTER_ENCRYPTED] = {.keyword = "superencrypted", .label = "MESSAGE"},
    [OUTER_SIGNATURE] = {.keyword = "signature", .min_args = 1},
};

/* The certificate gives both keys: the blinded one is its signer. */
static int read_cert(struct slice lines, struct wall now, struct desc_outer *out)
{
  CLEANUP(buf_deinit) struct buf raw = {0};
  struct cert cert;

  TRY(base64_parse_lines(lines, &raw));
  TRY(cert_parse(buf_slice(&raw), &cert));
  if (!cert.has_signing_key) {
    return ERR_MISSING;
  }
  TRY(cert_check(&cert, CERT_DESC_SIGNING, cert.signing_key, now));
  out->cert_expiration_hours = cert.expiration_hours;
  memcpy(out->blinded_key, cert.signing_key, sizeof out->blinded_key);
  memcpy(out->signing_key, cert.key, sizeof out->signing_key);
  return 0;
}

/* The signature is over everything before its own line, which is the last
 * one. */
static int check_signature(struct slice text, const struct token *t, const uint8_t key[32])
{
  struct slice parts[] = {slice_str("Tor onion service descriptor sig v3"),
                          slice_of(text.p, (size_t)(t->keyword.p - text.p))};
  struct slice rest = slice_skip(text, (size_t)(t->args.p + t->args.n - text.p));
  uint8_t signature[ED25519_SIGNATURE_SIZE];

  if (rest.n > 1) {
    return ERR_SYNTAX;
  }
  TRY(base64_parse(t->args, signature, sizeof signature));
  return ed25519_verify(key, parts, 2, signature);
}

static int read_numbers(const struct token found[N_OUTER], struct desc_outer *out)
{
  uint64_t lifetime = 0;

  TRY(cursor_parse_decimal(found[OUTER_LIFETIME].args, MAX_LIFETIME_MINUTES, &lifetime));
  TRY(cursor_parse_decimal(found[OUTER_REVISION].args, UINT64_MAX, &out->revision));
  out->lifetime_minutes = (uint32_t)lifetime;
  return 0;
}

int desc_outer_parse(struct slice text, struct wall now, struct desc_outer *out)
{
  struct token found[N_OUTER];

  *out = (struct desc_outer){0};
  if (text.n >= LIMIT_DESCRIPTOR_BYTES) {
    return ERR_TOO_LONG;
  }
  if (!slice_has_prefix(text, "hs-descriptor ")) {
    return text.n == 0 ? ERR_TRUNCATED : ERR_SYNTAX;
  }
  TRY(token_collect(text, outer_rules, N_OUTER, found));
  if (!slice_is(found[OUTER_VERSION].args, "3")) {
    return ERR_UNSUPPORTED;
  }
  TRY(read_numbers(found, out));
  TRY(read_cert(found[OUTER_CERT].object, now, out));
  TRY(check_signature(text, &found[OUTER_SIGNATURE], out->signing_key));
  out->superencrypted = found[OUTER_ENCRYPTED].object;
  return 0;
}

int desc_inner_decrypt(struct suite *s, const struct desc_outer *outer,
                       const uint8_t subcredential[SUBCREDENTIAL_SIZE], struct wall now,
                       struct desc_inner *out)
{
  struct desc_point_context context = {.signing_key = outer->signing_key, .now = now};
  CLEANUP(buf_deinit) struct buf inner = {0};

  *out = (struct desc_inner){0};
  TRY(desc_plain_open(s, outer, subcredential, &inner));
  return desc_plain_inner(buf_slice(&inner), &context, out);
}
