#include "signer/bundling.h"

#include "crypto/blind.h"
#include "signer/bundle.h"
#include "signer/envelope.h"

#include <sodium.h>
#include <string.h>

/* The secrets of one period, in guarded memory. */
struct scratch {
  uint8_t blinded[ED25519_EXPANDED_SIZE];
  uint8_t signing[ED25519_EXPANDED_SIZE];
  struct bundle_item item;
};

static int build_item(const struct bundling *b, const uint8_t *public_key, const uint8_t *expanded,
                      struct scratch *t)
{
  struct wire_period period = {t->item.number, b->minutes};
  struct bundle_facts facts = {.minutes = b->minutes};
  struct cert_request request = {.type = CERT_DESC_SIGNING,
                                 .expiration_hours = calendar_expiration(&period)};
  uint8_t factor[32], blinded[32];

  blind_factor(b->suite, public_key, period.number, period.minutes, factor);
  ed25519_blind_secret(expanded, factor, t->blinded);
  TRY(ed25519_public_of(t->blinded, request.signer));
  blind_revision_key(b->suite, t->blinded, t->item.revision_key);
  randombytes_buf(t->item.seed, sizeof t->item.seed);
  ed25519_expand(t->item.seed, t->signing);
  TRY(ed25519_public_of(t->signing, request.key));
  TRY(cert_build(&request, t->blinded, t->item.cert));
  memcpy(facts.public_key, public_key, sizeof facts.public_key);
  return bundle_check(b->suite, &facts, &t->item, calendar_window_of(&period).begin, blinded);
}

int bundling_build(const struct bundling *b, const struct keyring *keys, size_t i, struct buf *out)
{
  const uint8_t *public_key = keyring_get(keys, i)->public_key;
  size_t n = (size_t)(b->range.last - b->range.first + 1);
  struct secret *plain CLEANUP(secret_free_at) =
      secret_new(BUNDLE_HEAD_SIZE + n * BUNDLE_ITEM_SIZE);
  struct secret *scratch CLEANUP(secret_free_at) = secret_new(sizeof(struct scratch));
  struct scratch *t = (struct scratch *)(void *)secret_bytes(scratch);
  struct bundle_facts facts = {.minutes = b->minutes, .made = b->now};
  uint8_t *at = secret_bytes(plain);

  memcpy(facts.public_key, public_key, sizeof facts.public_key);
  bundle_head_build(&facts, at);
  at += BUNDLE_HEAD_SIZE;
  for (uint64_t number = b->range.first; number <= b->range.last; number++) {
    t->item.number = number;
    TRY(build_item(b, public_key, keyring_expanded(keys, i), t));
    bundle_item_build(&t->item, at);
    at += BUNDLE_ITEM_SIZE;
  }
  suite_forget(b->suite);
  return envelope_seal(b->recipient, slice_of(secret_peek(plain), secret_size(plain)), out);
}
