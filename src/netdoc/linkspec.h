/* Link specifiers: how to reach a relay (tor-spec.txt section 5.1.2), as the
 * list that stands base64-encoded in an introduction point. */
#ifndef NETDOC_LINKSPEC_H
#define NETDOC_LINKSPEC_H

#include "base/err.h"
#include "base/slice.h"

enum linkspec_type {
  LINKSPEC_IPV4 = 0,       /* 6 bytes */
  LINKSPEC_IPV6 = 1,       /* 18 bytes */
  LINKSPEC_LEGACY_ID = 2,  /* 20 bytes: RSA identity fingerprint */
  LINKSPEC_ED25519_ID = 3, /* 32 bytes */
};

/* What a list says of its relay. */
struct linkspec_summary {
  size_t n; /* specifiers in the list, unknown types included */
  bool has_ipv4;
  bool has_legacy_id;
  uint8_t legacy_id[20];
  bool has_ed25519_id;
  uint8_t ed25519_id[32];
};

/* Checks a whole list: NSPEC, then type, length, body for each; at most
 * LIMIT_LINK_SPECIFIERS; a known type has its own length and stands at most
 * once; an IPv4 address and a legacy identity must be there, since clients
 * build the circuit with them. Unknown types are counted and otherwise
 * passed over (they are copied with the list). */
int linkspec_check(struct slice list, struct linkspec_summary *out) MUST_USE;

#endif
