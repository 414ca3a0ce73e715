#include "hs/desc_point.h"

#include "base/base64.h"
#include "netdoc/cert.h"
#include "netdoc/token.h"

#include <string.h>

#define HOUR 3600

/* Positions in rules and in what token_collect finds. */
enum {
  ITEM_POINT,
  ITEM_ONION_KEY,
  ITEM_AUTH_KEY,
  ITEM_ENC_KEY,
  ITEM_ENC_CERT,
  ITEM_LEGACY_KEY,
  N_ITEMS,
};

static const struct token_rule rules[N_ITEMS] = {
    [ITEM_POINT] = {.keyword = "introduction-point", .min_args = 1},
    [ITEM_ONION_KEY] = {.keyword = "onion-key", .variant = "ntor", .min_args = 2},
    [ITEM_AUTH_KEY] = {.keyword = "auth-key", .label = "ED25519 CERT"},
    [ITEM_ENC_KEY] = {.keyword = "enc-key", .variant = "ntor", .min_args = 2},
    [ITEM_ENC_CERT] = {.keyword = "enc-key-cert", .label = "ED25519 CERT"},
    [ITEM_LEGACY_KEY] = {.keyword = "legacy-key",
                         .label = "RSA PUBLIC KEY",
                         .count = TOKEN_AT_MOST_ONCE},
};

static bool is_zero(const uint8_t *p, size_t n)
{
  uint8_t sum = 0;

  for (size_t i = 0; i < n; i++) {
    sum |= p[i];
  }
  return sum == 0;
}

static int parse_linkspecs(struct slice args, struct intro *out)
{
  struct linkspec_summary summary;
  struct slice text;
  size_t chars, size;

  token_arg(&args, &text);
  for (chars = text.n; chars > 0 && text.p[chars - 1] == '='; chars--) {
  }
  size = chars * 3 / 4;
  if (size > sizeof out->linkspecs) {
    return ERR_TOO_LONG;
  }
  TRY(base64_parse(text, out->linkspecs, size));
  out->linkspecs_size = (uint16_t)size;
  TRY(linkspec_check(slice_of(out->linkspecs, size), &summary));
  memcpy(out->relay_id, summary.legacy_id, sizeof out->relay_id);
  return 0;
}

/* "ntor KEY" */
static int parse_ntor(struct slice args, uint8_t out[32])
{
  struct slice type, key;

  token_arg(&args, &type);
  token_arg(&args, &key);
  TRY(base64_parse(key, out, 32));
  return is_zero(out, 32) ? ERR_KEY : 0;
}

/* Takes the key out of a certificate, everything but its signature
 * checked. */
static int parse_cert(struct slice lines, enum cert_type type,
                      const struct desc_point_context *context, uint8_t out[32])
{
  CLEANUP(buf_deinit) struct buf raw = {0};
  struct cert cert;

  TRY(base64_parse_lines(lines, &raw));
  TRY(cert_parse(buf_slice(&raw), &cert));
  if (cert.type != type || !cert.has_signing_key ||
      memcmp(cert.signing_key, context->signing_key, sizeof cert.signing_key) != 0) {
    return ERR_MISMATCH;
  }
  if (context->now.s > (int64_t)cert.expiration_hours * HOUR) {
    return ERR_EXPIRED;
  }
  memcpy(out, cert.key, 32);
  return 0;
}

/* The certificate names the Ed25519 form of the X25519 key. */
static int check_enc_key(const struct intro *i)
{
  uint8_t converted[32];

  TRY(ed25519_to_x25519(i->enc_key_certified, converted));
  return memcmp(converted, i->enc_key, sizeof converted) == 0 ? 0 : ERR_KEY;
}

int desc_point_parse(struct slice section, const struct desc_point_context *context,
                     struct intro *out)
{
  struct token found[N_ITEMS];

  *out = (struct intro){0};
  TRY(token_collect(section, rules, N_ITEMS, found));
  if (found[ITEM_LEGACY_KEY].keyword.n > 0) {
    return ERR_UNSUPPORTED; /* relays that need it have left the network */
  }
  TRY(parse_linkspecs(found[ITEM_POINT].args, out));
  TRY(parse_ntor(found[ITEM_ONION_KEY].args, out->onion_key));
  TRY(parse_cert(found[ITEM_AUTH_KEY].object, CERT_INTRO_AUTH, context, out->auth_key));
  TRY(parse_ntor(found[ITEM_ENC_KEY].args, out->enc_key));
  TRY(parse_cert(found[ITEM_ENC_CERT].object, CERT_INTRO_ENC, context, out->enc_key_certified));
  return check_enc_key(out);
}

/* Base64 with padding on one line. */
static void add_padded(struct slice data, struct buf *out)
{
  base64_build(data, out);
  buf_add_fill(out, '=', (3 - data.n % 3) % 3);
}

static int build_cert(const struct desc_point_signer *signer, enum cert_type type,
                      const uint8_t key[32], struct buf *out)
{
  struct cert_request request = {
      .type = type,
      .expiration_hours = signer->expiration_hours,
      .unverified = true,
  };
  uint8_t cert[CERT_SIZE];

  memcpy(request.key, key, sizeof request.key);
  memcpy(request.signer, signer->public_key, sizeof request.signer);
  TRY(cert_build(&request, signer->secret, cert));
  buf_add_str(out, "-----BEGIN ED25519 CERT-----\n");
  base64_build_lines(slice_of(cert, sizeof cert), out);
  buf_add_str(out, "-----END ED25519 CERT-----\n");
  return 0;
}

int desc_point_build(const struct intro *i, const struct desc_point_signer *signer, struct buf *out)
{
  buf_add_str(out, "introduction-point ");
  add_padded(slice_of(i->linkspecs, i->linkspecs_size), out);
  buf_add_str(out, "\nonion-key ntor ");
  add_padded(slice_of(i->onion_key, sizeof i->onion_key), out);
  buf_add_str(out, "\nauth-key\n");
  TRY(build_cert(signer, CERT_INTRO_AUTH, i->auth_key, out));
  buf_add_str(out, "enc-key ntor ");
  add_padded(slice_of(i->enc_key, sizeof i->enc_key), out);
  buf_add_str(out, "\nenc-key-cert\n");
  return build_cert(signer, CERT_INTRO_ENC, i->enc_key_certified, out);
}
