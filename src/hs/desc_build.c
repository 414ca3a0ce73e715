#include "hs/desc_build.h"

#include "base/base64.h"
#include "hs/desc_crypt.h"
#include "hs/desc_plain.h"
#include "hs/desc_point.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* What tor writes: minutes that an HSDir keeps the descriptor. */
#define LIFETIME_MINUTES 180

/* The plaintext of the middle layer is padded up to a multiple of this. */
#define PADDING_MULTIPLE 10000

static const char message_begin[] = "-----BEGIN MESSAGE-----\n";
static const char message_end[] = "-----END MESSAGE-----";

/* The key of a seed: expanded to secret, and its public key. */
static void take_key(const uint8_t seed[ED25519_SEED_SIZE], uint8_t secret[ED25519_EXPANDED_SIZE],
                     uint8_t public_out[ED25519_PUBLIC_SIZE])
{
  int err;

  ed25519_expand(seed, secret);
  err = ed25519_public_of(secret, public_out);
  assert(err == 0); /* a clamped scalar always has a public key */
  (void)err;
}

/* A new random one. */
static void make_key(const struct rng *rng, uint8_t secret[ED25519_EXPANDED_SIZE],
                     uint8_t public_out[ED25519_PUBLIC_SIZE])
{
  uint8_t seed[ED25519_SEED_SIZE];

  rng_bytes(rng, seed, sizeof seed);
  take_key(seed, secret, public_out);
  explicit_bzero(seed, sizeof seed);
}

/* A public X25519 key whose secret nobody keeps: without authorized clients
 * it is never used, but it must be a point that a key can have. */
