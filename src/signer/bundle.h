/* What an air-gapped machine hands to a publisher: for each of a run of time
 * periods a descriptor signing key, its certificate, and the key of the
 * revision counters. Of the identity key there is nothing in it, nor of the
 * secret blinded keys. This is the plain text; signer/envelope seals it.
 *
 *   address      public identity key (32)
 *   minutes      length of the periods (8)
 *   made         seconds since 1970 (8)
 *   items        kind (1), size (2), and so many bytes each, to the end
 *   kind 1       period number (8), revision-counter key (32), seed of the
 *                descriptor signing key (32), certificate (CERT_SIZE)
 *
 * Items of kind 1 are in the order of their periods, without a gap. A period
 * may stand there again: the later item is the one that counts. Other kinds
 * are left out by a reader that does not know them. Integers are big-endian.
 * Pure. */
#ifndef SIGNER_BUNDLE_H
#define SIGNER_BUNDLE_H

#include "base/cursor.h"
#include "base/wall.h"
#include "crypto/suite.h"
#include "signer/wire.h"

#define BUNDLE_HEAD_SIZE (32 + 8 + 8)
#define BUNDLE_ITEM_SIZE (1 + 2 + 8 + 32 + 32 + CERT_SIZE)

/* What everybody may know of a bundle. */
struct bundle_facts {
  uint8_t public_key[32]; /* identity */
  uint64_t minutes;
  struct wall made;
  uint64_t first; /* periods, both included */
  uint64_t last;
};

/* One period. Secret but for number and certificate; wiped by
 * bundle_item_deinit. */
struct bundle_item {
  uint64_t number;
  uint8_t revision_key[32];
  uint8_t seed[ED25519_SEED_SIZE]; /* of the descriptor signing key */
  uint8_t cert[CERT_SIZE];
};

/* A bundle that was read; borrows the text. */
struct bundle {
  struct bundle_facts facts;
  struct slice items;
};

/* Writes BUNDLE_HEAD_SIZE and BUNDLE_ITEM_SIZE bytes to out. The first and last
 * period of the facts are what the items say. */
void bundle_head_build(const struct bundle_facts *f, uint8_t *out);
void bundle_item_build(const struct bundle_item *item, uint8_t *out);

/* Reads all of it. ERR_MISSING: no period; ERR_RANGE: periods with a gap or not
 * in order, a length that no network has; ERR_TOO_LONG: over
 * LIMIT_BUNDLE_PERIODS; ERR_TRUNCATED, ERR_SYNTAX. Keys and certificates are
 * not looked at. */
int bundle_parse(struct slice text, struct bundle *out) MUST_USE;

/* The item that counts for a period, of those whose certificate is for key, if
 * that is not NULL. False: there is none, and out is zeros. */
bool bundle_find(const struct bundle *b, uint64_t number, const uint8_t *key,
                 struct bundle_item *out);

/* Whether an item is good now: the blinded key that belongs to its address and
 * its period has certified the public key of its seed. ERR_KEY, ERR_MISMATCH,
 * ERR_SIGNATURE, ERR_EXPIRED. blinded_out gets that blinded key. */
int bundle_check(struct suite *s, const struct bundle_facts *f, const struct bundle_item *item,
                 struct wall now, uint8_t blinded_out[32]) MUST_USE;

/* Wipes. */
void bundle_item_deinit(struct bundle_item *item);

#endif
