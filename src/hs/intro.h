/* An introduction point: how a client reaches one instance. */
#ifndef HS_INTRO_H
#define HS_INTRO_H

#include "base/buf.h"
#include "netdoc/consensus.h"
#include "netdoc/linkspec.h"

/* Value type of fixed size: owns everything, may be copied and compared. */
#define INTRO_LINKSPECS_MAX 256

struct intro {
  uint8_t linkspecs[INTRO_LINKSPECS_MAX]; /* the list as the instance encoded it */
  uint16_t linkspecs_size;
  uint8_t relay_id[FINGERPRINT_SIZE]; /* legacy identity of its relay */
  uint8_t onion_key[32];              /* ntor key of the relay */
  uint8_t auth_key[32];               /* Ed25519, this point's name */
  uint8_t enc_key[32];                /* X25519 */
  uint8_t enc_key_certified[32];      /* the Ed25519 form of enc_key that the
                                         instance's enc-key-cert certifies */
};

/* True if both are the same point with the same keys. */
bool intro_equal(const struct intro *a, const struct intro *b);

#endif
