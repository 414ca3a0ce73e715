/* Reading an onion-service descriptor (rend-spec-v3.txt section 2.4 - 2.5):
 * everything is verified by us, whoever says that it was verified before. */
#ifndef HS_DESC_PARSE_H
#define HS_DESC_PARSE_H

#include "base/limits.h"
#include "hs/intro.h"
#include "hs/subcredential.h"

/* The outer layer. Borrows superencrypted and text from what was parsed. */
struct desc_outer {
  uint64_t revision;
  uint32_t lifetime_minutes;
  uint32_t cert_expiration_hours;
  uint8_t blinded_key[32]; /* of the certificate: it signed signing_key */
  uint8_t signing_key[32];
  struct slice superencrypted; /* base64 with line breaks */
};

/* Parses and verifies the outer layer: certificate of type 8 by its blinded
 * key, not expired at now; signature over the text by the signing key. The
 * caller compares blinded_key with the one it expects. */
int desc_outer_parse(struct slice text, struct wall now, struct desc_outer *out) MUST_USE;

/* What an inner layer says. A value; owns everything. */
struct desc_inner {
  struct intro intros[LIMIT_INTRO_POINTS];
  size_t n_intros;
  size_t n_skipped;      /* points left out: legacy keys or unusable specifiers */
  bool has_create2;      /* "create2-formats" lists 2 (required) */
  bool is_single_onion;  /* "single-onion-service" */
  bool has_flow_control; /* "flow-control" */
  char flow_control[64]; /* its arguments, printable, NUL-terminated */
  bool has_pow;          /* "pow-params" is there; never copied */
  bool requires_auth;    /* "intro-auth-required" is there */
};

/* Decrypts both layers with the blinded key and subcredential of the
 * expected service and parses the inner one. ERR_MAC: not encrypted for this
 * service, or client authorization guards it. More than LIMIT_INTRO_POINTS
 * points: ERR_TOO_LONG. No usable point: succeeds with n_intros 0. */
int desc_inner_decrypt(struct suite *s, const struct desc_outer *outer,
                       const uint8_t subcredential[SUBCREDENTIAL_SIZE], struct wall now,
                       struct desc_inner *out) MUST_USE;

#endif
