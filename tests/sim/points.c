#include "points.h"

#include "base/mem.h"
#include "crypto/ed25519.h"
#include "netdoc/linkspec.h"

#include <stdlib.h>
#include <string.h>

void points_deinit(struct points *p)
{
  free(p->items);
  *p = (struct points){0};
}

static void make_key(struct dice *d, uint8_t public_out[32])
{
  uint8_t seed[ED25519_SEED_SIZE];
  uint8_t expanded[ED25519_EXPANDED_SIZE];

  dice_bytes(d, seed, sizeof seed);
  ed25519_expand(seed, expanded);
  if (ed25519_public_of(expanded, public_out) < 0) {
    abort();
  }
}

/* An address and both identities of a relay, as tor lists them. */
static void make_linkspecs(struct dice *d, const uint8_t relay_id[FINGERPRINT_SIZE],
                           struct intro *out)
{
  uint8_t *p = out->linkspecs;

  *p++ = 3;
  *p++ = LINKSPEC_IPV4;
  *p++ = 6;
  dice_bytes(d, p, 6);
  p[0] |= 1; /* neither address nor port may be 0 */
  p[4] |= 1;
  p += 6;
  *p++ = LINKSPEC_LEGACY_ID;
  *p++ = FINGERPRINT_SIZE;
  memcpy(p, relay_id, FINGERPRINT_SIZE);
  p += FINGERPRINT_SIZE;
  *p++ = LINKSPEC_ED25519_ID;
  *p++ = 32;
  dice_bytes(d, p, 32);
  p += 32;
  out->linkspecs_size = (uint16_t)(p - out->linkspecs);
}

size_t points_add(struct points *p, size_t backend, const uint8_t relay_id[FINGERPRINT_SIZE],
                  struct dice *d, struct intro *out)
{
  struct point *point;

  *out = (struct intro){0};
  make_linkspecs(d, relay_id, out);
  memcpy(out->relay_id, relay_id, FINGERPRINT_SIZE);
  make_key(d, out->onion_key);
  make_key(d, out->auth_key);
  make_key(d, out->enc_key_certified);
  if (ed25519_to_x25519(out->enc_key_certified, out->enc_key) < 0) {
    abort();
  }
  p->items = mem_grow(p->items, p->n, &p->cap, sizeof *p->items);
  point = &p->items[p->n];
  *point = (struct point){.backend = backend, .is_alive = true};
  memcpy(point->auth_key, out->auth_key, sizeof point->auth_key);
  memcpy(point->relay_id, relay_id, sizeof point->relay_id);
  return p->n++;
}

/* From the newest back: those are asked for. */
size_t points_find(const struct points *p, const uint8_t auth_key[32])
{
  for (size_t i = p->n; i > 0; i--) {
    if (memcmp(p->items[i - 1].auth_key, auth_key, 32) == 0) {
      return i - 1;
    }
  }
  return SIZE_MAX;
}
