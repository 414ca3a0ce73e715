/* Building an onion-service descriptor as tor builds its own
 * (rend-spec-v3.txt section 2.4 - 2.5; tor's hs_descriptor.c). */
#ifndef HS_DESC_BUILD_H
#define HS_DESC_BUILD_H

#include "base/limits.h"
#include "base/rng.h"
#include "crypto/secret.h"
#include "hs/desc_parse.h"
#include "netdoc/cert.h"

/* Fake authorized clients in the middle layer of a service that has none
 * (HS_DESC_AUTH_CLIENT_MULTIPLE of tor). */
#define DESC_AUTH_CLIENTS 16

/* What stays the same for all encodings of a service's descriptor in one
 * period. Owns signing_secret. */
struct desc_frame {
  uint8_t blinded_key[32];
  uint8_t subcredential[SUBCREDENTIAL_SIZE];
  struct secret *signing_secret; /* expanded Ed25519 key */
  uint8_t signing_key[32];
  uint8_t cert[CERT_SIZE]; /* by the signer; may be renewed */
  uint8_t ephemeral_key[32];
  struct {
    uint8_t id[8];
    uint8_t iv[16];
    uint8_t cookie[16];
  } clients[DESC_AUTH_CLIENTS];
};

/* Makes signing key, ephemeral key and fake clients; blinded key,
 * subcredential and certificate are the caller's to fill in. */
void desc_frame_init(struct desc_frame *f, const struct rng *rng);

/* Takes the signing key of that seed instead of the one that was made. */
void desc_frame_set_key(struct desc_frame *f, const uint8_t seed[ED25519_SEED_SIZE]);

/* Wipes and frees. */
void desc_frame_deinit(struct desc_frame *f);

/* What the inner layer is to say. Borrows intros. */
struct desc_content {
  const struct intro *intros;
  size_t n_intros; /* 1 .. LIMIT_INTRO_POINTS */
  bool is_single_onion;
  const char *flow_control; /* arguments of the line, or NULL for none */
};

/* Appends the plaintext of the inner layer; all point certificates are
 * re-issued by the frame's signing key with one expiry. Costs two signatures
 * for each point, so it is done once per content, not per HSDir. ERR_RANGE:
 * no point or too many. */
int desc_inner_build(const struct desc_frame *f, const struct desc_content *content,
                     struct wall now, struct buf *out) MUST_USE;

/* What an encoding says within its frame. Borrows inner. */
struct desc_payload {
  struct slice inner; /* output of desc_inner_build */
  uint64_t revision;
};

/* Appends one finished encoding for one HSDir: fresh salts, padding, outer
 * layer, signature. The signature is verified before it is used.
 * ERR_TOO_LONG: at or over LIMIT_DESCRIPTOR_BYTES. */
int desc_encode(struct suite *s, const struct desc_frame *f, const struct desc_payload *payload,
                const struct rng *rng, struct buf *out) MUST_USE;

/* Reads an encoding as a client would: certificate of the blinded key,
 * signature, both layers, and that inner is what comes out. It costs about
 * as much as the encoding itself (bench/bench_hs.c), and what it would find
 * besides a wrong signature is the same for all encodings of one content, so
 * it is not a part of desc_encode: check the first one of each content and
 * certificate. Errors of desc_outer_parse and desc_plain_open,
 * ERR_MISMATCH. */
int desc_verify(struct suite *s, const struct desc_frame *f, struct slice inner, struct slice text,
                struct wall now) MUST_USE;

#endif