static void make_ephemeral_key(const struct rng *rng, uint8_t out[32])
{
  uint8_t secret[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  int err;

  make_key(rng, secret, public_key);
  err = ed25519_to_x25519(public_key, out);
  assert(err == 0);
  (void)err;
  explicit_bzero(secret, sizeof secret);
}

void desc_frame_init(struct desc_frame *f, const struct rng *rng)
{
  *f = (struct desc_frame){.signing_secret = secret_new(ED25519_EXPANDED_SIZE)};
  make_key(rng, secret_bytes(f->signing_secret), f->signing_key);
  make_ephemeral_key(rng, f->ephemeral_key);
  for (size_t i = 0; i < DESC_AUTH_CLIENTS; i++) {
    rng_bytes(rng, f->clients[i].id, sizeof f->clients[i].id);
    rng_bytes(rng, f->clients[i].iv, sizeof f->clients[i].iv);
    rng_bytes(rng, f->clients[i].cookie, sizeof f->clients[i].cookie);
  }
}

void desc_frame_set_key(struct desc_frame *f, const uint8_t seed[ED25519_SEED_SIZE])
{
  take_key(seed, secret_bytes(f->signing_secret), f->signing_key);
}

void desc_frame_deinit(struct desc_frame *f)
{
  secret_free(f->signing_secret);
  *f = (struct desc_frame){0};
}

int desc_inner_build(const struct desc_frame *f, const struct desc_content *content,
                     struct wall now, struct buf *out)
{
  struct desc_point_signer signer = {
      .secret = secret_peek(f->signing_secret),
      .public_key = f->signing_key,
      .expiration_hours = cert_intro_expiration(now),
  };
  size_t before = out->n;
  int err = 0;

  if (content->n_intros < 1 || content->n_intros > LIMIT_INTRO_POINTS) {
    return ERR_RANGE;
  }
  buf_add_str(out, "create2-formats 2\n");
  if (content->is_single_onion) {
    buf_add_str(out, "single-onion-service\n");
  }
  if (content->flow_control != NULL) {
    buf_addf(out, "flow-control %s\n", content->flow_control);
  }
  for (size_t i = 0; i < content->n_intros && err == 0; i++) {
    err = desc_point_build(&content->intros[i], &signer, out);
  }
  if (err < 0) {
    out->n = before;
  }
  return err;
}

static void add_base64(const uint8_t *p, size_t n, const char *before, struct buf *out)
{
  buf_add_str(out, before);
  base64_build(slice_of(p, n), out);
}

/* Appends an object of encrypted bytes, without a newline at its end. */
static void add_message(struct slice sealed, struct buf *out)
{
  buf_add_str(out, message_begin);
  base64_build_lines(sealed, out);
  buf_add_str(out, message_end);
}

/* Appends the plaintext of the middle layer with its padding. It is the one
 * text here that has no newline at its end: tor leaves it out. */
static void build_middle(const struct desc_frame *f, struct slice sealed_inner, struct buf *out)
{
  buf_add_str(out, "desc-auth-type x25519\n");
  add_base64(f->ephemeral_key, sizeof f->ephemeral_key, "desc-auth-ephemeral-key ", out);
  buf_add_str(out, "=\n");
  for (size_t i = 0; i < DESC_AUTH_CLIENTS; i++) {
    add_base64(f->clients[i].id, sizeof f->clients[i].id, "auth-client ", out);
    add_base64(f->clients[i].iv, sizeof f->clients[i].iv, " ", out);
    add_base64(f->clients[i].cookie, sizeof f->clients[i].cookie, " ", out);
    buf_add_str(out, "\n");
  }
  buf_add_str(out, "encrypted\n");
  add_message(sealed_inner, out);
  buf_add_fill(out, 0, (PADDING_MULTIPLE - out->n % PADDING_MULTIPLE) % PADDING_MULTIPLE);
}

/* Appends the outer document up to its signature. */
static void build_outer(const struct desc_frame *f, uint64_t revision, struct slice sealed_middle,
                        struct buf *out)
{
  buf_addf(out,
           "hs-descriptor 3\n"
           "descriptor-lifetime %d\n"
           "descriptor-signing-key-cert\n"
           "-----BEGIN ED25519 CERT-----\n",
           LIFETIME_MINUTES);
  base64_build_lines(slice_of(f->cert, sizeof f->cert), out);
  buf_addf(out,
           "-----END ED25519 CERT-----\n"
           "revision-counter %llu\n"
           "superencrypted\n",
           (unsigned long long)revision);
  add_message(sealed_middle, out);
  buf_add_str(out, "\n");
}

/* Signs all that is in the buffer, the prefix included. */
static int add_signature(const struct desc_frame *f, struct buf *out)
{
  struct slice message = buf_slice(out);
  uint8_t signature[ED25519_SIGNATURE_SIZE];

  TRY(ed25519_sign(secret_peek(f->signing_secret), f->signing_key, &message, 1, signature));
  add_base64(signature, sizeof signature, "signature ", out);
  buf_add_str(out, "\n");
  return 0;
}

/* Appends the two layers around the inner plaintext: what stands in
 * "superencrypted". */
static void seal_layers(const struct desc_crypt *crypt, const struct desc_frame *f,
                        struct slice inner, const struct rng *rng, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf sealed = {0};
  CLEANUP(buf_deinit) struct buf middle = {0};
  uint8_t salts[2][DESC_SALT_SIZE];

  rng_bytes(rng, salts, sizeof salts);
  desc_crypt_seal(crypt, DESC_LAYER_INNER, salts[0], inner, &sealed);
  buf_reserve(&middle, LIMIT_DESCRIPTOR_BYTES);
  build_middle(f, buf_slice(&sealed), &middle);
  desc_crypt_seal(crypt, DESC_LAYER_MIDDLE, salts[1], buf_slice(&middle), out);
}

int desc_encode(struct suite *s, const struct desc_frame *f, const struct desc_payload *payload,
                const struct rng *rng, struct buf *out)
{
  static const char prefix[] = "Tor onion service descriptor sig v3";
  CLEANUP(buf_deinit) struct buf sealed = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  struct desc_crypt crypt;
  struct slice whole;

  desc_crypt_init(&crypt, s, f->blinded_key, f->subcredential, payload->revision);
  seal_layers(&crypt, f, payload->inner, rng, &sealed);
  buf_reserve(&text, 2 * LIMIT_DESCRIPTOR_BYTES);
  buf_add_str(&text, prefix); /* is signed, but is no part of the document */
  build_outer(f, payload->revision, buf_slice(&sealed), &text);
  TRY(add_signature(f, &text));
  whole = slice_skip(buf_slice(&text), sizeof prefix - 1);
  if (whole.n >= LIMIT_DESCRIPTOR_BYTES) {
    return ERR_TOO_LONG;
  }
  buf_add_slice(out, whole);
  return 0;
}

int desc_verify(struct suite *s, const struct desc_frame *f, struct slice inner, struct slice text,
                struct wall now)
{
  CLEANUP(buf_deinit) struct buf opened = {0};
  struct desc_outer outer;

  TRY(desc_outer_parse(text, now, &outer));
  if (memcmp(outer.blinded_key, f->blinded_key, sizeof outer.blinded_key) != 0 ||
      memcmp(outer.signing_key, f->signing_key, sizeof outer.signing_key) != 0) {
    return ERR_MISMATCH;
  }
  TRY(desc_plain_open(s, &outer, f->subcredential, &opened));
  return slice_equal(buf_slice(&opened), inner) ? 0 : ERR_MISMATCH;
}
