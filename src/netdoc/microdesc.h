/* Microdescriptors (dir-spec.txt section 3.3): of each only its digest and
 * its Ed25519 identity. */
#ifndef NETDOC_MICRODESC_H
#define NETDOC_MICRODESC_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/suite.h"

struct microdesc {
  uint8_t digest[SHA256_SIZE]; /* of its text, final newline included */
  uint8_t ed25519_id[32];
};

/* Owns its array, which is sorted by digest. */
struct microdesc_set {
  struct microdesc *items;
  size_t n;
};

/* Parses what GETINFO md/all gives: microdescriptors one after the other,
 * each beginning with an "onion-key" line. A missing newline at the very end
 * is put back for the digest. Microdescriptors without "id ed25519" are left
 * out. On error *out is empty; an empty text is an empty set. */
int microdesc_parse_all(struct suite *s, struct slice text, struct microdesc_set *out) MUST_USE;

/* Frees the array; *set is empty afterwards. */
void microdesc_deinit(struct microdesc_set *set);

/* The one with that digest, borrowed, or NULL. */
const struct microdesc *microdesc_find(const struct microdesc_set *set,
                                       const uint8_t digest[SHA256_SIZE]);

#endif
