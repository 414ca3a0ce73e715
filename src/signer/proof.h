/* That an identity key works. */
#ifndef SIGNER_PROOF_H
#define SIGNER_PROOF_H

#include "crypto/ed25519.h"
#include "crypto/suite.h"
#include "signer/wire.h"

/* Does with a key, and with its blinded key of a time period, what publishing needs,
 * and looks at the results: signatures verify, two messages have two nonces, the
 * blinded secret key belongs to the blinded public key that clients work out from
 * the address. expanded is secret; nothing of it is kept. ERR_KEY if the key must
 * not be used, ERR_MISMATCH if public_key is not its public key, ERR_SIGNATURE. */
int proof_check(struct suite *s, const uint8_t expanded[ED25519_EXPANDED_SIZE],
                const uint8_t public_key[ED25519_PUBLIC_SIZE],
                const struct wire_period *period) MUST_USE;

/* True if the text is the address of that key, of either case, with ".onion" or
 * without. */
bool proof_is_address(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                      struct slice text);

#endif
