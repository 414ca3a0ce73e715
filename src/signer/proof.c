#include "signer/proof.h"

#include "crypto/blind.h"
#include "crypto/secret.h"
#include "signer/onion.h"

#include <string.h>
#include <strings.h>

/* The first half of a signature depends on the nonce alone. */
#define NONCE_SIZE 32
/* Without ".onion". */
#define ADDRESS_SIZE 56

static int check_signature(const uint8_t *expanded, const uint8_t *public_key, const char *message,
                           uint8_t *signature)
{
  struct slice part = slice_str(message);

  TRY(ed25519_sign(expanded, public_key, &part, 1, signature));
  return ed25519_verify(public_key, &part, 1, signature);
}

static int check_signing(const uint8_t *expanded, const uint8_t *public_key)
{
  uint8_t first[ED25519_SIGNATURE_SIZE], second[ED25519_SIGNATURE_SIZE];

  TRY(check_signature(expanded, public_key, "onionbalance-signer verify, one", first));
  TRY(check_signature(expanded, public_key, "onionbalance-signer verify, two", second));
  return memcmp(first, second, NONCE_SIZE) == 0 ? ERR_SIGNATURE : 0;
}

static int check_pair(const uint8_t *expanded, const uint8_t *public_key)
{
  uint8_t own[ED25519_PUBLIC_SIZE];

  TRY(ed25519_public_of(expanded, own));
  return memcmp(own, public_key, sizeof own) == 0 ? 0 : ERR_MISMATCH;
}

int proof_check(struct suite *s, const uint8_t expanded[ED25519_EXPANDED_SIZE],
                const uint8_t public_key[ED25519_PUBLIC_SIZE], const struct wire_period *period)
{
  struct secret *blinded CLEANUP(secret_free_at) = secret_new(ED25519_EXPANDED_SIZE);
  uint8_t factor[32], blinded_public[ED25519_PUBLIC_SIZE];

  if (ed25519_is_pair(expanded)) {
    return ERR_KEY;
  }
  TRY(check_pair(expanded, public_key));
  TRY(check_signing(expanded, public_key));
  blind_factor(s, public_key, period->number, period->minutes, factor);
  TRY(ed25519_blind_public(public_key, factor, blinded_public));
  ed25519_blind_secret(expanded, factor, secret_bytes(blinded));
  TRY(check_pair(secret_peek(blinded), blinded_public));
  return check_signing(secret_peek(blinded), blinded_public);
}

bool proof_is_address(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                      struct slice text)
{
  char onion[ONION_TEXT_SIZE];

  onion_format(s, public_key, onion);
  return (text.n == ADDRESS_SIZE || text.n == ONION_TEXT_SIZE - 1) &&
         strncasecmp(onion, (const char *)text.p, text.n) == 0;
}
