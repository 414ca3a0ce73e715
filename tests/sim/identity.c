#include "identity.h"

#include "crypto/blind.h"

#include <stdlib.h>
#include <string.h>

static void must(int err)
{
  if (err < 0) {
    abort(); /* the simulator's own keys are good */
  }
}

void identity_init(struct identity *id, struct dice *d)
{
  uint8_t seed[ED25519_SEED_SIZE];

  dice_bytes(d, seed, sizeof seed);
  ed25519_expand(seed, id->secret);
  must(ed25519_public_of(id->secret, id->address.public_key));
}

void identity_blind(const struct identity *id, struct suite *s, struct period p,
                    struct blinded *out)
{
  uint8_t factor[32];

  blind_factor(s, id->address.public_key, p.number, p.minutes, factor);
  ed25519_blind_secret(id->secret, factor, out->secret);
  must(ed25519_blind_public(id->address.public_key, factor, out->public_key));
  blind_revision_key(s, out->secret, out->revision_key);
}

void blinded_certify(const struct blinded *b, const uint8_t signing_key[32],
                     uint32_t expiration_hours, uint8_t out[CERT_SIZE])
{
  struct cert_request request = {.type = CERT_DESC_SIGNING, .expiration_hours = expiration_hours};

  memcpy(request.key, signing_key, sizeof request.key);
  memcpy(request.signer, b->public_key, sizeof request.signer);
  must(cert_build(&request, b->secret, out));
}
