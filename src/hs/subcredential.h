/* The subcredential of a service in a period (rend-spec-v3.txt section 2.1):
 * SHA3-256("subcredential" | SHA3-256("credential" | A) | blinded key). */
#ifndef HS_SUBCREDENTIAL_H
#define HS_SUBCREDENTIAL_H

#include "hs/address.h"

#define SUBCREDENTIAL_SIZE 32

/* Computes it for an address and its blinded key of one period. */
void subcredential_of(struct suite *s, const struct address *a, const uint8_t blinded[32],
                      uint8_t out[SUBCREDENTIAL_SIZE]);

#endif
